import type { TensorSpec } from "./component-of.ts";
import { Draft } from "./draft.ts";

/** The tensors that a quantizer writes for one linear of this size. */
export type Linear = (name: string, out: number, input: number) => TensorSpec[];

export const plain: Linear = (name, out, input) => [[`${name}.weight`, "BF16", [out, input]]];
export const biased: Linear = (name, out, input) => [
  ...plain(name, out, input),
  [`${name}.bias`, "BF16", [out]],
];
export const fp8: Linear = (name, out, input) => [
  [`${name}.weight`, "F8_E4M3", [out, input]],
  [`${name}.weight_scale_inv`, "F32", [Math.ceil(out / 128), Math.ceil(input / 128)]],
];
export const nvfp4: Linear = (name, out, input) => [
  [`${name}.weight`, "U8", [out, input / 2]],
  [`${name}.weight_scale`, "F8_E4M3", [out, input / 16]],
  [`${name}.weight_scale_2`, "F32", []],
  [`${name}.input_scale`, "F32", []],
];
export const gptq: Linear = (name, out, input) => [
  [`${name}.qweight`, "I32", [input / 8, out]],
  [`${name}.qzeros`, "I32", [input / 128, out / 8]],
  [`${name}.scales`, "F16", [input / 128, out]],
  [`${name}.g_idx`, "I32", [input]],
];
export const awq: Linear = (name, out, input) => [
  [`${name}.qweight`, "I32", [input, out / 8]],
  [`${name}.qzeros`, "I32", [input / 128, out / 8]],
  [`${name}.scales`, "F16", [input / 128, out]],
];
export const int8: Linear = (name, out, input) => [
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
export function llama(pack: Linear, quantization?: Record<string, unknown>): Draft {
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

export const FP8 = { quant_method: "fp8", weight_block_size: [128, 128] };
export const NVFP4 = { quant_method: "modelopt", quant_algo: "NVFP4", ignore: ["lm_head"] };
export const GPTQ = { quant_method: "gptq", bits: 4, group_size: 128, desc_act: false, sym: true };
export const AWQ = { quant_method: "awq", bits: 4, group_size: 128, zero_point: true, version: "gemm" };
export const INT8 = {
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
export function moe(pack: Linear, quantization?: Record<string, unknown>): Draft {
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

export function lora(): Draft {
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
export function vit(): Draft {
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
export function unet(): Draft {
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
