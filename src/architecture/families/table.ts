import { type Family, hasBox, hasLeaf, hasRole, hasStack, llamaNames } from "./family.ts";
import { GEMMA } from "./gemma.ts";
import { NAMESAKES } from "./namesakes.ts";
import { ZAMBA } from "./zamba.ts";

/**
 * Families, in the order they are tried: those with names of their own first, those that share names last. A new family
 * needs a row; it needs a file only for what shapes cannot tell.
 */
export const FAMILIES: readonly Family[] = [
  ...ZAMBA,
  ...GEMMA,
  {
    id: "minimax-m3",
    title: "MiniMax-M3",
    modelTypes: ["minimax_m3_vl", "minimax_m3", "minimax_m3_vl_text"],
    matches: ({ places }) => hasLeaf(places, "index_q_proj") && hasBox(places, "block_sparse_moe"),
  },
  {
    id: "minimax-text",
    title: "MiniMax-Text-01 / M1",
    modelTypes: ["minimax_text_01", "minimax_m1", "minimax"],
    matches: ({ places }) => hasLeaf(places, "output_gate") && hasBox(places, "block_sparse_moe"),
  },
  {
    id: "minimax-m2",
    title: "MiniMax-M2",
    modelTypes: ["minimax_m2"],
    matches: ({ places }) =>
      hasRole(places, "moe.router_bias") && hasBox(places, "block_sparse_moe") && hasLeaf(places, "q_norm"),
  },
  {
    id: "kimi-linear",
    title: "Kimi-Linear",
    modelTypes: ["kimi_linear", "kimi_k3"],
    matches: ({ places }) => hasLeaf(places, "f_a_proj") && hasRole(places, "attn.kv_a"),
  },
  {
    id: "deepseek-v4",
    title: "DeepSeek-V4",
    modelTypes: ["deepseek_v4"],
    matches: ({ places }) => hasLeaf(places, "wkv") && hasRole(places, "attn.o_a"),
  },
  {
    id: "deepseek-v3.2",
    title: "DeepSeek-V3.2 / GLM-5",
    modelTypes: ["deepseek_v32", "glm_moe_dsa"],
    matches: ({ places }) => hasRole(places, "attn.kv_a") && hasRole(places, "attn.indexer"),
  },
  {
    id: "deepseek-v3",
    title: "DeepSeek-V2 / V3 / Kimi-K2",
    modelTypes: ["deepseek_v2", "deepseek_v3", "kimi_k2", "kimi_k25", "mistral4", "deepseek"],
    matches: ({ places }) => hasRole(places, "attn.kv_a"),
  },
  {
    id: "minicpm3",
    title: "MiniCPM3",
    modelTypes: ["minicpm3"],
    matches: ({ places }) => hasRole(places, "attn.kv_a"),
  },
  {
    id: "qwen3-next",
    title: "Qwen3-Next / Qwen3.5",
    modelTypes: ["qwen3_next", "qwen3_5", "qwen3_5_moe", "qwen3_5_text", "qwen3_5_moe_text"],
    matches: ({ places }) => hasBox(places, "linear_attn"),
  },
  {
    id: "gpt-oss",
    title: "gpt-oss",
    modelTypes: ["gpt_oss"],
    matches: ({ places }) => hasLeaf(places, "sinks") && hasBox(places, "router"),
  },
  {
    id: "llama4",
    title: "Llama 4",
    modelTypes: ["llama4", "llama4_text"],
    matches: ({ places }) => hasBox(places, "feed_forward") && hasBox(places, "shared_expert"),
  },
  {
    id: "jamba",
    title: "Jamba",
    modelTypes: ["jamba"],
    matches: ({ places }) => hasLeaf(places, "dt_layernorm") && hasBox(places, "mamba"),
  },
  {
    id: "falcon-h1",
    title: "Falcon-H1",
    modelTypes: ["falcon_h1"],
    matches: ({ places }) => hasBox(places, "mamba") && hasBox(places, "feed_forward"),
  },
  {
    id: "bamba",
    title: "Bamba",
    modelTypes: ["bamba"],
    matches: ({ places }) => hasBox(places, "mamba") && hasBox(places, "feed_forward"),
  },
  {
    id: "lfm2",
    title: "LFM2",
    modelTypes: ["lfm2", "lfm2_moe", "lfm2_vl"],
    matches: ({ places }) => hasLeaf(places, "operator_norm") && hasRole(places, "rec.conv"),
  },
  {
    id: "granite-hybrid",
    title: "Granite 4 hybrid",
    modelTypes: ["granitemoehybrid"],
    // The small ones are attention alone, without experts.
    matches: ({ places }) =>
      hasBox(places, "shared_mlp") && (hasBox(places, "mamba") || !hasBox(places, "block_sparse_moe")),
  },
  {
    id: "granite-moe",
    title: "Granite MoE",
    modelTypes: ["granitemoe", "granitemoeshared"],
    matches: ({ places }) => hasBox(places, "block_sparse_moe") && hasLeaf(places, "input_linear"),
  },
  {
    id: "nemotron-h",
    title: "Nemotron-H / Nemotron 3",
    modelTypes: ["nemotron_h"],
    matches: ({ places }) =>
      hasBox(places, "mixer") && hasStack(places, "backbone.layers") && hasRole(places, "attn.q"),
  },
  {
    id: "mamba",
    title: "Mamba",
    modelTypes: ["mamba", "mamba2", "falcon_mamba"],
    matches: ({ places }) => hasBox(places, "mixer") && hasRole(places, "ssm.a"),
  },
  {
    id: "rwkv",
    title: "RWKV",
    modelTypes: ["rwkv", "rwkv5", "rwkv6", "rwkv7"],
    matches: ({ places }) => hasRole(places, "rwkv.time_mix"),
  },
  {
    id: "phi",
    title: "Phi-3 / Phi-4",
    modelTypes: ["phi3", "phi4mm", "phi3_v"],
    matches: ({ places }) => hasLeaf(places, "qkv_proj") && hasRole(places, "mlp.gate_up"),
  },
  {
    id: "phi-moe",
    title: "Phi-MoE",
    modelTypes: ["phimoe"],
    matches: ({ places }) =>
      hasBox(places, "block_sparse_moe") &&
      places.some((place) => place.role === "head.lm" && place.part === "bias"),
  },
  {
    id: "phi1",
    title: "Phi-1 / Phi-2",
    modelTypes: ["phi"],
    matches: ({ places }) =>
      hasLeaf(places, "dense") && hasLeaf(places, "fc1") && hasStack(places, "model.layers"),
  },
  {
    id: "arctic",
    title: "Arctic",
    modelTypes: ["arctic"],
    matches: ({ places }) => hasBox(places, "residual_mlp") && hasBox(places, "block_sparse_moe"),
  },
  {
    id: "grok-1",
    title: "Grok-1",
    modelTypes: ["grok-1", "grok_1"],
    matches: ({ places }) => hasBox(places, "moe_block"),
  },
  {
    id: "step3",
    title: "Step-3",
    modelTypes: ["step3_text", "step3_vl", "step3p5"],
    matches: ({ places }) => hasBox(places, "share_expert"),
  },
  {
    id: "bailing-moe",
    title: "Ling / Bailing MoE",
    modelTypes: ["bailing_moe", "bailing_moe_v2", "bailing_moe_linear"],
    matches: ({ places }) =>
      hasLeaf(places, "query_key_value") && hasLeaf(places, "word_embeddings") && hasBox(places, "experts"),
  },
  {
    id: "mixtral",
    title: "Mixtral",
    modelTypes: ["mixtral"],
    matches: ({ places }) => hasBox(places, "block_sparse_moe") && hasBox(places, "experts"),
  },
  {
    id: "bloom",
    title: "BLOOM",
    modelTypes: ["bloom"],
    matches: ({ places }) => hasLeaf(places, "word_embeddings_layernorm"),
  },
  {
    id: "falcon",
    title: "Falcon",
    modelTypes: ["falcon", "RefinedWeb", "RefinedWebModel"],
    matches: ({ places }) => hasBox(places, "self_attention") && hasStack(places, "transformer.h"),
  },
  {
    id: "gpt-neox",
    title: "GPT-NeoX / Pythia",
    modelTypes: ["gpt_neox"],
    matches: ({ places }) => hasStack(places, "gpt_neox.layers"),
  },
  {
    id: "internlm2",
    title: "InternLM2",
    modelTypes: ["internlm2"],
    matches: ({ places }) => hasLeaf(places, "wqkv") && hasLeaf(places, "tok_embeddings"),
  },
  {
    id: "baichuan",
    title: "Baichuan",
    modelTypes: ["baichuan"],
    matches: ({ places }) => hasLeaf(places, "W_pack"),
  },
  {
    id: "chatglm",
    title: "ChatGLM / GLM-4",
    modelTypes: ["chatglm"],
    matches: ({ places }) => hasStack(places, "encoder.layers") && hasLeaf(places, "query_key_value"),
  },
  {
    id: "dbrx",
    title: "DBRX",
    modelTypes: ["dbrx"],
    matches: ({ places }) => hasLeaf(places, "v1") && hasRole(places, "expert.gate"),
  },
  {
    id: "mpt",
    title: "MPT",
    modelTypes: ["mpt"],
    matches: ({ places }) => hasLeaf(places, "norm_1") && hasLeaf(places, "Wqkv") && hasBox(places, "ffn"),
  },
  {
    id: "opt",
    title: "OPT",
    modelTypes: ["opt"],
    matches: ({ places }) =>
      hasStack(places, "decoder.layers") &&
      hasLeaf(places, "self_attn_layer_norm") &&
      !hasRole(places, "xattn.q"),
  },
  {
    id: "exaone",
    title: "EXAONE 3",
    modelTypes: ["exaone"],
    matches: ({ places }) => hasLeaf(places, "c_fc_0"),
  },
  {
    id: "apertus",
    title: "Apertus",
    modelTypes: ["apertus"],
    matches: ({ places }) => hasBox(places, "act_fn") && hasLeaf(places, "feedforward_layernorm"),
  },
  {
    id: "olmo2",
    title: "OLMo 2",
    modelTypes: ["olmo2", "olmo3"],
    matches: ({ places }) =>
      hasRole(places, "norm.post_ffn") && !hasRole(places, "norm.input") && hasRole(places, "attn.qk_norm"),
  },
  {
    id: "cohere",
    title: "Cohere Command",
    modelTypes: ["cohere", "cohere2"],
    matches: (context) =>
      llamaNames(context) &&
      context.layers.length > 0 &&
      context.layers.every((layer) => layer.norms.count === 1),
  },
  {
    id: "qwen1",
    title: "Qwen 1",
    modelTypes: ["qwen"],
    matches: ({ places }) =>
      hasStack(places, "transformer.h") && hasLeaf(places, "w1") && hasLeaf(places, "c_attn"),
  },
  {
    id: "gpt-j",
    title: "GPT-J / CodeGen",
    modelTypes: ["gptj", "codegen"],
    matches: ({ places }) => hasStack(places, "transformer.h") && hasLeaf(places, "fc_in"),
  },
  {
    id: "gpt-neo",
    title: "GPT-Neo",
    modelTypes: ["gpt_neo"],
    matches: ({ places }) =>
      hasStack(places, "transformer.h") && hasLeaf(places, "q_proj") && hasLeaf(places, "c_fc"),
  },
  {
    id: "openelm",
    title: "OpenELM",
    modelTypes: ["openelm"],
    matches: ({ places }) => hasLeaf(places, "proj_1") && hasStack(places, "transformer.layers"),
  },
  {
    id: "gpt2",
    title: "GPT-2",
    modelTypes: ["gpt2", "gpt_bigcode"],
    matches: ({ places }) => hasLeaf(places, "c_attn") && hasLeaf(places, "c_fc"),
  },
  {
    id: "molmo",
    title: "Molmo",
    modelTypes: ["molmo", "molmo2"],
    matches: ({ places }) => hasLeaf(places, "att_proj") && hasStack(places, "transformer.blocks"),
  },
  {
    id: "clip",
    title: "CLIP / SigLIP",
    modelTypes: ["clip", "siglip", "siglip2", "clip_text_model", "clip_vision_model", "siglip_vision_model"],
    matches: ({ places }) => hasLeaf(places, "logit_scale"),
  },
  {
    id: "t5",
    title: "T5",
    modelTypes: ["t5", "umt5", "mt5", "t5gemma"],
    matches: ({ places }) => hasBox(places, "SelfAttention") || hasBox(places, "DenseReluDense"),
  },
  {
    id: "whisper",
    title: "Whisper",
    modelTypes: ["whisper"],
    matches: ({ places }) => hasBox(places, "encoder_attn") && hasLeaf(places, "conv1"),
  },
  {
    id: "vit",
    title: "ViT",
    modelTypes: ["vit", "deit", "dinov2"],
    matches: ({ places }) => hasLeaf(places, "layernorm_before"),
  },
  {
    id: "modernbert",
    title: "ModernBERT",
    modelTypes: ["modernbert"],
    matches: ({ places }) => hasLeaf(places, "Wi") && hasLeaf(places, "Wqkv"),
  },
  {
    id: "albert",
    title: "ALBERT",
    modelTypes: ["albert"],
    matches: ({ places }) => hasStack(places, "albert_layer_groups"),
    remarks: ({ claims }) => {
      const calls = claims.fact("layers")?.value;
      return calls === undefined ? [] : [`${calls} layers call the layers that are stored (config)`];
    },
  },
  {
    id: "distilbert",
    title: "DistilBERT",
    modelTypes: ["distilbert"],
    matches: ({ places }) => hasLeaf(places, "q_lin") && hasStack(places, "transformer.layer"),
  },
  {
    id: "bart",
    title: "BART",
    modelTypes: ["bart", "mbart", "m2m_100", "marian", "pegasus", "blenderbot"],
    matches: ({ places }) =>
      hasBox(places, "encoder_attn") && hasLeaf(places, "fc1") && hasStack(places, "encoder.layers"),
  },
  {
    id: "bert",
    title: "BERT / RoBERTa",
    modelTypes: ["bert", "roberta", "xlm-roberta", "camembert", "electra", "deberta", "deberta-v2"],
    matches: ({ places }) => hasStack(places, "encoder.layer") && hasLeaf(places, "LayerNorm"),
  },
  {
    id: "flux",
    title: "Flux",
    modelTypes: ["FluxTransformer2DModel"],
    matches: ({ places }) => hasStack(places, "single_transformer_blocks"),
  },
  {
    id: "sd3",
    title: "Stable Diffusion 3",
    modelTypes: ["SD3Transformer2DModel"],
    matches: ({ places }) => hasStack(places, "transformer_blocks") && hasLeaf(places, "context_embedder"),
  },
  {
    id: "mochi",
    title: "Mochi",
    modelTypes: ["MochiTransformer3DModel"],
    matches: ({ places }) => hasStack(places, "transformer_blocks") && hasBox(places, "caption_proj"),
  },
  {
    id: "unet",
    title: "Stable Diffusion UNet",
    modelTypes: ["UNet2DConditionModel"],
    matches: ({ places }) => hasRole(places, "diff.resnet"),
  },
  {
    id: "starcoder2",
    title: "StarCoder2",
    modelTypes: ["starcoder2"],
    matches: (context) => llamaNames(context) && hasLeaf(context.places, "c_fc"),
  },
  {
    id: "hunyuan",
    title: "Hunyuan",
    modelTypes: ["hunyuan", "hunyuan_v1_dense", "hunyuan_v1_moe"],
    matches: (context) => llamaNames(context) && hasLeaf(context.places, "query_layernorm"),
  },
  {
    id: "glm4",
    title: "GLM-4",
    modelTypes: ["glm4", "glm"],
    matches: (context) => llamaNames(context) && hasLeaf(context.places, "gate_up_proj"),
  },
  {
    id: "glm4-moe",
    title: "GLM-4.5",
    modelTypes: ["glm4_moe"],
    matches: (context) =>
      llamaNames(context) &&
      hasRole(context.places, "moe.router_bias") &&
      hasBox(context.places, "shared_experts"),
  },
  {
    id: "olmoe",
    title: "OLMoE",
    modelTypes: ["olmoe", "flex_olmo"],
    matches: (context) =>
      llamaNames(context) &&
      hasBox(context.places, "experts") &&
      context.layers.some((layer) =>
        layer.mixers.some((mixer) => mixer.type === "attention" && mixer.facts.qkNorm === "full width"),
      ),
  },
  {
    id: "qwen-moe",
    title: "Qwen MoE",
    modelTypes: ["qwen2_moe", "qwen3_moe", "qwen3_vl_moe"],
    matches: (context) => llamaNames(context) && hasBox(context.places, "experts"),
  },
  {
    id: "qwen3",
    title: "Qwen 3",
    modelTypes: ["qwen3", "qwen3_vl"],
    matches: (context) => llamaNames(context) && hasRole(context.places, "attn.qk_norm"),
  },
  {
    id: "qwen2",
    title: "Qwen 2 / 2.5",
    modelTypes: ["qwen2", "qwen2_vl", "qwen2_5_vl", "qwen2_5_vl_text"],
    matches: (context) =>
      llamaNames(context) &&
      context.places.some((place) => place.role === "attn.q" && place.part === "bias") &&
      !context.places.some((place) => place.role === "attn.o" && place.part === "bias"),
  },
  {
    id: "llama",
    title: "Llama / Mistral",
    modelTypes: ["llama", "mistral", "ministral3", "mistral3", "granite", "yi", "olmo", "pixtral", "llava"],
    matches: llamaNames,
  },
  ...NAMESAKES,
];
