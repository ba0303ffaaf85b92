import { ENCODERS } from "./encoders.ts";
import { type Family, hasBox, hasLeaf, hasRole, hasStack, llamaNames } from "./family.ts";
import { GEMMA, gemma1 } from "./gemma.ts";
import { IMAGE } from "./image.ts";
import { NAMESAKES } from "./namesakes.ts";
import { OWN_NAMES } from "./own-names.ts";
import { fullEvery, neverFully, traitsOfTypes } from "./traits.ts";
import { ZAMBA } from "./zamba.ts";

/**
 * Families, in the order they are tried: those with names of their own first, those that share names last. A new family
 * needs a row; it needs a file only for what shapes cannot tell.
 */
export const FAMILIES: readonly Family[] = [
  ...ZAMBA,
  ...GEMMA,
  ...OWN_NAMES,
  {
    id: "phi",
    title: "Phi-3 / Phi-4",
    modelTypes: ["phi3", "phi4mm", "phi3_v"],
    traits: traitsOfTypes(["phi3", { naming: "llama", formula: "dense", looksBackFully: neverFully }]),
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "qkv_proj") && hasRole(tensorRoles, "mlp.gate_up"),
  },
  {
    id: "phi-moe",
    title: "Phi-MoE",
    modelTypes: ["phimoe"],
    naming: "llama",
    formula: "routed",
    matches: ({ tensorRoles }) =>
      hasBox(tensorRoles, "block_sparse_moe") &&
      tensorRoles.some((tensorRole) => tensorRole.role === "head.lm" && tensorRole.part === "bias"),
  },
  {
    id: "phi1",
    title: "Phi-1 / Phi-2",
    modelTypes: ["phi"],
    matches: ({ tensorRoles }) =>
      hasLeaf(tensorRoles, "dense") && hasLeaf(tensorRoles, "fc1") && hasStack(tensorRoles, "model.layers"),
  },
  {
    id: "arctic",
    title: "Arctic",
    modelTypes: ["arctic"],
    matches: ({ tensorRoles }) =>
      hasBox(tensorRoles, "residual_mlp") && hasBox(tensorRoles, "block_sparse_moe"),
  },
  {
    id: "grok-1",
    title: "Grok-1",
    modelTypes: ["grok-1", "grok_1"],
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "moe_block"),
  },
  {
    id: "step3",
    title: "Step-3",
    modelTypes: ["step3", "step3_text", "step3_vl", "step3p5"],
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "share_expert"),
  },
  {
    id: "bailing-moe",
    title: "Ling / Bailing MoE",
    modelTypes: ["bailing_moe", "bailing_moe_v2", "bailing_moe_linear"],
    matches: ({ tensorRoles }) =>
      hasLeaf(tensorRoles, "query_key_value") &&
      hasLeaf(tensorRoles, "word_embeddings") &&
      hasBox(tensorRoles, "experts"),
  },
  {
    id: "mixtral",
    title: "Mixtral",
    modelTypes: ["mixtral"],
    naming: "llama",
    formula: "routed",
    looksBackFully: neverFully,
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "block_sparse_moe") && hasBox(tensorRoles, "experts"),
  },
  {
    id: "bloom",
    title: "BLOOM",
    modelTypes: ["bloom"],
    naming: "bloom",
    keyHeads: "all",
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "word_embeddings_layernorm"),
  },
  {
    id: "falcon",
    title: "Falcon",
    modelTypes: ["falcon", "RefinedWeb", "RefinedWebModel"],
    naming: "bloom",
    keyHeads: "one",
    matches: ({ tensorRoles }) =>
      hasBox(tensorRoles, "self_attention") && hasStack(tensorRoles, "transformer.h"),
  },
  {
    id: "gpt-neox",
    title: "GPT-NeoX / Pythia",
    modelTypes: ["gpt_neox"],
    naming: "gpt-neox",
    keyHeads: "all",
    matches: ({ tensorRoles }) => hasStack(tensorRoles, "gpt_neox.layers"),
  },
  {
    id: "chatglm",
    title: "ChatGLM / GLM-4",
    modelTypes: ["chatglm"],
    matches: ({ tensorRoles }) =>
      hasStack(tensorRoles, "encoder.layers") && hasLeaf(tensorRoles, "query_key_value"),
  },
  {
    id: "dbrx",
    title: "DBRX",
    modelTypes: ["dbrx"],
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "v1") && hasRole(tensorRoles, "expert.gate"),
  },
  {
    id: "internlm2",
    title: "InternLM2",
    modelTypes: ["internlm2"],
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "wqkv") && hasLeaf(tensorRoles, "tok_embeddings"),
  },
  {
    id: "baichuan",
    title: "Baichuan",
    modelTypes: ["baichuan"],
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "W_pack"),
  },
  {
    id: "mpt",
    title: "MPT",
    modelTypes: ["mpt"],
    matches: ({ tensorRoles }) =>
      hasLeaf(tensorRoles, "norm_1") && hasLeaf(tensorRoles, "Wqkv") && hasBox(tensorRoles, "ffn"),
  },
  {
    id: "opt",
    title: "OPT",
    modelTypes: ["opt"],
    matches: ({ tensorRoles }) =>
      hasStack(tensorRoles, "decoder.layers") &&
      hasLeaf(tensorRoles, "self_attn_layer_norm") &&
      !hasRole(tensorRoles, "xattn.q"),
  },
  {
    id: "exaone",
    title: "EXAONE 3",
    modelTypes: ["exaone"],
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "c_fc_0"),
  },
  {
    id: "apertus",
    title: "Apertus",
    modelTypes: ["apertus"],
    matches: ({ tensorRoles }) =>
      hasBox(tensorRoles, "act_fn") && hasLeaf(tensorRoles, "feedforward_layernorm"),
  },
  {
    id: "olmo2",
    title: "OLMo 2",
    modelTypes: ["olmo2", "olmo3"],
    naming: "llama",
    traits: traitsOfTypes(["olmo2", { formula: "dense" }]),
    matches: ({ tensorRoles }) =>
      hasRole(tensorRoles, "norm.post_ffn") &&
      !hasRole(tensorRoles, "norm.input") &&
      hasRole(tensorRoles, "attn.qk_norm"),
  },
  {
    id: "cohere",
    title: "Cohere Command",
    modelTypes: ["cohere", "cohere2"],
    naming: "llama",
    traits: traitsOfTypes(
      ["cohere", { formula: "dense" }],
      ["cohere2", { looksBackFully: fullEvery("sliding_window_pattern", 4) }],
    ),
    matches: (context) =>
      llamaNames(context) &&
      context.layers.length > 0 &&
      context.layers.every((layer) => layer.norms.count === 1),
  },
  {
    id: "qwen1",
    title: "Qwen 1",
    modelTypes: ["qwen"],
    naming: "gpt2",
    keyHeads: "all",
    statedWidth: "both projections",
    matches: ({ tensorRoles }) =>
      hasStack(tensorRoles, "transformer.h") && hasLeaf(tensorRoles, "w1") && hasLeaf(tensorRoles, "c_attn"),
  },
  {
    id: "gpt-j",
    title: "GPT-J / CodeGen",
    modelTypes: ["gptj", "codegen"],
    traits: traitsOfTypes(["gptj", { naming: "gpt2" }]),
    matches: ({ tensorRoles }) => hasStack(tensorRoles, "transformer.h") && hasLeaf(tensorRoles, "fc_in"),
  },
  {
    id: "gpt-neo",
    title: "GPT-Neo",
    modelTypes: ["gpt_neo"],
    naming: "gpt2",
    matches: ({ tensorRoles }) =>
      hasStack(tensorRoles, "transformer.h") &&
      hasLeaf(tensorRoles, "q_proj") &&
      hasLeaf(tensorRoles, "c_fc"),
  },
  {
    id: "openelm",
    title: "OpenELM",
    modelTypes: ["openelm"],
    matches: ({ tensorRoles }) =>
      hasLeaf(tensorRoles, "proj_1") && hasStack(tensorRoles, "transformer.layers"),
  },
  {
    id: "gpt2",
    title: "GPT-2",
    modelTypes: ["gpt2", "gpt_bigcode"],
    called: { gpt_bigcode: "GPT BigCode" },
    naming: "gpt2",
    keyHeads: "all",
    traits: traitsOfTypes(["gpt_bigcode", { keyHeads: "one" }]),
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "c_attn") && hasLeaf(tensorRoles, "c_fc"),
  },
  {
    id: "molmo",
    title: "Molmo",
    modelTypes: ["molmo", "molmo2"],
    statedWidth: "both projections",
    matches: ({ tensorRoles }) =>
      hasLeaf(tensorRoles, "att_proj") && hasStack(tensorRoles, "transformer.blocks"),
  },
  ...ENCODERS,
  ...IMAGE,
  {
    id: "llama-original",
    title: "Llama / Mistral, original layout",
    modelTypes: [],
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "wq") && hasLeaf(tensorRoles, "tok_embeddings"),
  },
  {
    id: "ernie4.5",
    title: "ERNIE 4.5",
    modelTypes: ["ernie4_5_moe"],
    matches: ({ tensorRoles }) => hasBox(tensorRoles, "moe_statics"),
  },
  {
    id: "starcoder2",
    title: "StarCoder2",
    modelTypes: ["starcoder2"],
    naming: "llama",
    looksBackFully: neverFully,
    matches: (context) => llamaNames(context) && hasLeaf(context.tensorRoles, "c_fc"),
  },
  {
    id: "hunyuan",
    title: "Hunyuan",
    modelTypes: ["hunyuan", "hunyuan_v1_dense", "hunyuan_v1_moe"],
    matches: (context) =>
      (llamaNames(context) && hasLeaf(context.tensorRoles, "query_layernorm")) ||
      (hasLeaf(context.tensorRoles, "wg") && hasBox(context.tensorRoles, "shared_mlp")),
  },
  {
    id: "glm4",
    title: "GLM-4",
    modelTypes: ["glm4", "glm", "glm4v", "glm4v_text"],
    matches: (context) => llamaNames(context) && hasLeaf(context.tensorRoles, "gate_up_proj"),
  },
  {
    id: "glm4-moe",
    title: "GLM-4.5",
    modelTypes: ["glm4_moe"],
    naming: "llama",
    formula: "dense-first",
    matches: (context) =>
      llamaNames(context) &&
      hasRole(context.tensorRoles, "moe.router_bias") &&
      hasBox(context.tensorRoles, "shared_experts"),
  },
  {
    id: "olmoe",
    title: "OLMoE",
    modelTypes: ["olmoe", "flex_olmo"],
    traits: traitsOfTypes(["olmoe", { naming: "llama", formula: "routed" }]),
    matches: (context) =>
      llamaNames(context) &&
      hasBox(context.tensorRoles, "experts") &&
      context.layers.some((layer) =>
        layer.mixers.some((mixer) => mixer.type === "attention" && mixer.facts.qkNorm === "full width"),
      ),
  },
  {
    id: "deepseek-moe",
    title: "DeepSeek-MoE",
    modelTypes: ["deepseek", "deepseek_v2"],
    matches: (context) =>
      llamaNames(context) &&
      hasBox(context.tensorRoles, "shared_experts") &&
      !hasRole(context.tensorRoles, "moe.router_bias"),
  },
  {
    id: "qwen-moe",
    title: "Qwen MoE",
    modelTypes: ["qwen2_moe", "qwen3_moe", "qwen3_vl_moe", "qwen3_omni_moe"],
    traits: traitsOfTypes(
      ["qwen2_moe qwen3_moe", { naming: "llama", formula: "qwen-moe" }],
      ["qwen2_moe", { alwaysHasQueryBiases: true }],
    ),
    matches: (context) => llamaNames(context) && hasBox(context.tensorRoles, "experts"),
  },
  {
    id: "mllama",
    title: "Llama 3.2 Vision",
    modelTypes: ["mllama", "mllama_text_model"],
    matches: (context) => llamaNames(context) && hasRole(context.tensorRoles, "xattn.q"),
  },
  {
    id: "nemotron",
    title: "Nemotron / Minitron",
    modelTypes: ["nemotron"],
    matches: (context) =>
      llamaNames(context) &&
      hasRole(context.tensorRoles, "mlp.up") &&
      !hasRole(context.tensorRoles, "mlp.gate") &&
      context.layers.every((layer) => layer.norms.kind === "LayerNorm"),
  },
  {
    id: "qwen3",
    title: "Qwen 3",
    modelTypes: ["qwen3", "qwen3_vl"],
    traits: traitsOfTypes(["qwen3", { naming: "llama", formula: "dense" }]),
    matches: (context) => llamaNames(context) && hasRole(context.tensorRoles, "attn.qk_norm"),
  },
  {
    id: "qwen2",
    title: "Qwen 2 / 2.5",
    modelTypes: ["qwen2", "qwen2_vl", "qwen2_5_vl", "qwen2_5_vl_text", "qwen2_5_omni"],
    traits: traitsOfTypes(
      ["qwen2", { naming: "llama", formula: "dense" }],
      ["qwen2 qwen2_vl qwen2_5_vl", { alwaysHasQueryBiases: true }],
    ),
    matches: (context) =>
      llamaNames(context) &&
      context.tensorRoles.some((tensorRole) => tensorRole.role === "attn.q" && tensorRole.part === "bias") &&
      !context.tensorRoles.some((tensorRole) => tensorRole.role === "attn.o" && tensorRole.part === "bias"),
  },
  {
    id: "llama",
    title: "Llama / Mistral",
    modelTypes: ["llama", "mistral", "ministral3", "mistral3", "granite", "yi", "olmo", "pixtral", "llava"],
    called: { granite: "Granite", yi: "Yi", olmo: "OLMo", pixtral: "Pixtral", llava: "LLaVA" },
    traits: traitsOfTypes(
      ["llama mistral ministral3 granite olmo", { naming: "llama" }],
      ["llama mistral", { formula: "dense" }],
      ["mistral", { looksBackFully: neverFully }],
    ),
    matches: llamaNames,
  },
  ...NAMESAKES,
  gemma1(llamaNames),
];
