import { ENCODERS } from "./encoders.ts";
import { type Family, hasBox, hasLeaf, hasRole, hasStack } from "./family.ts";
import { GEMMA, gemma1 } from "./gemma.ts";
import { IMAGE } from "./image.ts";
import { ZAMBA } from "./zamba.ts";

/** Llama's names, which half of all families share: the config's word is needed to tell them apart. */
const llamaNames: Family["matches"] = ({ places }) =>
  hasBox(places, "self_attn") && hasLeaf(places, "o_proj") && hasStack(places, "layers");

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
    id: "longcat",
    title: "LongCat-Flash",
    modelTypes: ["longcat_flash"],
    matches: ({ places }) => hasBox(places, "mlps") && hasRole(places, "attn.kv_a"),
  },
  {
    id: "deepseek-v3",
    title: "DeepSeek-V2 / V3 / Kimi-K2",
    modelTypes: ["deepseek_v2", "deepseek_v3", "kimi_k2", "kimi_k25", "mistral4"],
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
    id: "granite-hybrid",
    title: "Granite 4 hybrid",
    modelTypes: ["granitemoehybrid"],
    matches: ({ places }) => hasBox(places, "mamba") && hasBox(places, "shared_mlp"),
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
      hasBox(places, "mixer") && hasStack(places, "layers") && hasRole(places, "attn.q"),
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
    id: "chatglm",
    title: "ChatGLM",
    modelTypes: ["chatglm"],
    matches: ({ places }) => hasStack(places, "encoder.layers") && hasLeaf(places, "query_key_value"),
  },
  {
    id: "glm4",
    title: "GLM-4",
    modelTypes: ["glm4", "glm", "glm4v", "glm4v_text"],
    matches: (context) =>
      llamaNames(context) &&
      hasRole(context.places, "mlp.gate_up") &&
      context.places.some((place) => place.role === "attn.q" && place.part === "bias"),
  },
  {
    id: "exaone",
    title: "EXAONE 3",
    modelTypes: ["exaone"],
    matches: ({ places }) => hasLeaf(places, "c_fc_0") && hasStack(places, "transformer.h"),
  },
  {
    id: "dbrx",
    title: "DBRX",
    modelTypes: ["dbrx"],
    matches: ({ places }) => hasLeaf(places, "v1") && hasBox(places, "experts"),
  },
  {
    id: "internlm2",
    title: "InternLM2",
    modelTypes: ["internlm2", "internlm3"],
    matches: ({ places }) => hasLeaf(places, "wqkv") && hasLeaf(places, "tok_embeddings"),
  },
  {
    id: "olmo2",
    title: "OLMo 2",
    modelTypes: ["olmo2", "olmo3"],
    matches: ({ places }) =>
      hasRole(places, "norm.post_ffn") && !hasRole(places, "norm.input") && hasRole(places, "attn.qk_norm"),
  },
  {
    id: "apertus",
    title: "Apertus",
    modelTypes: ["apertus"],
    matches: ({ places }) =>
      hasLeaf(places, "attention_layernorm") && hasLeaf(places, "feedforward_layernorm"),
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
  ...ENCODERS,
  ...IMAGE,
  {
    id: "bailing",
    title: "Ling / Ring",
    modelTypes: ["bailing_moe", "bailing_moe_v2"],
    matches: ({ places }) => hasLeaf(places, "query_key_value") && hasBox(places, "shared_experts"),
  },
  {
    id: "llama-original",
    title: "Llama / Mistral, original layout",
    modelTypes: [],
    matches: ({ places }) => hasLeaf(places, "wq") && hasLeaf(places, "tok_embeddings"),
  },
  {
    id: "ernie4.5",
    title: "ERNIE 4.5",
    modelTypes: ["ernie4_5_moe"],
    matches: ({ places }) => hasBox(places, "moe_statics"),
  },
  {
    id: "hunyuan",
    title: "Hunyuan",
    modelTypes: ["hunyuan_v1_moe", "hunyuan"],
    matches: ({ places }) => hasLeaf(places, "wg") && hasBox(places, "shared_mlp"),
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
    id: "deepseek-moe",
    title: "DeepSeek-MoE",
    modelTypes: ["deepseek"],
    matches: (context) =>
      llamaNames(context) &&
      hasBox(context.places, "shared_experts") &&
      !hasRole(context.places, "moe.router_bias"),
  },
  {
    id: "qwen-moe",
    title: "Qwen MoE",
    modelTypes: ["qwen2_moe", "qwen3_moe", "qwen3_vl_moe"],
    matches: (context) => llamaNames(context) && hasBox(context.places, "experts"),
  },
  {
    id: "mllama",
    title: "Llama 3.2 Vision",
    modelTypes: ["mllama", "mllama_text_model"],
    matches: (context) => llamaNames(context) && hasRole(context.places, "xattn.q"),
  },
  {
    id: "nemotron",
    title: "Nemotron / Minitron",
    modelTypes: ["nemotron"],
    matches: (context) =>
      llamaNames(context) &&
      hasRole(context.places, "mlp.up") &&
      !hasRole(context.places, "mlp.gate") &&
      context.layers.every((layer) => layer.norms.kind === "LayerNorm"),
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
    modelTypes: [
      "llama",
      "mistral",
      "ministral3",
      "mistral3",
      "smollm3",
      "granite",
      "yi",
      "olmo",
      "pixtral",
      "llava",
      "seed_oss",
    ],
    matches: llamaNames,
  },
  // Told from the families above by the configuration alone.
  {
    id: "dots1",
    title: "dots.llm1",
    modelTypes: ["dots1"],
    matches: (context) => llamaNames(context) && hasRole(context.places, "moe.router_bias"),
  },
  {
    id: "mimo",
    title: "MiMo",
    modelTypes: ["mimo"],
    matches: llamaNames,
  },
  gemma1(llamaNames),
];
