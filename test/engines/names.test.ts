import { describe, expect, it } from "vitest";
import { findGpu } from "../../src/engines/gpus.ts";
import type { EngineVerdict } from "../../src/engines/judge.ts";
import type { EngineName } from "../../src/engines/names.ts";
import type { Plan } from "../../src/engines/plan.ts";
import * as sound from "../checks/sound-models.ts";
import type { Draft } from "../support/draft.ts";
import { askEngine, type Bend } from "../support/engine-verdict.ts";

const both =
  (...bends: readonly Bend[]): Bend =>
  (draft) => {
    for (const bend of bends) bend(draft);
  };
const nothing: Bend = () => {};
const set =
  (values: object): Bend =>
  (draft) =>
    Object.assign(draft.config, values);
const declare =
  (values: object): Bend =>
  (draft) =>
    Object.assign(draft.config.quantization_config as object, values);
const add = (
  draft: Draft,
  name: string,
  dtype: "U8" | "F32" | "F8_E4M3" | "I32" | "I64" | "F16" | "BF16",
  shape: number[],
) => draft.change(name, { dtype, shape, shard: draft.shards[0] ?? "" });

/** ModelOpt's settings, which lie in a file of their own. */
const modelOpt =
  (values: object): Bend =>
  ({ configs }) =>
    Object.assign(configs.get("hf_quant_config.json")?.quantization as object, values);

/** A head in the packing of the other linears. */
const nvfp4Head: Bend = (draft) => {
  add(draft, "lm_head.weight", "U8", [1024, 128]);
  add(draft, "lm_head.weight_scale", "F8_E4M3", [1024, 16]);
  add(draft, "lm_head.weight_scale_2", "F32", []);
  add(draft, "lm_head.input_scale", "F32", []);
};
const gptqHead: Bend = (draft) => {
  draft.drop((name) => name === "lm_head.weight");
  add(draft, "lm_head.qweight", "I32", [32, 1024]);
  add(draft, "lm_head.qzeros", "I32", [2, 128]);
  add(draft, "lm_head.scales", "F16", [2, 1024]);
};
const integerHead: Bend = (draft) => {
  draft.drop((name) => name === "lm_head.weight");
  add(draft, "lm_head.weight_packed", "I32", [1024, 32]);
  add(draft, "lm_head.weight_scale", "BF16", [1024, 2]);
  add(draft, "lm_head.weight_zero_point", "I32", [128, 2]);
  add(draft, "lm_head.weight_shape", "I64", [2]);
};

/** The settings of the model's only group for its head too. */
const nameHead: Bend = ({ config }) => {
  const { config_groups: groups, ignore } = config.quantization_config as {
    config_groups: Record<string, { targets: string[] }>;
    ignore?: string[];
  };
  for (const group of Object.values(groups)) group.targets.push("re:.*lm_head");
  ignore?.splice(0, ignore.length, ...ignore.filter((entry) => entry !== "lm_head"));
};
const forgetHead: Bend = ({ config }) => Object.assign(config.quantization_config as object, { ignore: [] });

/** One module of every layer as it was before it was packed. */
function plain(draft: Draft, module: string, shape: number[]): void {
  draft.drop((name) => name.includes(`.${module}.`));
  for (let layer = 0; layer < 6; layer++) add(draft, `model.layers.${layer}.${module}.weight`, "F16", shape);
}
const plainOutput: Bend = (draft) => plain(draft, "self_attn.o_proj", [256, 256]);

/** Two algorithms by a list of layers: what it does not name stays plain. */
const mixed = (modules: readonly string[]): Bend =>
  modelOpt({
    quant_algo: "MIXED_PRECISION",
    quantized_layers: Object.fromEntries(
      modules.flatMap((module) =>
        [0, 1, 2, 3, 4, 5].map((layer) => [`model.layers.${layer}.${module}`, { quant_algo: "NVFP4" }]),
      ),
    ),
  });
const ATTENTION = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"];
const MLP = ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];

/** All linears of the layers in blocks of 64, as DeepSeek's are in blocks of 128; the last of the latents' is ragged. */
const inBlocks: Bend = (draft) => {
  for (const [name, { dtype, shape, shard }] of [...draft.tensors]) {
    const [rows = 0, columns = 0] = shape;
    if (dtype !== "BF16" || shape.length !== 2 || !/layers/.test(name) || /mlp\.gate\.|indexer/.test(name))
      continue;
    draft.change(name, { dtype: "F8_E4M3" });
    const scale = [Math.ceil(rows / 64), Math.ceil(columns / 64)];
    draft.change(name.replace("weight", "weight_scale_inv"), { dtype: "F32", shape: scale, shard });
  }
  draft.config.architectures = ["DeepseekV3ForCausalLM"];
  draft.config.model_type = "deepseek_v3";
  draft.config.quantization_config = {
    quant_method: "fp8",
    activation_scheme: "dynamic",
    weight_block_size: [64, 64],
  };
};

/** Numbers that an activation learns, as Apertus has them. */
const learnedActivation: Bend = (draft) => {
  for (let layer = 0; layer < 6; layer++) add(draft, `model.layers.${layer}.mlp.act_fn.alpha_p`, "BF16", [1]);
};

const on = (name: string): Partial<Plan> => ({ gpu: findGpu(name) ?? null });

type Row = readonly [string, EngineName, () => Draft, Bend, Partial<Plan>, EngineVerdict["verdict"], string];

const HEADS: readonly Row[] = [
  ["packed and left out", "vllm", sound.nvfp4Model, nvfp4Head, {}, "refuses", "'lm_head.weight_scale'"],
  [
    "packed and left out",
    "sglang",
    sound.nvfp4Model,
    nvfp4Head,
    {},
    "refuses",
    "the head is stored as nvfp4",
  ],
  [
    "packed and meant",
    "vllm",
    sound.nvfp4Model,
    both(nvfp4Head, modelOpt({ exclude_modules: [] })),
    {},
    "loads",
    "",
  ],
  [
    "plain and meant",
    "vllm",
    sound.nvfp4Model,
    modelOpt({ exclude_modules: [] }),
    {},
    "refuses",
    "stored plain",
  ],
  ["packed without a word", "vllm", sound.gptqModel, gptqHead, {}, "refuses", "the head is stored as gptq"],
  [
    "packed and said to be",
    "sglang",
    sound.gptqModel,
    both(gptqHead, declare({ lm_head: true })),
    {},
    "loads",
    "",
  ],
  [
    "packed, and no class of heads is a target",
    "vllm",
    sound.packedModel,
    both(integerHead, forgetHead),
    {},
    "refuses",
    "the head is stored as ct-pack-int",
  ],
  ["packed and named", "vllm", sound.packedModel, both(integerHead, nameHead), {}, "loads", ""],
  ["plain and named", "vllm", sound.packedModel, nameHead, {}, "refuses", "stored plain"],
  ["plain beside a class of linears", "vllm", sound.packedModel, forgetHead, {}, "loads", ""],
];

const MODULES: readonly Row[] = [
  ["plain in GPTQ, which vLLM sees", "vllm", sound.gptqModel, plainOutput, {}, "loads", ""],
  [
    "plain in GPTQ, which SGLang does not ask",
    "sglang",
    sound.gptqModel,
    plainOutput,
    {},
    "garbage",
    "o_proj",
  ],
  [
    "plain in GPTQ by a rule",
    "sglang",
    sound.gptqModel,
    both(plainOutput, declare({ dynamic: { "-:.*o_proj": {} } })),
    {},
    "loads",
    "",
  ],
  [
    "packed in GPTQ, and not in the list of what is packed",
    "vllm",
    sound.gptqModel,
    declare({
      modules_in_block_to_quantize: [["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], ["mlp"]],
    }),
    {},
    "refuses",
    "modules_in_block_to_quantize",
  ],
  [
    "values that are taken from keys",
    "vllm",
    sound.gptqModel,
    (draft) => draft.drop((name) => name.includes("layers.3.self_attn.v_proj")),
    {},
    "refuses",
    "v_proj, which nothing stores",
  ],
  [
    "values that are taken from keys, with a list",
    "vllm",
    sound.gptqModel,
    both(
      (draft) => draft.drop((name) => name.includes("layers.3.self_attn.v_proj")),
      declare({ modules_in_block_to_quantize: ["self_attn", "mlp"] }),
      set({ architectures: ["OrionForCausalLM"] }),
    ),
    {},
    "loads",
    "",
  ],
  [
    "three bits by a rule",
    "sglang",
    sound.gptqModel,
    declare({ dynamic: { "+:.*down_proj": { bits: 3 } } }),
    {},
    "refuses",
    "GPTQ of 3 bits",
  ],
  [
    "in no list of mixed layers, and plain",
    "vllm",
    sound.nvfp4Model,
    both(plainOutput, mixed([...ATTENTION, ...MLP])),
    {},
    "loads",
    "",
  ],
  [
    "in no list of mixed layers, and packed",
    "vllm",
    sound.nvfp4Model,
    mixed([...ATTENTION, ...MLP]),
    {},
    "refuses",
    "not in quantized_layers",
  ],
  ["latents in one linear", "sglang", sound.latentModel, inBlocks, {}, "loads", ""],
  [
    "numbers of an activation",
    "vllm",
    sound.fp8Model,
    both(
      learnedActivation,
      declare({ activation_scheme: "dynamic" }),
      set({ architectures: ["OrionForCausalLM"] }),
    ),
    {},
    "loads",
    "",
  ],
  [
    "integers with FP8 inputs on another GPU than Hopper",
    "vllm",
    sound.packedModel,
    ({ config }) => {
      const { config_groups: groups } = config.quantization_config as {
        config_groups: Record<string, object>;
      };
      for (const group of Object.values(groups))
        Object.assign(group, {
          input_activations: {
            num_bits: 8,
            type: "float",
            strategy: "token",
            dynamic: true,
            symmetric: true,
          },
        });
    },
    on("B200"),
    "refuses",
    "B200 has 10",
  ],
];

const withoutNorm: Bend = (draft) => draft.drop((name) => name.includes("layers.3.input_layernorm"));
const addScales: Bend = (draft) => add(draft, "model.layers.2.mlp.act_fn.scales", "F16", [512]);
const oldBuffer: Bend = (draft) => add(draft, "model.layers.2.self_attn.rotary_emb.inv_freq", "F32", [16]);

/** Against the class of transformers: what each engine makes of a difference. */
const CLASSES: readonly Row[] = [
  [
    "a width that config.json has otherwise",
    "sglang",
    sound.knownModel,
    set({ intermediate_size: 500 }),
    {},
    "refuses",
    "512",
  ],
  [
    "a width that config.json has otherwise",
    "transformers",
    sound.knownModel,
    set({ intermediate_size: 500 }),
    {},
    "refuses",
    "size mismatch",
  ],
  [
    "a width that config.json has otherwise",
    "mlx",
    sound.knownModel,
    set({ intermediate_size: 500 }),
    {},
    "refuses",
    "512",
  ],
  [
    "a layer less than config.json has",
    "vllm",
    sound.knownModel,
    set({ num_hidden_layers: 7 }),
    {},
    "refuses",
    "7 is stated, 6 stored",
  ],
  [
    "a layer less than config.json has",
    "sglang",
    sound.knownModel,
    set({ num_hidden_layers: 7 }),
    {},
    "garbage",
    "stay as memory was",
  ],
  [
    "a layer more than config.json has",
    "vllm",
    sound.knownModel,
    set({ num_hidden_layers: 5 }),
    {},
    "refuses",
    "5 is stated, 6 stored",
  ],
  [
    "a layer more than config.json has",
    "sglang",
    sound.knownModel,
    set({ num_hidden_layers: 5 }),
    {},
    "loads",
    "",
  ],
  [
    "a norm that is not stored",
    "vllm",
    sound.knownModel,
    withoutNorm,
    {},
    "refuses",
    "layers.3.input_layernorm",
  ],
  ["a norm that is not stored", "transformers", sound.knownModel, withoutNorm, {}, "garbage", "MISSING"],
  ["a tensor that nobody asks for", "vllm", sound.knownModel, addScales, {}, "refuses", "act_fn.scales"],
  [
    "a tensor that nobody asks for",
    "llama.cpp",
    sound.knownModel,
    addScales,
    {},
    "refuses",
    "Can not map tensor",
  ],
  ["a tensor that nobody asks for", "sglang", sound.knownModel, addScales, {}, "loads", ""],
  [
    "files that transformers does not look for",
    "transformers",
    sound.knownModel,
    (draft) => {
      draft.hasIndex = false;
    },
    {},
    "refuses",
    "model.safetensors, and there is no index",
  ],
  ["a buffer of old versions", "vllm", sound.knownModel, oldBuffer, {}, "loads", ""],
  [
    "names without the prefix",
    "vllm",
    sound.knownModel,
    (draft) => draft.rename((name) => name.replace(/^model\./, "")),
    {},
    "refuses",
    "names without model.",
  ],
  [
    "names with the prefix twice",
    "sglang",
    sound.knownModel,
    (draft) => draft.rename((name) => name.replace(/^model\./, "model.model.")),
    {},
    "garbage",
    "model. twice",
  ],
];

describe("heads and single modules, as engines build them", () => {
  it.each([...HEADS, ...MODULES, ...CLASSES])(
    "%s: %s",
    async (_, engine, model, bend, plan, verdict, said) => {
      const row = await askEngine(engine, model, bend, plan);
      const told = row.findings.map(({ where, message }) => `${where}: ${message}`).join("\n");
      expect([row.verdict, told]).toEqual([verdict, expect.stringContaining(said)]);
    },
  );

  it("without a change every model of these rows loads", async () => {
    for (const model of [sound.nvfp4Model, sound.gptqModel, sound.packedModel])
      expect((await askEngine("vllm", model, nothing)).verdict).toBe("loads");
  });
});
