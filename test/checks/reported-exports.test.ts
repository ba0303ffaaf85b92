import { describe, expect, it } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import type { TensorSpec } from "../support/component-of.ts";
import type { Draft } from "../support/draft.ts";
import { checkDraft, faultsOf, loadFiles, toldOf } from "../support/run-checks.ts";
import { type Packing, TINY_PARAMETERS, type TinyExport, tinyExport } from "../support/tiny-export.ts";

/** Exports that people reported, cut down to the tiny model: what is told of each, "severity rule"; nothing of sound ones. */

interface Reported extends TinyExport {
  readonly title: string;
  /** All that is told; no list: nothing above information. */
  readonly tells?: readonly string[];
  readonly bend?: (draft: Draft) => void;
  /** Where it is not the tiny model's own. */
  readonly parameters?: number;
}

const declared = (quantization_config: object) => ({ quantization_config });

const packed =
  (bits: number, group: number): Packing =>
  (name, out, input) => [
    [`${name}.weight_packed`, "I32", [out, (input * bits) / 32]],
    [`${name}.weight_scale`, "BF16", [out, input / group]],
    [`${name}.weight_shape`, "I64", [2]],
  ];
const nvfp4: Packing = (name, out, input) => [
  [`${name}.weight`, "U8", [out, input / 2]],
  [`${name}.weight_scale`, "F8_E4M3", [out, input / 16]],
  [`${name}.weight_scale_2`, "F32", []],
];
const mxfp4: Packing = (name, out, input) => [
  [`${name}.weight`, "U8", [out, input / 2]],
  [`${name}.weight_scale`, "U8", [out, input / 32]],
];
const mlx: Packing = (name, out, input) => [
  [`${name}.weight`, "U32", [out, input / 4]],
  [`${name}.scales`, "BF16", [out, input / 64]],
  [`${name}.biases`, "BF16", [out, input / 64]],
];
const gptq: Packing = (name, out, input) => [
  [`${name}.qweight`, "I32", [input / 8, out]],
  [`${name}.qzeros`, "I32", [input / 128, out / 8]],
  [`${name}.scales`, "F16", [input / 128, out]],
];

const fp8: Packing = (name, out, input) => [
  [`${name}.weight`, "F8_E4M3", [out, input]],
  [`${name}.weight_scale`, "BF16", [out, 1]],
];
const ATTENTION_SCALES = [0, 1, 2].flatMap((layer) =>
  ["q_scale", "k_scale", "v_scale"].map(
    (name): TensorSpec => [`model.layers.${layer}.self_attn.${name}`, "F32", [1]],
  ),
);

const group = (targets: readonly string[], num_bits: number) => ({
  targets,
  weights: { num_bits, type: "int", symmetric: true, strategy: "group", group_size: 128 },
  input_activations: null,
});
const ct = (groups: readonly object[], ignore: readonly string[] = ["lm_head"]) =>
  declared({
    quant_method: "compressed-tensors",
    format: "pack-quantized",
    config_groups: Object.fromEntries(groups.map((each, k) => [`group_${k}`, each])),
    ignore,
  });
const quark = (exclude: readonly string[]) =>
  declared({
    quant_method: "quark",
    exclude,
    global_quant_config: {
      weight: { dtype: "fp4", qscheme: "per_group", group_size: 32, scale_format: "e8m0" },
      input_tensors: { dtype: "fp4", qscheme: "per_group", group_size: 32, is_dynamic: true },
    },
  });
const modelopt = (more: object) =>
  declared({ quant_method: "modelopt", quant_algo: "NVFP4", ignore: ["lm_head"], ...more });
const autoRound = (block_name_to_quantize: string) =>
  declared({
    quant_method: "auto-round",
    bits: 4,
    group_size: 128,
    sym: true,
    data_type: "int",
    packing_format: "auto_round:auto_gptq",
    block_name_to_quantize,
  });

const inEightBits = (name: string, rows: number): TensorSpec[] => [
  [`${name}.weight`, "U32", [rows, 64]],
  [`${name}.scales`, "BF16", [rows, 4]],
  [`${name}.biases`, "BF16", [rows, 4]],
];
const EIGHT = { bits: 8, group_size: 64, mode: "affine" };
const ALL_OF_MLX = [0, 1, 2].flatMap((layer) =>
  ["q", "k", "v", "o"]
    .map((part) => `self_attn.${part}_proj`)
    .concat(["gate", "up", "down"].map((part) => `mlp.${part}_proj`))
    .map((name) => `model.layers.${layer}.${name}`),
);
const entries = (prefix: string) =>
  Object.fromEntries(
    [...ALL_OF_MLX, "lm_head", "model.embed_tokens"].map((name) => [`${prefix}${name}`, EIGHT]),
  );
const mlxConfig = (prefix: string) => ({
  quantization: { bits: 4, group_size: 32, mode: "mxfp4", ...entries(prefix) },
});

const SIX: readonly string[] = Array.from({ length: 3 }, (_, layer) => `model.layers.${layer}.mlp.gate`);
const ROUTERS: readonly TensorSpec[] = SIX.map((name): TensorSpec => [`${name}.weight`, "BF16", [8, 256]]);

const REPORTS: readonly Reported[] = [
  {
    title: "two groups by class, tables in fewer bits (huggingface.js#2215)",
    pack: packed(4, 128),
    more: packed(2, 128)("model.embed_tokens", 512, 256),
    bend: (draft) => draft.drop((name) => name === "model.embed_tokens.weight"),
    config: ct([group(["Embedding"], 2), group(["Linear"], 4)]),
  },
  {
    title: "the same, tables not in the bits of their group",
    pack: packed(4, 128),
    more: packed(4, 128)("model.embed_tokens", 512, 256),
    bend: (draft) => draft.drop((name) => name === "model.embed_tokens.weight"),
    config: ct([group(["Embedding"], 2), group(["Linear"], 4)]),
    tells: ["error quantization-unlike-declared"],
  },
  {
    title: "Quark's own globs in its list (vllm#48606)",
    pack: mxfp4,
    plain: /lm_head|self_attn/,
    config: quark(["*lm_head*", "*self_attn*"]),
  },
  {
    title: "Quark's list without what is plain",
    pack: mxfp4,
    plain: /lm_head|o_proj/,
    config: quark(["*lm_head*", "*mlp.gate"]),
    tells: ["warning targeted-but-plain"],
  },
  {
    title: "NVFP4 whose inputs were not calibrated, and says so (FreeToken#462)",
    pack: nvfp4,
    config: modelopt({ with_input_scale: false }),
  },
  {
    title: "the same without the word",
    pack: nvfp4,
    config: modelopt({}),
    tells: ["warning input-scale-missing"],
  },
  {
    title: "blocks of AutoRound that are all it quantized (vllm#49552)",
    pack: gptq,
    config: autoRound("model.layers"),
  },
  {
    title: "a block of AutoRound's that its list lacks: engines build it plain",
    pack: gptq,
    config: autoRound("model.layers.0,model.layers.1"),
    tells: ["error quantization-unlike-declared"],
  },
  {
    title: "targets by name that lack what is packed",
    pack: packed(4, 128),
    config: ct([group(["re:.*self_attn.*"], 4)]),
    tells: ["error quantization-unlike-declared"],
  },
  {
    title: "entries of MLX for all but the experts",
    pack: mlx,
    plain: /^$/,
    more: inEightBits("model.embed_tokens", 512),
    config: mlxConfig(""),
  },
  {
    title: "entries of MLX under a wrapper's names: the width tells the bits (mlx-vlm#1728)",
    pack: mlx,
    plain: /^$/,
    more: inEightBits("model.embed_tokens", 512),
    config: mlxConfig("language_model."),
    tells: ["error quantization-unlike-declared"],
  },
  {
    title: "scales of queries beside those of the cache (auto-round#2370)",
    pack: fp8,
    more: ATTENTION_SCALES,
    config: declared({
      quant_method: "compressed-tensors",
      format: "float-quantized",
      config_groups: {
        group_0: {
          targets: ["Linear"],
          weights: { num_bits: 8, type: "float", symmetric: true, strategy: "channel" },
          input_activations: { num_bits: 8, type: "float", strategy: "token", dynamic: true },
        },
      },
      ignore: ["lm_head"],
      kv_cache_scheme: { num_bits: 8, type: "float", strategy: "tensor", dynamic: false },
    }),
  },
  {
    title: "a head in NVFP4 that the list leaves out (vllm#45102)",
    pack: nvfp4,
    plain: /^$/,
    config: modelopt({ with_input_scale: false, ignore: ["lm_head*"] }),
    tells: ["error ignored-but-quantized"],
  },
  {
    title: "FP8 declared of weights that nobody quantized (transformers#37250)",
    pack: (name, out, input) => [[`${name}.weight`, "BF16", [out, input]]],
    config: declared({ quant_method: "fp8", activation_scheme: "dynamic", weight_block_size: [128, 128] }),
    tells: ["error quantization-not-applied"],
  },
  {
    title: "kinds of layers for more layers than there are (auto-round#1984)",
    pack: (name, out, input) => [[`${name}.weight`, "BF16", [out, input]]],
    config: { layer_types: Array.from({ length: 7 }, () => "full_attention") },
    tells: ["error layer-kind-mismatch"],
  },
  {
    title: "routers that the list does not name, for information (Model-Optimizer#1858)",
    pack: nvfp4,
    more: ROUTERS,
    config: modelopt({ with_input_scale: false }),
    tells: [],
    parameters: TINY_PARAMETERS + 3 * 8 * 256,
  },
];

async function rulesOf(draft: Draft): Promise<string[]> {
  const result = await checkDraft(draft);
  return [...new Set(faultsOf(result).map(({ severity, rule }) => `${severity} ${rule}`))];
}

function make({ bend, ...each }: Reported): Draft {
  const draft = tinyExport(each);
  bend?.(draft);
  return draft;
}

describe("exports that were reported", () => {
  it.each(REPORTS)("$title", async (each) => {
    expect(await rulesOf(make(each))).toEqual(each.tells ?? []);
  });

  it.each(REPORTS)("$title: all parameters are counted", async (each) => {
    const { components } = await loadFiles(make(each).toFiles());
    const { schemes } = analysePrecision(components[0] as (typeof components)[0]);
    const total = schemes.reduce((sum, { parameters }) => sum + parameters, 0);
    expect(total).toBe(each.parameters ?? TINY_PARAMETERS);
  });

  it("names the group that a row is no wider than, where the declaration says it", async () => {
    const config = (strategy: string) =>
      ct([{ ...group(["Linear"], 4), weights: { ...group([], 4).weights, strategy, group_size: 512 } }]);
    const pack: Packing = (name, out, input) => [
      [`${name}.weight_packed`, "I32", [out, input / 8]],
      [`${name}.weight_scale`, "BF16", [out, 1]],
      [`${name}.weight_shape`, "I64", [2]],
    ];
    const read = async (strategy: string) => {
      const { components } = await loadFiles(tinyExport({ pack, config: config(strategy) }).toFiles());
      const { schemes } = analysePrecision(components[0] as (typeof components)[0]);
      return schemes.filter(({ scheme }) => scheme !== "none").map((each) => [each.granularity, each.group]);
    };
    expect(await read("group")).toEqual([["group", 512]]);
    expect(await read("channel")).toEqual([["channel", null]]);
  });

  it("tells of plain routers where the list leaves them out, and not where it names them", async () => {
    const pack: TinyExport = { pack: nvfp4, more: ROUTERS };
    const told = async (ignore: readonly string[]) =>
      toldOf(await checkDraft(tinyExport({ ...pack, config: modelopt({ ignore }) }))).filter(
        ({ rule }) => rule === "targeted-but-plain",
      );
    expect((await told(["lm_head"])).map(({ severity }) => severity)).toEqual(["info"]);
    expect(await told(["lm_head", "*.mlp.gate"])).toEqual([]);
  });

  it("tells of a stored head of a known class that ties it", async () => {
    const draft = tinyExport({
      pack: (name, out, input) => [[`${name}.weight`, "BF16", [out, input]]],
      config: { tie_word_embeddings: true },
    });
    expect(toldOf(await checkDraft(draft)).map(({ rule }) => rule)).toEqual(["head-although-tied"]);
  });

  it("tells once of matrices that were never gathered", async () => {
    const draft = tinyExport({
      pack: (name) => [[`${name}.weight`, "BF16", [0]]],
    });
    expect(await rulesOf(draft)).toEqual(["error empty-weight"]);
  });
});
