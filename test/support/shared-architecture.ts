import { runCli } from "./run-cli.ts";

/** What a checkpoint of the corpus is known to be. */
interface Known {
  readonly parameters: number;
  /** Kind of attention, null for a model without any. */
  readonly attention: string | null;
  readonly layers: number;
  readonly tied: boolean | null;
  readonly kvBytesPerToken: number | null;
  readonly active?: number;
}

const known = (
  parameters: number,
  attention: string | null,
  layers: number,
  tied: boolean | null,
  kvBytesPerToken: number | null,
  active?: number,
): Known => ({
  parameters,
  attention,
  layers,
  tied,
  kvBytesPerToken,
  ...(active === undefined ? {} : { active }),
});

/** By folder name. Totals are those that publishers or the catalogue give, packed weights unpacked. */
const KNOWN: Readonly<Record<string, Known>> = {
  "bloom-176b": known(176_247_271_424, "MHA", 70, true, 4_014_080),
  "clip-vit-large-patch14": known(427_616_513, "MHA", 12, null, null),
  "cogito-14b-qwen2": known(14_765_947_904, "GQA", 48, false, 196_608),
  "deepseek-v2-lite-chat": known(15_706_484_224, "MLA", 27, false, 31_104, 2_661_150_208),
  "devstral-small-2507": known(23_572_403_200, "GQA", 40, false, 163_840),
  "flux1-schnell-transformer": known(11_891_178_560, "MHA", 19, null, null),
  "gpt-oss-20b-mxfp4": known(20_914_757_184, "GQA", 24, false, 49_152),
  "granite-3.1-1b-a400m": known(1_334_628_352, "GQA", 24, true, 49_152, 428_658_688),
  "internlm2-intermind": known(7_737_708_544, "GQA", 32, false, 131_072),
  "jamba-v0.1": known(51_570_323_328, "GQA", 32, false, 16_384, 12_110_311_296),
  "llama-2-7b-awq": known(6_738_415_616, "MHA", 32, false, 524_288),
  "llama3.1-8b-bnb-int8": known(8_030_261_248, "GQA", 32, false, 131_072),
  "mamba-130m-f32": known(129_135_360, null, 24, true, 0),
  "minimax-m2.7-fp8": known(228_689_764_864, "GQA", 62, false, 253_952, 11_030_553_088),
  "mixtral-8x22b-wizardlm2": known(140_620_634_112, "GQA", 56, false, 229_376, 39_152_031_744),
  "mochi-transformer-bf16": known(10_027_677_744, "MHA", 48, null, null),
  "molmo-7b-d-bnb-nf4": known(8_021_025_280, "GQA", 28, false, 57_344),
  "olmocr-qwen2-vl-7b": known(8_291_375_616, "GQA", 28, false, 57_344),
  "olmoe-1b-7b": known(6_919_161_856, "MHA", 16, false, 131_072, 1_282_017_280),
  "phi-tiny-moe": known(3_755_220_288, "GQA", 32, false, 65_536),
  "phi3-mini-slerp": known(3_821_079_552, "MHA", 32, false, 393_216),
  "qwen3-14b-mlx-4bit": known(14_768_307_200, "GQA", 40, false, 163_840),
  "qwen3.5-18b-reap": known(18_543_997_568, "GQA", 40, false, 20_480),
  "smollm2-135m": known(134_515_008, "GQA", 30, true, 23_040),
  "t5-xxl-encoder-mochi": known(4_762_310_656, "MHA", 24, null, null),
  "vit-b16-dogs": known(85_890_936, "MHA", 12, null, null),
  "yi-1.5-6b-slerp": known(6_061_035_520, "GQA", 32, false, 65_536),
};

interface ArchReport {
  readonly result: {
    readonly layers: { readonly count: { readonly value: number | null } };
    readonly attention: { readonly kind: string } | null;
    readonly embedding: { readonly tied: boolean | null };
    readonly kvCache: { readonly bytesPerToken: number } | null;
    readonly parameters: { readonly total: number; readonly active: number | null };
    readonly disagreements: readonly { readonly id: string; readonly severity: string }[];
  };
}

interface ParamsReport {
  readonly result: {
    readonly parameters: { readonly total: number };
    readonly elements: { readonly stored: number };
    readonly bytes: { readonly total: number };
    readonly byRole: readonly {
      readonly parameters: number;
      readonly elements: number;
      readonly bytes: number;
    }[];
    readonly unknown: readonly string[];
  };
}

/** Faults of what `arch` and `params` say about a checkpoint: roles, sums, and what is known of it. */
export function judgeArchitecture(root: string, slug: string, folder: string): string[] {
  const [arch, params] = ["arch", "params"].map((command) => runCli(root, [command, folder, "--json"]));
  if (arch?.code !== 0 || params?.code !== 0)
    return [`arch or params ended with ${arch?.code}, ${params?.code}`];
  const { result } = JSON.parse(arch.stdout) as ArchReport;
  const counts = (JSON.parse(params.stdout) as ParamsReport).result;
  const faults: string[] = [];
  const claim = (what: string, found: unknown, wanted: unknown) => {
    if (found !== wanted) faults.push(`${what} ${found}, expected ${wanted}`);
  };
  const sum = (of: (row: (typeof counts.byRole)[number]) => number) =>
    counts.byRole.reduce((total, row) => total + of(row), 0);
  claim("unknown roles", counts.unknown.join(" "), "");
  claim(
    "parameters by role",
    sum((row) => row.parameters),
    counts.parameters.total,
  );
  claim(
    "elements by role",
    sum((row) => row.elements),
    counts.elements.stored,
  );
  claim(
    "bytes by role",
    sum((row) => row.bytes),
    counts.bytes.total,
  );
  const errors = result.disagreements.filter((each) => each.severity === "error").map((each) => each.id);
  claim("disagreements with a sound config", errors.join(" "), "");
  const facts = KNOWN[slug];
  if (facts === undefined) return faults;
  claim("parameters", result.parameters.total, facts.parameters);
  claim("attention", result.attention?.kind ?? null, facts.attention);
  claim("layers", result.layers.count.value, facts.layers);
  claim("tied", result.embedding.tied, facts.tied);
  claim("KV bytes per token", result.kvCache?.bytesPerToken ?? null, facts.kvBytesPerToken);
  if (facts.active !== undefined) claim("active", result.parameters.active, facts.active);
  return faults;
}
