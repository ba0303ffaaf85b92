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
    matches: ({ places }) => hasLeaf(places, "qkv_proj") && hasRole(places, "mlp.gate_up"),
  },
  {
    id: "phi-moe",
    title: "Phi-MoE",
    modelTypes: ["phimoe"],
    naming: "llama",
    formula: "routed",
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
    modelTypes: ["step3", "step3_text", "step3_vl", "step3p5"],
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
    naming: "llama",
    formula: "routed",
    looksBackFully: neverFully,
    matches: ({ places }) => hasBox(places, "block_sparse_moe") && hasBox(places, "experts"),
  },
  {
    id: "bloom",
    title: "BLOOM",
    modelTypes: ["bloom"],
    naming: "bloom",
    keyHeads: "all",
    matches: ({ places }) => hasLeaf(places, "word_embeddings_layernorm"),
  },
  {
    id: "falcon",
    title: "Falcon",
    modelTypes: ["falcon", "RefinedWeb", "RefinedWebModel"],
    naming: "bloom",
    keyHeads: "one",
    matches: ({ places }) => hasBox(places, "self_attention") && hasStack(places, "transformer.h"),
  },
  {
    id: "gpt-neox",
    title: "GPT-NeoX / Pythia",
    modelTypes: ["gpt_neox"],
    naming: "gpt-neox",
    keyHeads: "all",
    matches: ({ places }) => hasStack(places, "gpt_neox.layers"),
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
    naming: "llama",
    traits: traitsOfTypes(["olmo2", { formula: "dense" }]),
    matches: ({ places }) =>
      hasRole(places, "norm.post_ffn") && !hasRole(places, "norm.input") && hasRole(places, "attn.qk_norm"),
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
    matches: ({ places }) =>
      hasStack(places, "transformer.h") && hasLeaf(places, "w1") && hasLeaf(places, "c_attn"),
  },
  {
    id: "gpt-j",
    title: "GPT-J / CodeGen",
    modelTypes: ["gptj", "codegen"],
    traits: traitsOfTypes(["gptj", { naming: "gpt2" }]),
    matches: ({ places }) => hasStack(places, "transformer.h") && hasLeaf(places, "fc_in"),
  },
  {
    id: "gpt-neo",
    title: "GPT-Neo",
    modelTypes: ["gpt_neo"],
    naming: "gpt2",
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
    naming: "gpt2",
    keyHeads: "all",
    traits: traitsOfTypes(["gpt_bigcode", { keyHeads: "one" }]),
    matches: ({ places }) => hasLeaf(places, "c_attn") && hasLeaf(places, "c_fc"),
  },
  {
    id: "molmo",
    title: "Molmo",
    modelTypes: ["molmo", "molmo2"],
    statedWidth: "both projections",
    matches: ({ places }) => hasLeaf(places, "att_proj") && hasStack(places, "transformer.blocks"),
  },
  ...ENCODERS,
  ...IMAGE,
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
    id: "starcoder2",
    title: "StarCoder2",
    modelTypes: ["starcoder2"],
    naming: "llama",
    looksBackFully: neverFully,
    matches: (context) => llamaNames(context) && hasLeaf(context.places, "c_fc"),
  },
  {
    id: "hunyuan",
    title: "Hunyuan",
    modelTypes: ["hunyuan", "hunyuan_v1_dense", "hunyuan_v1_moe"],
    matches: (context) =>
      (llamaNames(context) && hasLeaf(context.places, "query_layernorm")) ||
      (hasLeaf(context.places, "wg") && hasBox(context.places, "shared_mlp")),
  },
  {
    id: "glm4",
    title: "GLM-4",
    modelTypes: ["glm4", "glm", "glm4v", "glm4v_text"],
    matches: (context) => llamaNames(context) && hasLeaf(context.places, "gate_up_proj"),
  },
  {
    id: "glm4-moe",
    title: "GLM-4.5",
    modelTypes: ["glm4_moe"],
    naming: "llama",
    formula: "dense-first",
    matches: (context) =>
      llamaNames(context) &&
      hasRole(context.places, "moe.router_bias") &&
      hasBox(context.places, "shared_experts"),
  },
  {
    id: "olmoe",
    title: "OLMoE",
    modelTypes: ["olmoe", "flex_olmo"],
    traits: traitsOfTypes(["olmoe", { naming: "llama", formula: "routed" }]),
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
    modelTypes: ["deepseek", "deepseek_v2"],
    matches: (context) =>
      llamaNames(context) &&
      hasBox(context.places, "shared_experts") &&
      !hasRole(context.places, "moe.router_bias"),
  },
  {
    id: "qwen-moe",
    title: "Qwen MoE",
    modelTypes: ["qwen2_moe", "qwen3_moe", "qwen3_vl_moe", "qwen3_omni_moe"],
    traits: traitsOfTypes(
      ["qwen2_moe qwen3_moe", { naming: "llama", formula: "qwen-moe" }],
      ["qwen2_moe", { alwaysHasQueryBiases: true }],
    ),
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
    traits: traitsOfTypes(["qwen3", { naming: "llama", formula: "dense" }]),
    matches: (context) => llamaNames(context) && hasRole(context.places, "attn.qk_norm"),
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
      context.places.some((place) => place.role === "attn.q" && place.part === "bias") &&
      !context.places.some((place) => place.role === "attn.o" && place.part === "bias"),
  },
  {
    id: "llama",
    title: "Llama / Mistral",
    modelTypes: ["llama", "mistral", "ministral3", "mistral3", "granite", "yi", "olmo", "pixtral", "llava"],
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
