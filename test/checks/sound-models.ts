import type { TensorSpec } from "../support/component-of.ts";
import { Draft } from "../support/draft.ts";

/** Checkpoints without a fault, small, one for each family of formats. Breaks start from these. */

function fp8(name: string, rows: number, columns: number): TensorSpec[] {
  return [
    [`${name}.weight`, "F8_E4M3", [rows, columns]],
    [`${name}.weight_scale_inv`, "F32", [rows / 128, columns / 128]],
  ];
}

const LLAMA = {
  // A class that no library has: what is told is told by the headers alone.
  architectures: ["SmallForCausalLM"],
  model_type: "llama",
  hidden_size: 256,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 32,
  attention_bias: false,
  num_hidden_layers: 6,
  intermediate_size: 512,
  vocab_size: 1024,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
};

/** Around the layers: embedding, norms, head. */
const frame = (layers: number): TensorSpec[] => [
  ["model.embed_tokens.weight", "BF16", [1024, 256]],
  [`model.layers.{0-${layers - 1}}.input_layernorm.weight`, "BF16", [256]],
  [`model.layers.{0-${layers - 1}}.post_attention_layernorm.weight`, "BF16", [256]],
  ["model.norm.weight", "BF16", [256]],
  ["lm_head.weight", "BF16", [1024, 256]],
];
const FRAME = frame(6);

/** Six dense layers in BF16. */
export function plainModel(): Draft {
  const layer = "model.layers.{0-5}";
  return Draft.of(
    [
      ...FRAME,
      [`${layer}.self_attn.q_proj.weight`, "BF16", [256, 256]],
      [`${layer}.self_attn.k_proj.weight`, "BF16", [128, 256]],
      [`${layer}.self_attn.v_proj.weight`, "BF16", [128, 256]],
      [`${layer}.self_attn.o_proj.weight`, "BF16", [256, 256]],
      [`${layer}.mlp.gate_proj.weight`, "BF16", [512, 256]],
      [`${layer}.mlp.up_proj.weight`, "BF16", [512, 256]],
      [`${layer}.mlp.down_proj.weight`, "BF16", [256, 512]],
    ],
    LLAMA,
  );
}

/** The same as a class that a library has. */
export function knownModel(): Draft {
  const draft = plainModel();
  draft.config.architectures = ["LlamaForCausalLM"];
  return draft;
}

/** The same in FP8 with block scales. */
export function fp8Model(): Draft {
  const layer = "model.layers.{0-5}";
  return Draft.of(
    [
      ...FRAME,
      ...fp8(`${layer}.self_attn.q_proj`, 256, 256),
      ...fp8(`${layer}.self_attn.k_proj`, 128, 256),
      ...fp8(`${layer}.self_attn.v_proj`, 128, 256),
      ...fp8(`${layer}.self_attn.o_proj`, 256, 256),
      ...fp8(`${layer}.mlp.gate_proj`, 512, 256),
      ...fp8(`${layer}.mlp.up_proj`, 512, 256),
      ...fp8(`${layer}.mlp.down_proj`, 256, 512),
    ],
    {
      ...LLAMA,
      quantization_config: {
        quant_method: "fp8",
        weight_block_size: [128, 128],
        modules_to_not_convert: ["lm_head"],
      },
    },
  );
}

/** Mixture of experts in FP8: eight experts a layer, a router each. */
export function expertModel(): Draft {
  const layer = "model.layers.{0-5}";
  return Draft.of(
    [
      ...FRAME,
      ...fp8(`${layer}.self_attn.q_proj`, 256, 256),
      ...fp8(`${layer}.self_attn.k_proj`, 128, 256),
      ...fp8(`${layer}.self_attn.v_proj`, 128, 256),
      ...fp8(`${layer}.self_attn.o_proj`, 256, 256),
      [`${layer}.mlp.gate.weight`, "BF16", [8, 256]],
      ...fp8(`${layer}.mlp.experts.{0-7}.gate_proj`, 128, 256),
      ...fp8(`${layer}.mlp.experts.{0-7}.up_proj`, 128, 256),
      ...fp8(`${layer}.mlp.experts.{0-7}.down_proj`, 256, 128),
    ],
    {
      ...LLAMA,
      architectures: ["SmallQwen3MoeForCausalLM"],
      model_type: "qwen3_moe",
      num_experts: 8,
      num_experts_per_tok: 2,
      moe_intermediate_size: 128,
      quantization_config: {
        quant_method: "fp8",
        weight_block_size: [128, 128],
        modules_to_not_convert: ["lm_head"],
      },
    },
  );
}

/** NVFP4 as ModelOpt writes it, activations in FP4 too. */
export function nvfp4Model(): Draft {
  const layer = "model.layers.{0-5}";
  const linear = (name: string, rows: number, columns: number): TensorSpec[] => [
    [`${name}.weight`, "U8", [rows, columns / 2]],
    [`${name}.weight_scale`, "F8_E4M3", [rows, columns / 16]],
    [`${name}.weight_scale_2`, "F32", []],
    [`${name}.input_scale`, "F32", []],
  ];
  const draft = Draft.of(
    [
      ...FRAME,
      ...linear(`${layer}.self_attn.q_proj`, 256, 256),
      ...linear(`${layer}.self_attn.k_proj`, 128, 256),
      ...linear(`${layer}.self_attn.v_proj`, 128, 256),
      [`${layer}.self_attn.k_proj.k_scale`, "F32", []],
      [`${layer}.self_attn.v_proj.v_scale`, "F32", []],
      ...linear(`${layer}.self_attn.o_proj`, 256, 256),
      ...linear(`${layer}.mlp.gate_proj`, 512, 256),
      ...linear(`${layer}.mlp.up_proj`, 512, 256),
      ...linear(`${layer}.mlp.down_proj`, 256, 512),
    ],
    LLAMA,
  );
  draft.configs.set("hf_quant_config.json", {
    producer: { name: "modelopt" },
    quantization: {
      quant_algo: "NVFP4",
      group_size: 16,
      exclude_modules: ["lm_head"],
      kv_cache_quant_algo: "FP8",
    },
  });
  return draft;
}

/** GPTQ, 4 bits in groups of 128. */
export function gptqModel(): Draft {
  const layer = "model.layers.{0-5}";
  const linear = (name: string, rows: number, columns: number): TensorSpec[] => [
    [`${name}.qweight`, "I32", [columns / 8, rows]],
    [`${name}.qzeros`, "I32", [columns / 128, rows / 8]],
    [`${name}.scales`, "F16", [columns / 128, rows]],
    [`${name}.g_idx`, "I32", [columns]],
  ];
  return Draft.of(
    [
      ...FRAME,
      ...linear(`${layer}.self_attn.q_proj`, 256, 256),
      ...linear(`${layer}.self_attn.k_proj`, 128, 256),
      ...linear(`${layer}.self_attn.v_proj`, 128, 256),
      ...linear(`${layer}.self_attn.o_proj`, 256, 256),
      ...linear(`${layer}.mlp.gate_proj`, 512, 256),
      ...linear(`${layer}.mlp.up_proj`, 512, 256),
      ...linear(`${layer}.mlp.down_proj`, 256, 512),
    ],
    {
      ...LLAMA,
      quantization_config: { quant_method: "gptq", bits: 4, group_size: 128, sym: true, desc_act: false },
    },
  );
}

/** compressed-tensors, 4-bit integers with zero points. */
export function packedModel(): Draft {
  const layer = "model.layers.{0-5}";
  const linear = (name: string, rows: number, columns: number): TensorSpec[] => [
    [`${name}.weight_packed`, "I32", [rows, columns / 8]],
    [`${name}.weight_scale`, "BF16", [rows, columns / 128]],
    [`${name}.weight_zero_point`, "I32", [rows / 8, columns / 128]],
    [`${name}.weight_shape`, "I64", [2]],
  ];
  const weights = { num_bits: 4, type: "int", strategy: "group", group_size: 128, symmetric: false };
  return Draft.of(
    [
      ...FRAME,
      ...linear(`${layer}.self_attn.q_proj`, 256, 256),
      ...linear(`${layer}.self_attn.k_proj`, 128, 256),
      ...linear(`${layer}.self_attn.v_proj`, 128, 256),
      ...linear(`${layer}.self_attn.o_proj`, 256, 256),
      ...linear(`${layer}.mlp.gate_proj`, 512, 256),
      ...linear(`${layer}.mlp.up_proj`, 512, 256),
      ...linear(`${layer}.mlp.down_proj`, 256, 512),
    ],
    {
      ...LLAMA,
      quantization_config: {
        quant_method: "compressed-tensors",
        format: "pack-quantized",
        config_groups: { group_0: { targets: ["Linear"], weights, input_activations: null } },
        ignore: ["lm_head"],
      },
    },
  );
}

/** A vision tower in BF16 before a language model in FP8. */
export function visionModel(): Draft {
  const draft = fp8Model();
  draft.config.vision_config = { hidden_size: 128, depth: 4, num_heads: 4 };
  for (let block = 0; block < 4; block++) {
    const at = `visual.blocks.${block}`;
    const shard = draft.shards[0] as string;
    draft.tensors.set(`${at}.attn.qkv.weight`, { dtype: "BF16", shape: [384, 128], shard });
    draft.tensors.set(`${at}.attn.proj.weight`, { dtype: "BF16", shape: [128, 128], shard });
    draft.tensors.set(`${at}.mlp.fc1.weight`, { dtype: "BF16", shape: [256, 128], shard });
    draft.tensors.set(`${at}.mlp.fc2.weight`, { dtype: "BF16", shape: [128, 256], shard });
    draft.tensors.set(`${at}.norm1.weight`, { dtype: "BF16", shape: [128], shard });
  }
  return draft;
}

/** DeepSeek's latent attention with an indexer, experts from the second layer on and a shared one. */
export function latentModel(): Draft {
  const layer = "model.layers.{0-5}";
  const attention = `${layer}.self_attn`;
  const moe = "model.layers.{1-5}.mlp";
  return Draft.of(
    [
      ...FRAME,
      [`${attention}.q_a_proj.weight`, "BF16", [64, 256]],
      [`${attention}.q_a_layernorm.weight`, "BF16", [64]],
      [`${attention}.q_b_proj.weight`, "BF16", [192, 64]],
      [`${attention}.kv_a_proj_with_mqa.weight`, "BF16", [80, 256]],
      [`${attention}.kv_a_layernorm.weight`, "BF16", [64]],
      [`${attention}.kv_b_proj.weight`, "BF16", [256, 64]],
      [`${attention}.o_proj.weight`, "BF16", [256, 128]],
      [`${attention}.indexer.wq_b.weight`, "BF16", [64, 64]],
      [`${attention}.indexer.wk.weight`, "BF16", [32, 256]],
      [`${attention}.indexer.k_norm.weight`, "BF16", [32]],
      [`${attention}.indexer.k_norm.bias`, "BF16", [32]],
      [`${attention}.indexer.weights_proj.weight`, "BF16", [2, 256]],
      ["model.layers.0.mlp.gate_proj.weight", "BF16", [512, 256]],
      ["model.layers.0.mlp.up_proj.weight", "BF16", [512, 256]],
      ["model.layers.0.mlp.down_proj.weight", "BF16", [256, 512]],
      [`${moe}.gate.weight`, "BF16", [8, 256]],
      [`${moe}.gate.e_score_correction_bias`, "F32", [8]],
      [`${moe}.experts.{0-7}.gate_proj.weight`, "BF16", [64, 256]],
      [`${moe}.experts.{0-7}.up_proj.weight`, "BF16", [64, 256]],
      [`${moe}.experts.{0-7}.down_proj.weight`, "BF16", [256, 64]],
      [`${moe}.shared_experts.gate_proj.weight`, "BF16", [128, 256]],
      [`${moe}.shared_experts.up_proj.weight`, "BF16", [128, 256]],
      [`${moe}.shared_experts.down_proj.weight`, "BF16", [256, 128]],
    ],
    {
      ...LLAMA,
      architectures: ["SmallDeepseekV32ForCausalLM"],
      model_type: "deepseek_v32",
      num_attention_heads: 4,
      // The rotary slice, as ports write it.
      head_dim: 16,
      q_lora_rank: 64,
      kv_lora_rank: 64,
      qk_nope_head_dim: 32,
      qk_rope_head_dim: 16,
      v_head_dim: 32,
      index_n_heads: 2,
      index_head_dim: 32,
      indexer_types: Array.from({ length: 6 }, () => "full"),
      first_k_dense_replace: 1,
      n_routed_experts: 8,
      num_experts_per_tok: 2,
      n_shared_experts: 2,
      moe_intermediate_size: 64,
    },
  );
}

/** Gated DeltaNet, and every third layer attention with an output gate. */
export function linearModel(): Draft {
  const layer = "model.layers.{0-11}";
  const numbers = Array.from({ length: 12 }, (_, at) => at);
  const isFull = (at: number) => at % 3 === 2;
  const each = (isMeant: (at: number) => boolean, leaf: string, shape: number[]) =>
    numbers.filter(isMeant).map((at): TensorSpec => [`model.layers.${at}.${leaf}`, "BF16", shape]);
  const full = (leaf: string, shape: number[]) => each(isFull, `self_attn.${leaf}`, shape);
  const gated = (leaf: string, shape: number[]) => each((at) => !isFull(at), `linear_attn.${leaf}`, shape);
  return Draft.of(
    [
      ...frame(12),
      ...full("q_proj.weight", [512, 256]),
      ...full("k_proj.weight", [128, 256]),
      ...full("v_proj.weight", [128, 256]),
      ...full("o_proj.weight", [256, 256]),
      ...full("q_norm.weight", [32]),
      ...full("k_norm.weight", [32]),
      ...gated("in_proj_qkvz.weight", [384, 256]),
      ...gated("in_proj_ba.weight", [8, 256]),
      ...gated("conv1d.weight", [256, 1, 4]),
      ...gated("dt_bias", [4]),
      ...gated("A_log", [4]),
      ...gated("norm.weight", [32]),
      ...gated("out_proj.weight", [256, 128]),
      [`${layer}.mlp.gate_proj.weight`, "BF16", [512, 256]],
      [`${layer}.mlp.up_proj.weight`, "BF16", [512, 256]],
      [`${layer}.mlp.down_proj.weight`, "BF16", [256, 512]],
    ],
    {
      ...LLAMA,
      architectures: ["SmallQwen3NextForCausalLM"],
      model_type: "qwen3_next",
      num_hidden_layers: 12,
      layer_types: numbers.map((at) => (isFull(at) ? "full_attention" : "linear_attention")),
      linear_num_key_heads: 2,
      linear_num_value_heads: 4,
      linear_key_head_dim: 32,
      linear_value_head_dim: 32,
      linear_conv_kernel_dim: 4,
    },
  );
}

/** GPT-2's names, its learned positions and its linears of [in, out]. */
export function positionsModel(): Draft {
  const layer = "transformer.h.{0-5}";
  const both = (name: string, weight: number[], bias: number): TensorSpec[] => [
    [`${name}.weight`, "BF16", weight],
    [`${name}.bias`, "BF16", [bias]],
  ];
  return Draft.of(
    [
      ["transformer.wte.weight", "BF16", [1024, 256]],
      ["transformer.wpe.weight", "BF16", [128, 256]],
      ...both(`${layer}.ln_1`, [256], 256),
      ...both(`${layer}.attn.c_attn`, [256, 768], 768),
      ...both(`${layer}.attn.c_proj`, [256, 256], 256),
      ...both(`${layer}.ln_2`, [256], 256),
      ...both(`${layer}.mlp.c_fc`, [256, 1024], 1024),
      ...both(`${layer}.mlp.c_proj`, [1024, 256], 256),
      ...both("transformer.ln_f", [256], 256),
    ],
    {
      architectures: ["SmallGPT2LMHeadModel"],
      model_type: "gpt2",
      n_embd: 256,
      n_head: 8,
      n_layer: 6,
      n_positions: 128,
      vocab_size: 1024,
      torch_dtype: "bfloat16",
    },
  );
}

/** Mamba: twice the width inside, states of 16, steps through a rank of 16. */
export function stateModel(): Draft {
  const mixer = "backbone.layers.{0-5}.mixer";
  return Draft.of(
    [
      ["backbone.embeddings.weight", "F32", [1024, 256]],
      ["backbone.layers.{0-5}.norm.weight", "F32", [256]],
      [`${mixer}.in_proj.weight`, "F32", [1024, 256]],
      [`${mixer}.conv1d.weight`, "F32", [512, 1, 4]],
      [`${mixer}.conv1d.bias`, "F32", [512]],
      [`${mixer}.x_proj.weight`, "F32", [48, 512]],
      [`${mixer}.dt_proj.weight`, "F32", [512, 16]],
      [`${mixer}.dt_proj.bias`, "F32", [512]],
      [`${mixer}.A_log`, "F32", [512, 16]],
      [`${mixer}.D`, "F32", [512]],
      [`${mixer}.out_proj.weight`, "F32", [256, 512]],
      ["backbone.norm_f.weight", "F32", [256]],
    ],
    {
      architectures: ["SmallMambaForCausalLM"],
      model_type: "mamba",
      hidden_size: 256,
      num_hidden_layers: 6,
      state_size: 16,
      expand: 2,
      conv_kernel: 4,
      time_step_rank: 16,
      vocab_size: 1024,
      tie_word_embeddings: true,
      torch_dtype: "float32",
    },
  );
}

/** The last two layers reuse keys and values of earlier ones, and store none. */
export function sharedKeysModel(): Draft {
  const draft = plainModel();
  draft.drop((name) => /layers\.[45]\.self_attn\.[kv]_proj/.test(name));
  draft.config.architectures = ["SmallGemma3nForCausalLM"];
  draft.config.model_type = "gemma3n_text";
  draft.config.num_kv_shared_layers = 2;
  return draft;
}

/** LoRA matrices of rank 8 for q and v. */
/** A UNet and the autoencoder that it works with, each in its folder. */
export function pipelineModel(): Draft {
  const draft = Draft.of(
    [
      ["conv_in.weight", "F32", [8, 4, 3, 3]],
      ["decoder.conv_in.weight", "F32", [8, 4, 3, 3]],
    ],
    null,
    1,
  );
  for (const [name, tensor] of draft.tensors) {
    const folder = name.startsWith("decoder") ? "vae" : "unet";
    draft.tensors.set(name, { ...tensor, shard: `${folder}/diffusion_pytorch_model.safetensors` });
  }
  draft.configs.set("model_index.json", {
    _class_name: "StableDiffusionPipeline",
    unet: ["diffusers", "UNet2DConditionModel"],
    vae: ["diffusers", "AutoencoderKL"],
    safety_checker: [null, null],
  });
  draft.configs.set("unet/config.json", {
    _class_name: "UNet2DConditionModel",
    in_channels: 4,
    out_channels: 4,
  });
  draft.configs.set("vae/config.json", { _class_name: "AutoencoderKL", latent_channels: 4 });
  return draft;
}

/** Two modules of an adapter under kohya's names, each with its alpha. */
export function kohyaModel(): Draft {
  const draft = Draft.of(
    ["proj_in", "proj_out"].flatMap((module): TensorSpec[] => {
      const name = `lora_unet_mid_block_attentions_0_${module}`;
      return [
        [`${name}.lora_down.weight`, "F32", [8, 64]],
        [`${name}.lora_up.weight`, "F32", [64, 8]],
        [`${name}.alpha`, "F32", []],
      ];
    }),
    null,
    1,
  );
  return draft;
}

export function adapterModel(): Draft {
  const layer = "base_model.model.model.layers.{0-5}.self_attn";
  const draft = Draft.of(
    [
      [`${layer}.q_proj.lora_A.weight`, "F32", [8, 256]],
      [`${layer}.q_proj.lora_B.weight`, "F32", [256, 8]],
      [`${layer}.v_proj.lora_A.weight`, "F32", [8, 256]],
      [`${layer}.v_proj.lora_B.weight`, "F32", [128, 8]],
    ],
    null,
    1,
  );
  for (const [name, tensor] of draft.tensors)
    draft.tensors.set(name, { ...tensor, shard: "adapter_model.safetensors" });
  draft.configs.set("adapter_config.json", { r: 8, target_modules: ["q_proj", "v_proj"], rank_pattern: {} });
  return draft;
}
