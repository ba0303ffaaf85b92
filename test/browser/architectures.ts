import type { CheckpointSpec, SpecRow } from "../../fixtures/checkpoint-spec.ts";

const config = (architecture: string, type: string, more: Record<string, unknown>) => ({
  "config.json": { architectures: [architecture], model_type: type, ...more },
});
const bf16 = (name: string, shape: readonly number[]): SpecRow => [`${name}.weight`, "BF16", shape];
const around = (width: number): SpecRow[] => [
  bf16("model.embed_tokens", [1000, width]),
  bf16("model.norm", [width]),
  bf16("lm_head", [1000, width]),
];
const norms = (layers: string, width: number): SpecRow[] => [
  bf16(`${layers}.input_layernorm`, [width]),
  bf16(`${layers}.post_attention_layernorm`, [width]),
];

/** Keys and values from one narrow latent, with a rotary key for all heads; the first layer is dense. */
const mla = (): CheckpointSpec => {
  const all = "model.layers.{0-4}";
  const routed = "model.layers.{1-4}";
  return {
    shards: ["model.safetensors"],
    rows: [
      ...around(256),
      ...norms(all, 256),
      bf16(`${all}.self_attn.q_proj`, [4 * 48, 256]),
      bf16(`${all}.self_attn.kv_a_proj_with_mqa`, [64 + 16, 256]),
      bf16(`${all}.self_attn.kv_a_layernorm`, [64]),
      bf16(`${all}.self_attn.kv_b_proj`, [4 * 64, 64]),
      bf16(`${all}.self_attn.o_proj`, [256, 4 * 32]),
      bf16("model.layers.0.mlp.gate_proj", [512, 256]),
      bf16("model.layers.0.mlp.up_proj", [512, 256]),
      bf16("model.layers.0.mlp.down_proj", [256, 512]),
      bf16(`${routed}.mlp.gate`, [8, 256]),
      bf16(`${routed}.mlp.experts.{0-7}.gate_proj`, [96, 256]),
      bf16(`${routed}.mlp.experts.{0-7}.up_proj`, [96, 256]),
      bf16(`${routed}.mlp.experts.{0-7}.down_proj`, [256, 96]),
      bf16(`${routed}.mlp.shared_experts.gate_proj`, [192, 256]),
      bf16(`${routed}.mlp.shared_experts.up_proj`, [192, 256]),
      bf16(`${routed}.mlp.shared_experts.down_proj`, [256, 192]),
    ],
    files: config("DeepseekV2ForCausalLM", "deepseek_v2", {
      hidden_size: 256,
      num_attention_heads: 4,
      num_key_value_heads: 4,
      num_hidden_layers: 5,
      kv_lora_rank: 64,
      qk_nope_head_dim: 32,
      qk_rope_head_dim: 16,
      v_head_dim: 32,
      first_k_dense_replace: 1,
      n_routed_experts: 8,
      num_experts_per_tok: 2,
      n_shared_experts: 2,
      moe_intermediate_size: 96,
      intermediate_size: 512,
    }),
  };
};

const mamba = (): CheckpointSpec => {
  const mixer = "backbone.layers.{0-5}.mixer";
  return {
    shards: ["model.safetensors"],
    rows: [
      bf16("backbone.embeddings", [1000, 128]),
      bf16("backbone.layers.{0-5}.norm", [128]),
      bf16(`${mixer}.in_proj`, [512, 128]),
      bf16(`${mixer}.conv1d`, [256, 1, 4]),
      [`${mixer}.conv1d.bias`, "BF16", [256]],
      bf16(`${mixer}.x_proj`, [8 + 32, 256]),
      bf16(`${mixer}.dt_proj`, [256, 8]),
      [`${mixer}.dt_proj.bias`, "BF16", [256]],
      [`${mixer}.A_log`, "F32", [256, 16]],
      [`${mixer}.D`, "F32", [256]],
      bf16(`${mixer}.out_proj`, [128, 256]),
      bf16("backbone.norm_f", [128]),
    ],
    files: config("MambaForCausalLM", "mamba", {
      hidden_size: 128,
      state_size: 16,
      conv_kernel: 4,
      time_step_rank: 8,
      num_hidden_layers: 6,
      tie_word_embeddings: true,
    }),
  };
};

/** Sinks beside the scores, and experts in blocks of MXFP4, all of a layer in one tensor. */
const gptOss = (): CheckpointSpec => {
  const layers = "model.layers.{0-3}";
  const both = (name: string, out: number, input: number): SpecRow[] => [
    bf16(`${layers}.${name}`, [out, input]),
    [`${layers}.${name}.bias`, "BF16", [out]],
  ];
  const experts = (name: string, out: number, input: number): SpecRow[] => [
    [`${layers}.mlp.experts.${name}_blocks`, "U8", [8, out, input / 32, 16]],
    [`${layers}.mlp.experts.${name}_scales`, "U8", [8, out, input / 32]],
    [`${layers}.mlp.experts.${name}_bias`, "BF16", [8, out]],
  ];
  return {
    shards: ["model.safetensors"],
    rows: [
      ...around(128),
      ...norms(layers, 128),
      ...both("self_attn.q_proj", 256, 128),
      ...both("self_attn.k_proj", 64, 128),
      ...both("self_attn.v_proj", 64, 128),
      ...both("self_attn.o_proj", 128, 256),
      [`${layers}.self_attn.sinks`, "BF16", [8]],
      ...both("mlp.router", 8, 128),
      ...experts("gate_up_proj", 2 * 96, 128),
      ...experts("down_proj", 128, 96),
    ],
    files: config("GptOssForCausalLM", "gpt_oss", {
      hidden_size: 128,
      num_attention_heads: 8,
      num_key_value_heads: 2,
      head_dim: 32,
      num_hidden_layers: 4,
      num_local_experts: 8,
      num_experts_per_tok: 2,
      intermediate_size: 96,
      sliding_window: 64,
      layer_types: ["sliding_attention", "full_attention", "sliding_attention", "full_attention"],
      quantization_config: { quant_method: "mxfp4", modules_to_not_convert: ["model.layers.*.self_attn"] },
    }),
  };
};

const packed = (method: "awq" | "gptq"): CheckpointSpec => {
  const layers = "model.layers.{0-3}";
  const linear = (name: string, out: number, input: number): SpecRow[] => [
    [`${layers}.${name}.qweight`, "I32", method === "awq" ? [input, out / 8] : [input / 8, out]],
    [`${layers}.${name}.qzeros`, "I32", [input / 128, out / 8]],
    [`${layers}.${name}.scales`, "F16", [input / 128, out]],
    ...(method === "awq" ? [] : [[`${layers}.${name}.g_idx`, "I32", [input]] as const]),
  ];
  return {
    shards: ["model.safetensors"],
    rows: [
      ...around(256),
      ...norms(layers, 256),
      ...linear("self_attn.q_proj", 256, 256),
      ...linear("self_attn.k_proj", 128, 256),
      ...linear("self_attn.v_proj", 128, 256),
      ...linear("self_attn.o_proj", 256, 256),
      ...linear("mlp.gate_proj", 640, 256),
      ...linear("mlp.up_proj", 640, 256),
      ...linear("mlp.down_proj", 256, 640),
    ],
    files: config("LlamaForCausalLM", "llama", {
      hidden_size: 256,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 64,
      num_hidden_layers: 4,
      intermediate_size: 640,
      quantization_config: {
        quant_method: method,
        bits: 4,
        group_size: 128,
        ...(method === "awq" ? { zero_point: true, version: "gemm" } : { desc_act: false, sym: true }),
      },
    }),
  };
};

/** Models with what an opened box has to say of them, by what the kind of mixer is known to do. */
export const ARCHITECTURES: Readonly<
  Record<string, { readonly spec: CheckpointSpec; readonly says: readonly RegExp[] }>
> = {
  mla: { spec: mla(), says: [/down to 64, norm/, /rotary/, /keeps 80 a token/, /256 → 80/, /64 → 256/] },
  mamba: { spec: mamba(), says: [/convolution/, /scan, state of 16/, /128 → 512/, /keeps a state of/] },
  "gpt-oss": { spec: gptOss(), says: [/sink/, /the last 64 tokens/, /128 → 256/] },
  awq: { spec: packed("awq"), says: [/AWQ/, /256 → 128/, /2 query heads share/] },
  gptq: { spec: packed("gptq"), says: [/GPTQ/, /256 → 128/, /2 query heads share/] },
};
