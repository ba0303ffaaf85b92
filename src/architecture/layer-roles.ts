import {
  experts,
  mlp,
  moeExtras,
  qwen1Mlp,
  router,
  routerBias,
  sharedExperts,
  stackedExperts,
  threeLinears,
} from "./feed-forward-roles.ts";
import { type LayerTensor, leafOf, type Rule } from "./layer-tensor.ts";
import {
  ATTENTION_BOXES,
  ATTENTION_LEAVES,
  CROSS_BOXES,
  LAYER_SINGLES,
  LINEAR_ATTENTION_LEAVES,
  LINEAR_BOXES,
  LINEAR_MARKS,
  MLP_LEAVES,
  MTP_NAMES,
  RECURRENT_LEAVES,
  RWKV_MARKS,
  SHORT_CONVOLUTION_LEAVES,
  SSM_LEAVES,
} from "./leaf-tables.ts";
import type { Neighbours, Segment } from "./name-path.ts";
import type { Role } from "./roles.ts";

/** First match wins; each rule stands before those that would misread its names. */
const RULES: readonly Rule[] = [
  mtpPieces,
  inlineAdapters,
  sideBlocks,
  singles,
  bottlenecks,
  otherStreams,
  bertNames,
  indexer,
  compressor,
  routerBias,
  threeLinears,
  sharedExperts,
  experts,
  moeExtras,
  stackedExperts,
  router,
  linearAttention,
  rwkv,
  stateSpace,
  recurrent,
  shortConvolution,
  crossAttention,
  attention,
  qwen1Mlp,
  mlp,
  bareLeaves,
];

/** The role of a tensor inside a layer, `unknown` where no rule recognises its name. */
export function classifyInLayer(tensor: LayerTensor, neighbours: Neighbours): Role {
  for (const rule of RULES) {
    const role = rule(tensor, neighbours);
    if (role !== undefined) return role;
  }
  return "unknown";
}

function mtpPieces({ scope, names }: LayerTensor): Role | undefined {
  if (scope !== "mtp") return undefined;
  const [first] = names as [string];
  if (first === "shared_head") return names[1] === "norm" ? "mtp.norm" : "head.lm";
  if (names.length > 1) return undefined;
  if (first === "embed_tokens") return "embed.token";
  // `norm` alone is the input norm of a block in Nemotron-H, which has no other.
  return first === "norm" || first === "fc" ? undefined : MTP_NAMES.get(first);
}

function inlineAdapters({ names }: LayerTensor): Role | undefined {
  return names.some((name) => name.endsWith("_adapter_list")) ? "adapter.inline" : undefined;
}

/** What scales or widens the residual stream: DINO's layer scales, the side paths of Gemma 3n and DeepSeek-V4. */
function sideBlocks({ names }: LayerTensor): Role | undefined {
  const first = names[0] as string;
  if (first === "altup") return "altup";
  if (first === "laurel") return "laurel";
  if (first === "ple_block") return "ple";
  if (first === "layer_scale1" || first === "layer_scale2") return "residual.scale";
  return /^hc_(attn|ffn|head)_(fn|base|scale)$/.test(first) || first === "hc_attn" || first === "hc_ffn"
    ? "hyper"
    : undefined;
}

function singles({ names, part, rest }: LayerTensor, neighbours: Neighbours): Role | undefined {
  // One for each of two attention blocks in a layer (LongCat): `input_layernorm.0`.
  const isOneOfMany = names.length === 2 && names[1] === "#";
  if (names.length !== 1 && !isOneOfMany) return undefined;
  if (names[0] === "layer_norm") {
    // T5's norms have one name: what stands in the same box tells what they come before.
    const beside = neighbours.beside((rest[0] as Segment).node);
    if (beside.has("SelfAttention")) return "norm.input";
    if (beside.has("EncDecAttention")) return "norm.cross";
  }
  const role = LAYER_SINGLES.get(names[0] as string);
  // Norms are vectors; a packed `linear` still is Zamba's link.
  return role?.startsWith("norm.") && part === "packed" ? undefined : role;
}

/** Linears that take the stream to the narrower width in which the layer works (MobileBERT); those back are its output's. */
function bottlenecks({ names }: LayerTensor): Role | undefined {
  return names[0] === "bottleneck" && names.at(-1) === "dense" ? "mlp.other" : undefined;
}

/**
 * BERT's boxes with a word before or after: of a second stream beside that of the words, in its own width (LiLT's layout,
 * the queries of a Q-Former).
 */
function otherStreams({ names, rest }: LayerTensor, neighbours: Neighbours): Role | undefined {
  const at = names.length - 2;
  const box = names[at];
  if (box === undefined || names.at(-1) !== "dense" || !OTHER_OUTPUT.test(box)) return undefined;
  if (at === 0) return "mlp.other";
  return neighbours.beside((rest[at] as Segment).node).has("output") ? "attn.other" : undefined;
}

const OTHER_OUTPUT = /^(?:(?!attention_|self_|cross_)\w+_output|output_\w+)$/;

/** T5's norms stand in boxes of their own; BERT and ViT spread attention over two modules. */
function bertNames({ names }: LayerTensor): Role | undefined {
  const last = names[names.length - 1];
  const box = names[0] as string;
  if (last === "LayerNorm") return ATTENTION_BOXES.has(box) ? "norm.post_attn" : "norm.post_ffn";
  if (box === "crossattention" || box === "attention") return undefined;
  if (box === "intermediate") return "mlp.up";
  return box === "output" ? "mlp.down" : undefined;
}

function indexer({ names }: LayerTensor): Role | undefined {
  return names.some((name) => name === "indexer" || name.startsWith("index_")) ? "attn.indexer" : undefined;
}

function compressor({ names }: LayerTensor): Role | undefined {
  return names.includes("compressor") ? "attn.compressor" : undefined;
}

function linearAttention(tensor: LayerTensor, neighbours: Neighbours): Role | undefined {
  const { names, rest } = tensor;
  const box = names.findIndex((name) => LINEAR_BOXES.has(name));
  if (box < 0) return undefined;
  if (names[box] !== "linear_attn") {
    const below = neighbours.below((rest[box] as Segment).node);
    // A gated norm behind fused projections is Ring's lightning attention; RWKV-7 has such a norm, but no such projection.
    const isRing = below.has("g_norm") && below.has("query_key_value");
    if (!isRing && !LINEAR_MARKS.some((mark) => below.has(mark))) return undefined;
  }
  return LINEAR_ATTENTION_LEAVES.get(leafOf(tensor));
}

function rwkv({ names, rest, layerNode }: LayerTensor, neighbours: Neighbours): Role | undefined {
  const box = names[0] as string;
  const isTime = box === "attention" || box === "att" || box === "attn";
  const isChannel = box === "feed_forward" || box === "ffn";
  if (!isTime && !isChannel) return undefined;
  const below = neighbours.below((rest[0] as Segment).node);
  if (isTime) return RWKV_MARKS.some((mark) => below.has(mark)) ? "rwkv.time_mix" : undefined;
  if (!below.has("key") || !below.has("value")) return undefined;
  const layer = neighbours.below(layerNode);
  return layer.has("attention") || layer.has("att") || layer.has("attn") ? "rwkv.channel_mix" : undefined;
}

/** `mixer` is one name for four kinds of blocks: its leaves tell which. */
function stateSpace(tensor: LayerTensor, neighbours: Neighbours): Role | undefined {
  const { names, rest } = tensor;
  const at = names.findIndex((name) => name === "mamba" || name === "mixer" || name === "ssm");
  if (at < 0) return undefined;
  const leaf = leafOf(tensor);
  if (names[at] !== "mixer") return SSM_LEAVES.get(leaf);
  const below = neighbours.below((rest[at] as Segment).node);
  if (below.has("A_log") || below.has("conv1d")) return SSM_LEAVES.get(leaf);
  return below.has("q_proj") || below.has("qkv_proj") || below.has("Wqkv")
    ? ATTENTION_LEAVES.get(leaf)
    : MLP_LEAVES.get(leaf);
}

function recurrent(tensor: LayerTensor): Role | undefined {
  const { names } = tensor;
  if (!names.includes("temporal_block")) return undefined;
  if (names.includes("rg_lru")) return "rec.gate";
  return RECURRENT_LEAVES.get(leafOf(tensor)) ?? ATTENTION_LEAVES.get(leafOf(tensor));
}

/** `conv` is a convolution of audio and image models too: only LFM2's has projections around it. */
function shortConvolution(tensor: LayerTensor, neighbours: Neighbours): Role | undefined {
  const { names, rest } = tensor;
  if (names[0] !== "conv" || !neighbours.below((rest[0] as Segment).node).has("in_proj")) return undefined;
  return SHORT_CONVOLUTION_LEAVES.get(leafOf(tensor));
}

function crossAttention(tensor: LayerTensor): Role | undefined {
  if (!tensor.names.some((name) => CROSS_BOXES.has(name))) return undefined;
  const role = ATTENTION_LEAVES.get(leafOf(tensor));
  return role === undefined ? undefined : toCross(role);
}

const CROSS_ROLES: Partial<Record<Role, Role>> = {
  "attn.q": "xattn.q",
  "attn.k": "xattn.k",
  "attn.v": "xattn.v",
  "attn.o": "xattn.o",
  "attn.qkv": "xattn.qkv",
  "attn.kv": "xattn.kv",
  "attn.gate": "xattn.gate",
  "attn.qk_norm": "xattn.qk_norm",
};

function toCross(role: Role): Role {
  return CROSS_ROLES[role] ?? "xattn.kv";
}

function attention(tensor: LayerTensor, neighbours: Neighbours): Role | undefined {
  const { names } = tensor;
  if (!names.some((name) => ATTENTION_BOXES.has(name))) return undefined;
  const leaf = leafOf(tensor);
  if (names.includes("rel_logits_proj")) return "attn.rel_bias";
  if (leaf === "q_proj" || leaf === "wq") return queryOf(tensor, leaf, neighbours);
  // A norm inside the box stands between its projections (`inner_attn_ln`), whatever it is called.
  if (/conv/.test(leaf)) return undefined;
  return (
    ATTENTION_LEAVES.get(leaf) ?? ATTENTION_LEAVES.get(perHeadList(names) ?? names[names.length - 2] ?? "")
  );
}

/** Step-3 takes queries through a rank: `q_proj` goes down to it and `wq` up again. Elsewhere there is one of them. */
function queryOf({ rest }: LayerTensor, leaf: "q_proj" | "wq", neighbours: Neighbours): Role {
  const beside = neighbours.beside((rest[rest.length - 1] as Segment).node);
  if (!beside.has("q_proj") || !beside.has("wq")) return "attn.q";
  return leaf === "q_proj" ? "attn.q_a" : "attn.q_b";
}

/** StableLM keeps a norm for each head: `q_layernorm.norms.7`. */
function perHeadList(names: readonly string[]): string | undefined {
  return names[names.length - 1] === "#" && names[names.length - 2] === "norms"
    ? names[names.length - 3]
    : undefined;
}

/** Attention or feed-forward projections that stand in the layer without a box (OPT, Molmo, Whisper, Flux). */
function bareLeaves({ names }: LayerTensor): Role | undefined {
  if (names.length !== 1) return undefined;
  const leaf = names[0] as string;
  if (leaf === "proj_mlp") return "mlp.up";
  if (leaf === "att_proj" || leaf === "attn_out" || leaf === "Wqkv") return ATTENTION_LEAVES.get(leaf);
  return MLP_LEAVES.get(leaf) ?? ATTENTION_LEAVES.get(leaf);
}
