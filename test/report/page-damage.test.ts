import { expect, it } from "vitest";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { adapterMapData, mapData } from "../../src/report/render/html/map-data.ts";
import { buildWholeReport } from "../../src/report/whole-report.ts";
import type { Dtype } from "../../src/safetensors/dtype.ts";
import { MemorySource } from "../../src/sources/memory.ts";
import type { TensorSpec } from "../support/component-of.ts";
import { Draft } from "../support/draft.ts";

type Linear = (name: string, out: number, input: number) => TensorSpec[];

const plain: Linear = (name, out, input) => [[`${name}.weight`, "BF16", [out, input]]];
const biased: Linear = (name, out, input) => [...plain(name, out, input), [`${name}.bias`, "BF16", [out]]];
const fp8: Linear = (name, out, input) => [
  [`${name}.weight`, "F8_E4M3", [out, input]],
  [`${name}.weight_scale_inv`, "F32", [Math.ceil(out / 128), Math.ceil(input / 128)]],
];
const nvfp4: Linear = (name, out, input) => [
  [`${name}.weight`, "U8", [out, input / 2]],
  [`${name}.weight_scale`, "F8_E4M3", [out, input / 16]],
  [`${name}.weight_scale_2`, "F32", []],
  [`${name}.input_scale`, "F32", []],
];
const gptq: Linear = (name, out, input) => [
  [`${name}.qweight`, "I32", [input / 8, out]],
  [`${name}.qzeros`, "I32", [input / 128, out / 8]],
  [`${name}.scales`, "F16", [input / 128, out]],
  [`${name}.g_idx`, "I32", [input]],
];
const awq: Linear = (name, out, input) => [
  [`${name}.qweight`, "I32", [input, out / 8]],
  [`${name}.qzeros`, "I32", [input / 128, out / 8]],
  [`${name}.scales`, "F16", [input / 128, out]],
];
const int8: Linear = (name, out, input) => [
  [`${name}.weight`, "I8", [out, input]],
  [`${name}.weight_scale`, "BF16", [out, 1]],
];

const SIZES = {
  hidden_size: 256,
  intermediate_size: 512,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 64,
  num_hidden_layers: 8,
  vocab_size: 1024,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
};
const ATTENTION = [
  ["q_proj", 256, 256],
  ["k_proj", 128, 256],
  ["v_proj", 128, 256],
  ["o_proj", 256, 256],
] as const;

/** A Llama of eight layers in three shards, packed like this. */
function llama(pack: Linear, quantization?: Record<string, unknown>): Draft {
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    ...SIZES,
    ...(quantization === undefined ? {} : { quantization_config: quantization }),
  };
  const specs: TensorSpec[] = [
    ["model.embed_tokens.weight", "BF16", [1024, 256]],
    ["model.layers.{0-7}.input_layernorm.weight", "BF16", [256]],
    ["model.layers.{0-7}.post_attention_layernorm.weight", "BF16", [256]],
    ...ATTENTION.flatMap(([name, out, input]) => pack(`model.layers.{0-7}.self_attn.${name}`, out, input)),
    ...pack("model.layers.{0-7}.mlp.gate_proj", 512, 256),
    ...pack("model.layers.{0-7}.mlp.up_proj", 512, 256),
    ...pack("model.layers.{0-7}.mlp.down_proj", 256, 512),
    ["model.norm.weight", "BF16", [256]],
    ["lm_head.weight", "BF16", [1024, 256]],
  ];
  return Draft.of(specs, config, 3);
}

const FP8 = { quant_method: "fp8", weight_block_size: [128, 128] };
const NVFP4 = { quant_method: "modelopt", quant_algo: "NVFP4", ignore: ["lm_head"] };
const GPTQ = { quant_method: "gptq", bits: 4, group_size: 128, desc_act: false, sym: true };
const AWQ = { quant_method: "awq", bits: 4, group_size: 128, zero_point: true, version: "gemm" };
const INT8 = {
  quant_method: "compressed-tensors",
  format: "int-quantized",
  ignore: ["lm_head"],
  config_groups: {
    group_0: {
      targets: ["Linear"],
      weights: { num_bits: 8, type: "int", strategy: "channel", symmetric: true },
    },
  },
};

/** Sixteen experts a layer, six layers. */
function moe(pack: Linear, quantization?: Record<string, unknown>): Draft {
  const experts = "model.layers.{0-5}.block_sparse_moe.experts.{0-15}";
  const config = {
    architectures: ["MixtralForCausalLM"],
    model_type: "mixtral",
    ...SIZES,
    num_hidden_layers: 6,
    num_local_experts: 16,
    num_experts_per_tok: 2,
    ...(quantization === undefined ? {} : { quantization_config: quantization }),
  };
  const specs: TensorSpec[] = [
    ["model.embed_tokens.weight", "BF16", [1024, 256]],
    ["model.layers.{0-5}.input_layernorm.weight", "BF16", [256]],
    ["model.layers.{0-5}.post_attention_layernorm.weight", "BF16", [256]],
    ...ATTENTION.flatMap(([name, out, input]) => pack(`model.layers.{0-5}.self_attn.${name}`, out, input)),
    ["model.layers.{0-5}.block_sparse_moe.gate.weight", "BF16", [16, 256]],
    ...pack(`${experts}.w1`, 512, 256),
    ...pack(`${experts}.w2`, 256, 512),
    ...pack(`${experts}.w3`, 512, 256),
    ["model.norm.weight", "BF16", [256]],
    ["lm_head.weight", "BF16", [1024, 256]],
  ];
  return Draft.of(specs, config, 2);
}

function lora(): Draft {
  const pair = (target: string, out: number, input: number): TensorSpec[] => [
    [`base_model.model.model.layers.{0-7}.self_attn.${target}.lora_A.weight`, "BF16", [8, input]],
    [`base_model.model.model.layers.{0-7}.self_attn.${target}.lora_B.weight`, "BF16", [out, 8]],
  ];
  const draft = Draft.of([...pair("q_proj", 256, 256), ...pair("v_proj", 128, 256)], null, 1);
  draft.rename((name) => name);
  for (const [name, tensor] of draft.tensors)
    draft.tensors.set(name, { ...tensor, shard: "adapter_model.safetensors" });
  draft.configs.set("adapter_config.json", {
    peft_type: "LORA",
    r: 8,
    lora_alpha: 16,
    target_modules: ["q_proj", "v_proj"],
  });
  return draft;
}

/** An encoder whose layers carry biases: a vision transformer. */
function vit(): Draft {
  const specs: TensorSpec[] = [
    ["vit.embeddings.cls_token", "F32", [1, 1, 64]],
    ["vit.embeddings.position_embeddings", "F32", [1, 17, 64]],
    ["vit.embeddings.patch_embeddings.projection.weight", "F32", [64, 3, 16, 16]],
    ["vit.embeddings.patch_embeddings.projection.bias", "F32", [64]],
    ...["query", "key", "value"].flatMap((name) =>
      biased(`vit.encoder.layer.{0-5}.attention.attention.${name}`, 64, 64),
    ),
    ...biased("vit.encoder.layer.{0-5}.attention.output.dense", 64, 64),
    ...biased("vit.encoder.layer.{0-5}.intermediate.dense", 256, 64),
    ...biased("vit.encoder.layer.{0-5}.output.dense", 64, 256),
    ...["layernorm_before", "layernorm_after"].flatMap((name): TensorSpec[] => [
      [`vit.encoder.layer.{0-5}.${name}.weight`, "BF16", [64]],
      [`vit.encoder.layer.{0-5}.${name}.bias`, "BF16", [64]],
    ]),
    ["vit.layernorm.weight", "BF16", [64]],
    ["vit.layernorm.bias", "BF16", [64]],
    ["classifier.weight", "BF16", [10, 64]],
    ["classifier.bias", "BF16", [10]],
  ];
  const config = {
    architectures: ["ViTForImageClassification"],
    model_type: "vit",
    hidden_size: 64,
    intermediate_size: 256,
    num_hidden_layers: 6,
    num_attention_heads: 4,
    image_size: 64,
    patch_size: 16,
    num_channels: 3,
  };
  return Draft.of(specs, config, 1);
}

/** Blocks of a UNet at two widths, with a text's states of 96 values beside it. */
function unet(): Draft {
  const block = (path: string, input: number, out: number): TensorSpec[] => [
    [`${path}.norm1.weight`, "F16", [input]],
    [`${path}.norm1.bias`, "F16", [input]],
    [`${path}.conv1.weight`, "F16", [out, input, 3, 3]],
    [`${path}.conv1.bias`, "F16", [out]],
    [`${path}.time_emb_proj.weight`, "F16", [out, 128]],
    [`${path}.time_emb_proj.bias`, "F16", [out]],
    [`${path}.norm2.weight`, "F16", [out]],
    [`${path}.norm2.bias`, "F16", [out]],
    [`${path}.conv2.weight`, "F16", [out, out, 3, 3]],
    [`${path}.conv2.bias`, "F16", [out]],
    ...(input === out
      ? []
      : ([
          [`${path}.conv_shortcut.weight`, "F16", [out, input, 1, 1]],
          [`${path}.conv_shortcut.bias`, "F16", [out]],
        ] satisfies TensorSpec[])),
  ];
  const attention = (path: string, width: number, source: number): TensorSpec[] => [
    [`${path}.to_q.weight`, "F16", [width, width]],
    [`${path}.to_k.weight`, "F16", [width, source]],
    [`${path}.to_v.weight`, "F16", [width, source]],
    [`${path}.to_out.0.weight`, "F16", [width, width]],
    [`${path}.to_out.0.bias`, "F16", [width]],
  ];
  const transformer = (path: string, width: number): TensorSpec[] => [
    [`${path}.norm.weight`, "F16", [width]],
    [`${path}.norm.bias`, "F16", [width]],
    [`${path}.proj_in.weight`, "F16", [width, width, 1, 1]],
    [`${path}.proj_in.bias`, "F16", [width]],
    ...attention(`${path}.transformer_blocks.0.attn1`, width, width),
    ...attention(`${path}.transformer_blocks.0.attn2`, width, 96),
    ...["norm1", "norm2", "norm3"].flatMap((name): TensorSpec[] => [
      [`${path}.transformer_blocks.0.${name}.weight`, "F16", [width]],
      [`${path}.transformer_blocks.0.${name}.bias`, "F16", [width]],
    ]),
    [`${path}.transformer_blocks.0.ff.net.0.proj.weight`, "F16", [8 * width, width]],
    [`${path}.transformer_blocks.0.ff.net.0.proj.bias`, "F16", [8 * width]],
    [`${path}.transformer_blocks.0.ff.net.2.weight`, "F16", [width, 4 * width]],
    [`${path}.transformer_blocks.0.ff.net.2.bias`, "F16", [width]],
    [`${path}.proj_out.weight`, "F16", [width, width, 1, 1]],
    [`${path}.proj_out.bias`, "F16", [width]],
  ];
  const conv = (path: string, input: number, out: number): TensorSpec[] => [
    [`${path}.weight`, "F16", [out, input, 3, 3]],
    [`${path}.bias`, "F16", [out]],
  ];
  const specs: TensorSpec[] = [
    ...conv("conv_in", 4, 32),
    ["time_embedding.linear_1.weight", "F16", [128, 32]],
    ["time_embedding.linear_1.bias", "F16", [128]],
    ["time_embedding.linear_2.weight", "F16", [128, 128]],
    ["time_embedding.linear_2.bias", "F16", [128]],
    ...block("down_blocks.0.resnets.0", 32, 32),
    ...block("down_blocks.0.resnets.1", 32, 32),
    ...transformer("down_blocks.0.attentions.0", 32),
    ...transformer("down_blocks.0.attentions.1", 32),
    ...conv("down_blocks.0.downsamplers.0.conv", 32, 32),
    ...block("down_blocks.1.resnets.0", 32, 64),
    ...block("down_blocks.1.resnets.1", 64, 64),
    ...block("mid_block.resnets.0", 64, 64),
    ...transformer("mid_block.attentions.0", 64),
    ...block("mid_block.resnets.1", 64, 64),
    ...block("up_blocks.0.resnets.0", 128, 64),
    ...block("up_blocks.0.resnets.1", 128, 64),
    ...block("up_blocks.0.resnets.2", 96, 64),
    ...conv("up_blocks.0.upsamplers.0.conv", 64, 64),
    ...block("up_blocks.1.resnets.0", 96, 32),
    ...block("up_blocks.1.resnets.1", 64, 32),
    ...block("up_blocks.1.resnets.2", 64, 32),
    ...[0, 1, 2].flatMap((at) => transformer(`up_blocks.1.attentions.${at}`, 32)),
    ["conv_norm_out.weight", "F16", [32]],
    ["conv_norm_out.bias", "F16", [32]],
    ...conv("conv_out", 32, 4),
  ];
  const config = {
    _class_name: "UNet2DConditionModel",
    sample_size: 32,
    in_channels: 4,
    out_channels: 4,
    down_block_types: ["CrossAttnDownBlock2D", "DownBlock2D"],
    up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D"],
    block_out_channels: [32, 64],
    layers_per_block: 2,
    cross_attention_dim: 96,
    attention_head_dim: 8,
    norm_num_groups: 32,
  };
  const draft = Draft.of(specs, config, 1);
  for (const [name, tensor] of draft.tensors)
    draft.tensors.set(name, { ...tensor, shard: "diffusion_pytorch_model.safetensors" });
  return draft;
}

const without = (draft: Draft, ...names: readonly string[]): Draft => {
  for (const name of names) if (!draft.tensors.delete(name)) throw new Error(`no ${name}`);
  return draft;
};
const reshaped = (draft: Draft, name: string, shape: readonly number[], dtype?: Dtype): Draft =>
  draft.change(name, dtype === undefined ? { shape } : { shape, dtype });
const plainly = (draft: Draft, module: string, out: number, input: number): Draft => {
  const { shard } = draft.tensors.get(`${module}.weight`) ?? { shard: "" };
  draft.drop((name) => name.startsWith(`${module}.`));
  draft.tensors.set(`${module}.weight`, { dtype: "BF16", shape: [out, input], shard });
  return draft;
};
const L = "model.layers";
const EXPERT = "block_sparse_moe.experts.#";

/** What is done to a sound model, and the cells that have to be marked for it: module, layers, experts. */
const DAMAGES: readonly (readonly [title: string, make: () => Draft, cells: readonly string[]])[] = [
  ["nothing, FP8", () => llama(fp8, FP8), []],
  ["nothing, NVFP4", () => llama(nvfp4, NVFP4), []],
  ["nothing, GPTQ", () => llama(gptq, GPTQ), []],
  ["nothing, AWQ", () => llama(awq, AWQ), []],
  ["nothing, INT8", () => llama(int8, INT8), []],
  ["nothing, experts", () => moe(fp8, FP8), []],
  ["nothing, LoRA", lora, []],
  ["nothing, ViT", vit, []],
  [
    "an FP8 scale is gone",
    () => without(llama(fp8, FP8), `${L}.3.mlp.up_proj.weight_scale_inv`),
    ["mlp.up_proj 3"],
  ],
  [
    "an FP8 scale is of another grid",
    () => reshaped(llama(fp8, FP8), `${L}.5.mlp.down_proj.weight_scale_inv`, [2, 2]),
    ["mlp.down_proj 5"],
  ],
  [
    "an FP8 weight is gone, its scale is not",
    () => without(llama(fp8, FP8), `${L}.2.self_attn.q_proj.weight`),
    ["self_attn.q_proj 2"],
  ],
  [
    "one query was left in BF16",
    () => plainly(llama(fp8, FP8), `${L}.6.self_attn.q_proj`, 256, 256),
    ["self_attn.q_proj 6"],
  ],
  [
    "scales of one projection are gone everywhere",
    () => llama(fp8, FP8).drop((name) => name.endsWith("v_proj.weight_scale_inv")),
    ["self_attn.v_proj 0-7"],
  ],
  [
    "an NVFP4 block scale is gone",
    () => without(llama(nvfp4, NVFP4), `${L}.1.self_attn.k_proj.weight_scale`),
    ["self_attn.k_proj 1"],
  ],
  [
    "an NVFP4 global scale is gone",
    () => without(llama(nvfp4, NVFP4), `${L}.7.mlp.gate_proj.weight_scale_2`),
    ["mlp.gate_proj 7"],
  ],
  [
    "an NVFP4 weight is cut",
    () => reshaped(llama(nvfp4, NVFP4), `${L}.4.mlp.down_proj.weight`, [128, 256]),
    ["mlp.down_proj 4"],
  ],
  [
    "GPTQ zero points are gone",
    () => without(llama(gptq, GPTQ), `${L}.0.self_attn.o_proj.qzeros`),
    ["self_attn.o_proj 0"],
  ],
  [
    "GPTQ scales are gone in two layers",
    () => without(llama(gptq, GPTQ), `${L}.2.mlp.up_proj.scales`, `${L}.5.mlp.up_proj.scales`),
    ["mlp.up_proj 2,5"],
  ],
  [
    "GPTQ group indices are too few",
    () => reshaped(llama(gptq, GPTQ), `${L}.3.mlp.down_proj.g_idx`, [256]),
    ["mlp.down_proj 3"],
  ],
  [
    "AWQ scales have half of their rows",
    () => reshaped(llama(awq, AWQ), `${L}.6.mlp.gate_proj.scales`, [1, 512]),
    ["mlp.gate_proj 6"],
  ],
  [
    "an INT8 scale is gone",
    () => without(llama(int8, INT8), `${L}.4.self_attn.v_proj.weight_scale`),
    ["self_attn.v_proj 4"],
  ],
  [
    "a plain weight has another shape",
    () => reshaped(llama(plain), `${L}.4.mlp.down_proj.weight`, [256, 480]),
    ["mlp.down_proj 4"],
  ],
  [
    "a plain weight is gone",
    () => without(llama(plain), `${L}.5.self_attn.k_proj.weight`),
    ["self_attn.k_proj 5"],
  ],
  [
    "the last layers have no gate",
    () => without(llama(plain), `${L}.6.mlp.gate_proj.weight`, `${L}.7.mlp.gate_proj.weight`),
    ["mlp.gate_proj 6-7"],
  ],
  ["a norm is gone", () => without(llama(plain), `${L}.2.input_layernorm.weight`), ["input_layernorm 2"]],
  [
    "a weight has another name",
    () => llama(plain).rename((name) => name.replace("1.self_attn.q_proj", "1.self_attn.q_porj")),
    ["self_attn.q_proj 1"],
  ],
  ["the head has rows too few", () => reshaped(llama(plain), "lm_head.weight", [1000, 256]), ["lm_head"]],
  ["the last norm is gone", () => without(llama(plain), "model.norm.weight"), ["model.norm"]],
  [
    "one scale of one expert is gone",
    () => without(moe(fp8, FP8), `${L}.3.block_sparse_moe.experts.7.w1.weight_scale_inv`),
    [`${EXPERT}.w1 3 of 7`],
  ],
  [
    "scales of some experts of two layers are gone",
    () => moe(fp8, FP8).drop((name) => /layers\.[14]\..*experts\.(?:[3-6])\.w2\.weight_scale_inv/.test(name)),
    [`${EXPERT}.w2 1,4 of 3-6`],
  ],
  [
    "a weight of one expert is gone",
    () => without(moe(plain), `${L}.2.block_sparse_moe.experts.5.w2.weight`),
    [`${EXPERT}.w2 2 of 5`],
  ],
  [
    "a router has a row too few",
    () => reshaped(moe(plain), `${L}.4.block_sparse_moe.gate.weight`, [15, 256]),
    ["block_sparse_moe.gate 4"],
  ],
  [
    "an expert is narrower than the rest",
    () => reshaped(moe(plain), `${L}.0.block_sparse_moe.experts.9.w1.weight`, [500, 256]),
    [`${EXPERT}.w1 0 of 9`],
  ],
  [
    "a LoRA pair lacks its second half",
    () => without(lora(), "base_model.model.model.layers.4.self_attn.q_proj.lora_B.weight"),
    ["self_attn.q_proj 4"],
  ],
  [
    "the factors of a LoRA pair have two ranks",
    () => reshaped(lora(), "base_model.model.model.layers.2.self_attn.v_proj.lora_B.weight", [128, 4]),
    ["self_attn.v_proj 2"],
  ],
  [
    "an encoder's bias is gone",
    () => without(vit(), "vit.encoder.layer.3.intermediate.dense.bias"),
    ["intermediate.dense 3"],
  ],
  [
    "an encoder's weight is cut",
    () => reshaped(vit(), "vit.encoder.layer.3.output.dense.weight", [64, 255]),
    ["output.dense 3"],
  ],
  ["nothing, UNet", unet, []],
  [
    "a UNet's convolution is cut",
    () => reshaped(unet(), "down_blocks.0.resnets.1.conv1.weight", [32, 31, 3, 3]),
    ["down_blocks.0.resnets.1.conv1"],
  ],
  [
    "a UNet's key is gone",
    () => without(unet(), "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight"),
    ["attn2.to_k 0"],
  ],
  [
    "a UNet has lost a block",
    () => unet().drop((name) => name.startsWith("up_blocks.0.resnets.2.")),
    ["conv_shortcut", "conv{1-2}", "norm{1-2}", "time_emb_proj"].map(
      (name) => `up_blocks.0.resnets.2.${name}`,
    ),
  ],
];

it.each(DAMAGES)("marks what is damaged, and nothing else: %s", async (_, make, cells) => {
  const marked = await marksOf(make());
  expect(marked).toEqual([...cells].sort());
});

/** Cells that are marked; held against the findings of the document, each of which marks some where it names a module. */
async function marksOf(draft: Draft): Promise<string[]> {
  const facts = { kind: "local", id: "x", revision: null, commit: null, subfolder: null } as const;
  const checkpoint = await loadCheckpoint(new MemorySource(draft.toFiles(), facts));
  const { components, check } = buildWholeReport(checkpoint);
  const seen = new Set<number>();
  const cells = components.flatMap(({ component, precision, arch }) => {
    const map =
      arch.adapter === null
        ? mapData(precision, check.findings, component)
        : adapterMapData(arch.adapter, precision, check.findings, component);
    const told = [...map.outside, ...map.stacks.flatMap(({ rows }) => rows.flatMap((row) => row.cells))];
    for (const at of told.flatMap(({ faults }) => faults)) seen.add(at);
    const inside = map.stacks.flatMap(({ rows }) =>
      rows.flatMap(({ module, cells: runs }) =>
        runs
          .filter(({ faults }) => faults.length > 0)
          .map(({ layers, faulty }) => `${module} ${layers}${faulty === null ? "" : ` of ${faulty}`}`),
      ),
    );
    return [...inside, ...map.outside.filter(({ faults }) => faults.length > 0).map(({ module }) => module)];
  });
  const naming = check.findings.flatMap(({ severity, because, places }, at) =>
    severity !== "info" && because.length === 0 && places.some(({ module }) => module !== null) ? [at] : [],
  );
  expect([...seen].sort()).toEqual(naming);
  return cells.sort();
}
