import { type Family, hasBox, hasLeaf, hasRole, hasStack } from "./family.ts";
import { everySecondFully, fullEvery, traitsOfTypes } from "./traits.ts";

/** Families with parts that no other has under these names: sparse, latent, linear and state-space layers. */
export const OWN_NAMES: readonly Family[] = [
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
    naming: "llama",
    formula: "routed",
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
    naming: "llama",
    formula: "latent",
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
    traits: traitsOfTypes(["deepseek_v2 deepseek_v3 kimi_k2", { naming: "llama", formula: "latent" }]),
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
    traits: traitsOfTypes(["qwen3_next", { naming: "llama" }]),
    matches: ({ places }) => hasBox(places, "linear_attn"),
  },
  {
    id: "gpt-oss",
    title: "gpt-oss",
    modelTypes: ["gpt_oss"],
    naming: "llama",
    formula: "routed",
    looksBackFully: everySecondFully,
    matches: ({ places }) => hasLeaf(places, "sinks") && hasBox(places, "router"),
  },
  {
    id: "llama4",
    title: "Llama 4",
    modelTypes: ["llama4", "llama4_text"],
    hasWeightlessQueryNorms: true,
    looksBackFully: fullEvery("no_rope_layer_interval", 4),
    matches: ({ places }) => hasBox(places, "feed_forward") && hasBox(places, "shared_expert"),
  },
  {
    id: "jamba",
    title: "Jamba",
    modelTypes: ["jamba"],
    attendsByPeriod: true,
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
    traits: traitsOfTypes(["granitemoe", { naming: "llama" }]),
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
    naming: "mamba",
    matches: ({ places }) => hasBox(places, "mixer") && hasRole(places, "ssm.a"),
  },
  {
    id: "rwkv",
    title: "RWKV",
    modelTypes: ["rwkv", "rwkv5", "rwkv6", "rwkv7"],
    naming: "rwkv",
    matches: ({ places }) => hasRole(places, "rwkv.time_mix"),
  },
];
