import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { runCli } from "./run-cli.ts";
import type { Tally } from "./tally.ts";

interface Expected {
  readonly scheme: string;
  readonly weights: number;
  readonly parameters: number;
  readonly total: number;
  readonly block: readonly number[] | null;
  readonly group: number | null;
}

/** Quantized checkpoints of the corpus; every other one must turn out to hold no quantized weight. */
const QUANTIZED: Readonly<Record<string, Expected>> = {
  "minimax-m2.7-fp8": {
    scheme: "fp8-block",
    weights: 47_864,
    parameters: 227_410_968_576,
    total: 228_689_764_864,
    block: [128, 128],
    group: null,
  },
  "gpt-oss-20b-mxfp4": {
    scheme: "mxfp4-gptoss",
    weights: 48,
    parameters: 19_110_297_600,
    total: 20_914_757_184,
    block: null,
    group: 32,
  },
  "llama-2-7b-awq": {
    scheme: "awq-gemm",
    weights: 224,
    parameters: 6_476_005_376,
    total: 6_738_415_616,
    block: null,
    group: 128,
  },
  "llama3.1-8b-bnb-int8": {
    scheme: "bnb-int8",
    weights: 224,
    parameters: 6_979_321_856,
    total: 8_030_261_248,
    block: null,
    group: null,
  },
  "molmo-7b-d-bnb-nf4": {
    scheme: "bnb-nf4",
    weights: 112,
    parameters: 6_525_288_448,
    total: 8_021_025_280,
    block: null,
    group: 64,
  },
  "qwen-7b-chat-gptq-int4": {
    scheme: "gptq",
    weights: 160,
    parameters: 6_476_005_376,
    total: 7_722_291_200,
    block: null,
    group: 128,
  },
  "qwen3-14b-mlx-4bit": {
    scheme: "mlx-affine",
    weights: 282,
    parameters: 14_767_882_240,
    total: 14_768_307_200,
    block: null,
    group: 64,
  },
};

interface SchemeRow {
  readonly scheme: string;
  readonly modules: number;
  readonly parameters: number;
  readonly block: readonly number[] | null;
  readonly group: number | null;
}

interface Precision {
  readonly result: {
    readonly schemes: readonly SchemeRow[];
    readonly scales: { readonly missing: number; readonly orphan: number; readonly mismatched: number };
    readonly declared: { readonly agrees: boolean } | null;
  };
}

/** Holds `unfold precision` against what is known of every checkpoint of the corpus, one at a time. */
export function runQuantization(root: string, shared: string, scratch: string, tally: Tally): void {
  const corpus = path.join(shared, "corpus");
  for (const slug of fs.readdirSync(corpus).sort()) {
    const entry = path.join(corpus, slug);
    if (!["manifest.ndjson.gz", "spec.json"].some((name) => fs.existsSync(path.join(entry, name)))) continue;
    const folder = path.join(scratch, "quantized");
    spawnSync(process.execPath, [path.join(shared, "tools", "mkckpt.mjs"), entry, folder]);
    tally.check(`precision/${slug}`, judge(root, folder, QUANTIZED[slug]));
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function judge(root: string, folder: string, expected: Expected | undefined): string[] {
  const run = runCli(root, ["precision", folder, "--json"]);
  if (run.code !== 0) return [`exit code ${run.code}: ${run.stderr.trim().split("\n")[0]}`];
  const { schemes, scales, declared } = (JSON.parse(run.stdout) as Precision).result;
  const quantized = schemes.filter(({ scheme }) => scheme !== "none");
  const faults: string[] = [];
  const claim = (what: string, found: unknown, wanted: unknown) => {
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      faults.push(`${what} ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`);
  };
  claim("faulty scales", scales.missing + scales.orphan + scales.mismatched, 0);
  claim(
    "schemes",
    quantized.map(({ scheme }) => scheme),
    expected === undefined ? [] : [expected.scheme],
  );
  if (expected === undefined) return faults;
  const [row] = quantized;
  claim("weights", row?.modules, expected.weights);
  claim("parameters", row?.parameters, expected.parameters);
  claim(
    "total",
    schemes.reduce((sum, { parameters }) => sum + parameters, 0),
    expected.total,
  );
  claim("block", row?.block, expected.block);
  claim("group", row?.group, expected.group);
  claim("the configuration agrees", declared?.agrees, true);
  return faults;
}
