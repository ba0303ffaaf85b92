import { type Family, hasBox, hasLeaf, hasRole, hasStack } from "./family.ts";
import { everySecondFully, fullEvery, traitsOfTypes } from "./traits.ts";

/** Families with parts that no other has under these names: sparse, latent, linear and state-space layers. */
export const OWN_NAMES: readonly Family[] = [
  {
    id: "minimax-m3",
    title: "MiniMax-M3",
    modelTypes: ["minimax_m3_vl", "minimax_m3", "minimax_m3_vl_text"],
    matches: ({ tensorRoles }) =>
      hasLeaf(tensorRoles, "index_q_proj") && hasBox(tensorRoles, "block_sparse_moe"),
  },
  {
    id: "minimax-text",
    title: "MiniMax-Text-01 / M1",
    modelTypes: ["minimax_text_01", "minimax_m1", "minimax"],
    matches: ({ tensorRoles }) =>
      hasLeaf(tensorRoles, "output_gate") && hasBox(tensorRoles, "block_sparse_moe"),
  },
  {
    id: "minimax-m2",
    title: "MiniMax-M2",
    modelTypes: ["minimax_m2"],
    naming: "llama",
    formula: "routed",
    matches: ({ tensorRoles }) =>
      hasRole(tensorRoles, "moe.router_bias") &&
      hasBox(tensorRoles, "block_sparse_moe") &&
      hasLeaf(tensorRoles, "q_norm"),
  },
  {
    id: "kimi-linear",
    title: "Kimi-Linear",
    modelTypes: ["kimi_linear", "kimi_k3"],
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "f_a_proj") && hasRole(tensorRoles, "attn.kv_a"),
  },
  {
    id: "deepseek-v4",
    title: "DeepSeek-V4",
    modelTypes: ["deepseek_v4"],
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "wkv") && hasRole(tensorRoles, "attn.o_a"),
  },
  {
    id: "deepseek-v3.2",
    title: "DeepSeek-V3.2 / GLM-5",
    modelTypes: ["deepseek_v32", "glm_moe_dsa"],
    naming: "llama",
    formula: "latent",
    matches: ({ tensorRoles }) => hasRole(tensorRoles, "attn.kv_a") && hasRole(tensorRoles, "attn.indexer"),
  },
  {
    id: "longcat",
    title: "LongCat-Flash",
    modelTypes: ["longcat_flash"],
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "mlps") && hasRole(tensorRoles, "attn.kv_a"),
  },
  {
    id: "deepseek-v3",
    title: "DeepSeek-V2 / V3 / Kimi-K2",
    modelTypes: ["deepseek_v2", "deepseek_v3", "kimi_k2", "kimi_k25", "mistral4"],
    called: { mistral4: "Mistral 4" },
    traits: traitsOfTypes(["deepseek_v2 deepseek_v3 kimi_k2", { naming: "llama", formula: "latent" }]),
    matches: ({ tensorRoles }) => hasRole(tensorRoles, "attn.kv_a"),
  },
  {
    id: "minicpm3",
    title: "MiniCPM3",
    modelTypes: ["minicpm3"],
    matches: ({ tensorRoles }) => hasRole(tensorRoles, "attn.kv_a"),
  },
  {
    id: "qwen3-next",
    title: "Qwen3-Next / Qwen3.5",
    modelTypes: ["qwen3_next", "qwen3_5", "qwen3_5_moe", "qwen3_5_text", "qwen3_5_moe_text"],
    traits: traitsOfTypes(["qwen3_next", { naming: "llama" }]),
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "linear_attn"),
  },
  {
    id: "gpt-oss",
    title: "gpt-oss",
    modelTypes: ["gpt_oss"],
    naming: "llama",
    formula: "routed",
    looksBackFully: everySecondFully,
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "sinks") && hasBox(tensorRoles, "router"),
  },
  {
    id: "llama4",
    title: "Llama 4",
    modelTypes: ["llama4", "llama4_text"],
    hasWeightlessQueryNorms: true,
    looksBackFully: fullEvery("no_rope_layer_interval", 4),
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "feed_forward") && hasBox(tensorRoles, "shared_expert"),
  },
  {
    id: "jamba",
    title: "Jamba",
    modelTypes: ["jamba"],
    attendsByPeriod: true,
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "dt_layernorm") && hasBox(tensorRoles, "mamba"),
  },
  {
    id: "falcon-h1",
    title: "Falcon-H1",
    modelTypes: ["falcon_h1"],
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "mamba") && hasBox(tensorRoles, "feed_forward"),
  },
  {
    id: "bamba",
    title: "Bamba",
    modelTypes: ["bamba"],
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "mamba") && hasBox(tensorRoles, "feed_forward"),
  },
  {
    id: "lfm2",
    title: "LFM2",
    modelTypes: ["lfm2", "lfm2_moe", "lfm2_vl"],
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "operator_norm") && hasRole(tensorRoles, "rec.conv"),
  },
  {
    id: "granite-hybrid",
    title: "Granite 4 hybrid",
    modelTypes: ["granitemoehybrid"],
    // The small ones are attention alone, without experts.
    matches: ({ tensorRoles }) =>
      hasBox(tensorRoles, "shared_mlp") &&
      (hasBox(tensorRoles, "mamba") || !hasBox(tensorRoles, "block_sparse_moe")),
  },
  {
    id: "granite-moe",
    title: "Granite MoE",
    modelTypes: ["granitemoe", "granitemoeshared"],
    traits: traitsOfTypes(["granitemoe", { naming: "llama" }]),
    matches: ({ tensorRoles }) =>
      hasBox(tensorRoles, "block_sparse_moe") && hasLeaf(tensorRoles, "input_linear"),
  },
  {
    id: "nemotron-h",
    title: "Nemotron-H / Nemotron 3",
    modelTypes: ["nemotron_h"],
    matches: ({ tensorRoles }) =>
      hasBox(tensorRoles, "mixer") && hasStack(tensorRoles, "layers") && hasRole(tensorRoles, "attn.q"),
  },
  {
    id: "mamba",
    title: "Mamba",
    modelTypes: ["mamba", "mamba2", "falcon_mamba"],
    called: { mamba2: "Mamba 2", falcon_mamba: "Falcon Mamba" },
    naming: "mamba",
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "mixer") && hasRole(tensorRoles, "ssm.a"),
  },
  {
    id: "rwkv",
    title: "RWKV",
    modelTypes: ["rwkv", "rwkv5", "rwkv6", "rwkv7"],
    naming: "rwkv",
    matches: ({ tensorRoles }) => hasRole(tensorRoles, "rwkv.time_mix"),
  },
];
