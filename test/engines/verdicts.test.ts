import { describe, expect, it } from "vitest";
import { findGpu } from "../../src/engines/gpus.ts";
import type { EngineVerdict } from "../../src/engines/judge.ts";
import type { EngineName } from "../../src/engines/names.ts";
import type { Plan } from "../../src/engines/plan.ts";
import * as sound from "../checks/sound-models.ts";
import { Draft } from "../support/draft.ts";
import { askEngine, type Bend } from "../support/engine-verdict.ts";

const set =
  (values: object): Bend =>
  (draft) =>
    Object.assign(draft.config, values);
const declare =
  (values: object): Bend =>
  (draft) =>
    Object.assign(draft.config.quantization_config as object, values);
const dynamic = declare({ activation_scheme: "dynamic" });
const both =
  (...bends: readonly Bend[]): Bend =>
  (draft) => {
    for (const bend of bends) bend(draft);
  };
const nothing: Bend = () => {};
/** A file that lies in the folder and is no shard: nothing of it is read. */
const beside =
  (name: string): Bend =>
  (draft) => {
    draft.fileChanges.push((files) => files.set(name, { bytes: Buffer.alloc(0) }));
  };
function add(draft: Draft, name: string, shape: number[]): void {
  draft.change(name, { dtype: "BF16", shape, shard: draft.shards[0] ?? "" });
}

/** A second table for words that came later. */
const newWords: Bend = (draft) => {
  draft.config.vocab_size = 1088;
  add(draft, "model.embed_tokens.new_embedding", [64, 256]);
  draft.change("lm_head.weight", { shape: [1088, 256] });
};
const on = (name: string): Partial<Plan> => ({ gpu: findGpu(name) ?? null });

/** Title, engine, model, what is done to it, plan, verdict, and part of what is said. */
const ROWS: readonly (readonly [
  string,
  EngineName,
  () => Draft,
  Bend,
  Partial<Plan>,
  EngineVerdict["verdict"],
  string,
])[] = [
  ["a plain model", "vllm", sound.plainModel, nothing, { tp: 4 }, "loads", ""],
  ["a plain model", "sglang", sound.plainModel, nothing, { tp: 8 }, "loads", ""],
  ["a plain model", "transformers", sound.plainModel, nothing, {}, "loads", ""],
  ["a plain model", "mlx", sound.plainModel, nothing, {}, "loads", ""],
  ["a plain model", "trtllm", sound.plainModel, nothing, {}, "loads", ""],
  ["a plain model", "llama.cpp", sound.plainModel, nothing, {}, "loads", ""],
  ["FP8 blocks", "vllm", sound.fp8Model, dynamic, {}, "loads", ""],
  [
    "a scale that does not fit its weight",
    "vllm",
    sound.fp8Model,
    both(dynamic, (draft) =>
      draft.change("model.layers.1.self_attn.o_proj.weight_scale_inv", { shape: [7, 7] }),
    ),
    {},
    "unknown",
    "scale-shape-mismatch",
  ],
  [
    "bits that are declared otherwise",
    "vllm",
    sound.gptqModel,
    declare({ bits: 8 }),
    {},
    "unknown",
    "quantization-unlike-declared",
  ],
  [
    "FP8 blocks without an activation scheme",
    "sglang",
    sound.fp8Model,
    nothing,
    {},
    "refuses",
    "activation_scheme",
  ],
  [
    "FP8 blocks on Ampere, weight only",
    "vllm",
    sound.fp8Model,
    dynamic,
    on("A100 80"),
    "slow",
    "weight-only",
  ],
  ["FP8 blocks on Turing", "sglang", sound.fp8Model, dynamic, on("T4"), "refuses", "Minimum capability: 80"],
  ["a Volta card", "vllm", sound.plainModel, nothing, on("V100 32"), "refuses", "no kernel image"],
  [
    "FP8 experts on Ampere",
    "sglang",
    sound.expertModel,
    dynamic,
    on("A100 80"),
    "refuses",
    "fp8e4nv not supported",
  ],
  [
    "experts of 128, half a block each",
    "vllm",
    sound.expertModel,
    dynamic,
    { tp: 2, ...on("H100 80") },
    "refuses",
    "start (1) + length (1) exceeds dimension size (1)",
  ],
  [
    "experts spread whole",
    "sglang",
    sound.expertModel,
    dynamic,
    { ep: 3 },
    "refuses",
    "8 experts do not divide by 3",
  ],
  ["experts spread with a remainder", "vllm", sound.expertModel, dynamic, { ep: 3 }, "loads", ""],
  ["GPTQ as Marlin takes it", "vllm", sound.gptqModel, nothing, {}, "loads", ""],
  [
    "GPTQ with act-order",
    "vllm",
    sound.gptqModel,
    declare({ desc_act: true }),
    {},
    "refuses",
    "desc_act=True",
  ],
  ["GPTQ with act-order", "sglang", sound.gptqModel, declare({ desc_act: true }), {}, "loads", ""],
  ["GPTQ that is asymmetric", "vllm", sound.gptqModel, declare({ sym: false }), {}, "refuses", "sym=False"],
  ["GPTQ with g_idx", "mlx", sound.gptqModel, nothing, {}, "refuses", "g_idx"],
  ["GPTQ", "transformers", sound.gptqModel, nothing, {}, "loads", ""],
  ["NVFP4 of ModelOpt in its own file", "vllm", sound.nvfp4Model, nothing, on("B200"), "loads", ""],
  ["NVFP4 below Blackwell", "sglang", sound.nvfp4Model, nothing, on("A100 80"), "slow", "weight-only"],
  [
    "a packed model that transformers skips as unknown",
    "transformers",
    sound.nvfp4Model,
    both(
      (draft) => draft.configs.delete("hf_quant_config.json"),
      set({ quantization_config: { quant_method: "modelopt" } }),
    ),
    {},
    "refuses",
    "Unknown quantization type",
  ],
  ["packed integers", "vllm", sound.packedModel, nothing, {}, "loads", ""],
  [
    "packed integers of another packing",
    "mlx",
    sound.packedModel,
    nothing,
    {},
    "refuses",
    "weight_packed is stored",
  ],
  [
    "packed integers that the model's own code takes apart",
    "mlx",
    sound.packedModel,
    set({ model_type: "deepseek_v3" }),
    {},
    "loads",
    "",
  ],
  ["FP8 blocks that no code takes apart", "mlx", sound.fp8Model, dynamic, {}, "refuses", "weight_scale_inv"],
  ["new words beside the old ones", "sglang", sound.plainModel, newWords, {}, "loads", ""],
  [
    "a head of other outputs beside the one of words",
    "sglang",
    sound.plainModel,
    (draft) => add(draft, "audio_lm_head.weight", [64, 256]),
    {},
    "loads",
    "",
  ],
  [
    "fewer rows than words",
    "sglang",
    sound.plainModel,
    set({ vocab_size: 1100 }),
    {},
    "refuses",
    "1024 rows",
  ],
  [
    "a class that is gone and that transformers has",
    "vllm",
    sound.plainModel,
    set({ architectures: ["Dots1ForCausalLM"], model_type: "dots1" }),
    {},
    "unknown",
    "Transformers backend",
  ],
  [
    "a class that is gone",
    "vllm",
    sound.plainModel,
    set({ architectures: ["QWenLMHeadModel"] }),
    {},
    "refuses",
    "0.23.0",
  ],
  [
    "a class without the flag of a backend, whose attention can be set",
    "vllm",
    sound.plainModel,
    set({ architectures: ["BartForCausalLM"], model_type: "bart" }),
    {},
    "unknown",
    "Transformers backend",
  ],
  [
    "a class without the flag of a backend",
    "sglang",
    sound.plainModel,
    set({ architectures: ["BartForCausalLM"], model_type: "bart" }),
    {},
    "refuses",
    "in no list",
  ],
  [
    "Mistral's own file beside the shards",
    "vllm",
    sound.plainModel,
    both(beside("consolidated.safetensors"), set({ architectures: ["MistralForCausalLM"] })),
    {},
    "loads",
    "read in their place",
  ],
  [
    "Mistral's own file beside the shards of another class",
    "vllm",
    sound.plainModel,
    beside("consolidated.safetensors"),
    {},
    "refuses",
    "consolidated.safetensors lies beside",
  ],
  [
    "code that is not there",
    "sglang",
    sound.plainModel,
    both(
      set({ architectures: ["OwnForCausalLM"], auto_map: { AutoModel: "modeling_own.Own" } }),
      beside("other.py"),
    ),
    {},
    "unknown",
    "modeling_own.py, which auto_map names, is not in the folder",
  ],
  [
    "code that is there",
    "sglang",
    sound.plainModel,
    both(
      set({ architectures: ["OwnForCausalLM"], auto_map: { AutoModel: "modeling_own.Own" } }),
      beside("modeling_own.py"),
    ),
    {},
    "unknown",
    "whether that runs",
  ],
  [
    "prediction layers that are declared alone",
    "vllm",
    sound.plainModel,
    set({ num_nextn_predict_layers: 1 }),
    {},
    "loads",
    "not with speculation",
  ],
  [
    "a scale of keys alone",
    "vllm",
    sound.nvfp4Model,
    (draft) => draft.drop((name) => name.endsWith("v_scale")),
    {},
    "loads",
    "counts for both",
  ],
  [
    "a scale of values alone",
    "vllm",
    sound.nvfp4Model,
    (draft) => draft.drop((name) => name.endsWith("k_scale")),
    {},
    "refuses",
    "none of the keys",
  ],
  ["experts spread with a remainder", "vllm", sound.expertModel, dynamic, { ep: 3 }, "loads", "not balanced"],
  ["NVFP4 below Blackwell", "sglang", sound.nvfp4Model, nothing, on("H100 80"), "slow", "--fp4-gemm-backend"],
  [
    "nothing declared",
    "vllm",
    sound.packedModel,
    (draft) => {
      delete draft.config.quantization_config;
    },
    {},
    "refuses",
    "There is no module or parameter named",
  ],
  ["an encoder whose head projects", "vllm", textTower, nothing, {}, "loads", ""],
  ["16 GPUs for 8 heads", "vllm", sound.plainModel, nothing, { tp: 16 }, "refuses", "(8) must be divisible"],
  ["3 stages of a class that has them", "vllm", sound.plainModel, nothing, { pp: 3 }, "loads", ""],
  ["no experts to spread", "vllm", sound.plainModel, nothing, { ep: 2 }, "refuses", "greater than 0"],
  [
    "a type that is newer than the pin",
    "vllm",
    sound.plainModel,
    set({ model_type: "inkling2" }),
    {},
    "refuses",
    "does not recognize this architecture",
  ],
  [
    "a type of no list",
    "mlx",
    sound.plainModel,
    set({ model_type: "none_such" }),
    {},
    "refuses",
    "not supported",
  ],
  [
    "code of its own",
    "vllm",
    sound.plainModel,
    both(set({ architectures: ["OwnForCausalLM"] }), set({ auto_map: { AutoModelForCausalLM: "own.Own" } })),
    {},
    "unknown",
    "auto_map",
  ],
  [
    "a head that is not there",
    "sglang",
    sound.plainModel,
    (draft) => draft.drop((name) => name === "lm_head.weight"),
    {},
    "garbage",
    "random",
  ],
  [
    "a method that is gone",
    "vllm",
    sound.plainModel,
    set({ quantization_config: { quant_method: "bitsandbytes" } }),
    {},
    "refuses",
    "Unknown quantization method: bitsandbytes",
  ],
  [
    "a method of one engine",
    "sglang",
    sound.plainModel,
    set({ quantization_config: { quant_method: "torchao" } }),
    {},
    "refuses",
    "Unknown quantization method: torchao",
  ],
];

describe("verdicts", () => {
  it.each(ROWS)("%s: %s", async (_, engine, model, bend, plan, verdict, said) => {
    const row = await askEngine(engine, model, bend, plan);
    const told = row.findings.map(({ message }) => message).join("\n");
    expect([row.verdict, told]).toEqual([verdict, expect.stringContaining(said)]);
    for (const { message, fix, source } of row.findings)
      for (const text of [message, fix, source]) expect(text).not.toMatch(/undefined|NaN|null/);
  });

  it("the plan alone turns a verdict, and the plans that would load are listed", async () => {
    const cut = await askEngine("vllm", sound.expertModel, dynamic, { tp: 2 });
    expect([cut.verdict, cut.stage]).toEqual(["refuses", "shapes"]);
    expect(cut.plans.tp).toEqual([1]);
    expect(cut.findings.find(({ severity }) => severity === "error")?.numbers).toMatchObject({ block: 128 });
  });

  it("a refusal ends the stages: what comes later is not told", async () => {
    const row = await askEngine(
      "vllm",
      sound.plainModel,
      set({ model_type: "none_such", vocab_size: 7 }),
      {},
    );
    expect([row.stage, row.findings.length]).toEqual(["config", 1]);
  });
});

/** A text tower with a projection behind it, as SigLIP's: no words come out of it. */
function textTower(): Draft {
  const layer = "text_model.encoder.layers.{0-2}";
  return Draft.of(
    [
      ["text_model.embeddings.token_embedding.weight", "BF16", [1024, 256]],
      ["text_model.embeddings.position_embedding.weight", "BF16", [64, 256]],
      [`${layer}.self_attn.q_proj.weight`, "BF16", [256, 256]],
      [`${layer}.self_attn.k_proj.weight`, "BF16", [256, 256]],
      [`${layer}.self_attn.v_proj.weight`, "BF16", [256, 256]],
      [`${layer}.self_attn.out_proj.weight`, "BF16", [256, 256]],
      [`${layer}.mlp.fc1.weight`, "BF16", [512, 256]],
      [`${layer}.mlp.fc2.weight`, "BF16", [256, 512]],
      [`${layer}.layer_norm1.weight`, "BF16", [256]],
      [`${layer}.layer_norm2.weight`, "BF16", [256]],
      ["text_model.final_layer_norm.weight", "BF16", [256]],
      ["text_model.head.weight", "BF16", [256, 256]],
      ["logit_scale", "BF16", [1]],
    ],
    {
      architectures: ["SiglipModel"],
      model_type: "siglip",
      text_config: { hidden_size: 256, num_attention_heads: 8, num_hidden_layers: 3, vocab_size: 1024 },
    },
    1,
  );
}
