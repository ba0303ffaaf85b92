import {
  ATTENTION_BOXES,
  ATTENTION_LEAVES,
  CROSS_BOXES,
  EXPERT_BOXES,
  LAYER_SINGLES,
  LINEAR_ATTENTION_LEAVES,
  LINEAR_MARKS,
  MLP_BOXES,
  MLP_LEAVES,
  MTP_NAMES,
  RECURRENT_LEAVES,
  ROUTER_BIASES,
  ROUTER_PARENTS,
  RWKV_MARKS,
  SHARED_EXPERT_BOXES,
  SSM_LEAVES,
} from "./leaf-tables.ts";
import type { Neighbours, Segment } from "./name-path.ts";
import type { Part, Role, Scope } from "./roles.ts";

/** A tensor inside a layer, as the rules below look at it. */
export interface LayerTensor {
  readonly scope: Scope;
  readonly part: Part;
  readonly shape: readonly number[];
  /** Segments of its module after the layer number, wrappers dropped. */
  readonly rest: readonly Segment[];
  /** Their names, numbers as "#". */
  readonly names: readonly string[];
  /** The module of the layer itself. */
  readonly layerNode: number;
  readonly hasExperts: boolean;
}

type Rule = (tensor: LayerTensor, neighbours: Neighbours) => Role | undefined;

/** First match wins; each rule stands before those that would misread its names. */
const RULES: readonly Rule[] = [
  mtpPieces,
  inlineAdapters,
  sideBlocks,
  singles,
  bertNames,
  indexer,
  compressor,
  routerBias,
  sharedExperts,
  experts,
  moeExtras,
  stackedExperts,
  router,
  linearAttention,
  rwkv,
  stateSpace,
  recurrent,
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

function leafOf({ names }: LayerTensor): string {
  // `to_out.0` and `ff.net.2` end in the number of a place in a sequence.
  const last = names[names.length - 1] as string;
  return last === "#" && names.length > 1 ? (names[names.length - 2] as string) : last;
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

function routerBias(tensor: LayerTensor, neighbours: Neighbours): Role | undefined {
  const { names, part, rest } = tensor;
  if (names.some((name) => ROUTER_BIASES.has(name))) return "moe.router_bias";
  const isGate = names[names.length - 1] === "gate" && ROUTER_PARENTS.has(names[names.length - 2] ?? "");
  if (!isGate || part !== "bias") return undefined;
  // A bias of a router named `gate` corrects its scores (DeepSeek-V4) where experts stand beside it.
  return neighbours.beside((rest[rest.length - 1] as Segment).node).has("experts")
    ? "moe.router_bias"
    : undefined;
}

function sharedExperts(tensor: LayerTensor): Role | undefined {
  const { names, hasExperts } = tensor;
  const isShared = names.some(
    (name) => SHARED_EXPERT_BOXES.has(name) || (name === "shared_mlp" && hasExperts),
  );
  if (!isShared) return undefined;
  return withPrefix("shared_expert", mlpLeaf(tensor));
}

function experts(tensor: LayerTensor): Role | undefined {
  if (!tensor.names.some((name) => EXPERT_BOXES.has(name))) return undefined;
  return withPrefix("expert", mlpLeaf(tensor));
}

function moeExtras({ names }: LayerTensor): Role | undefined {
  const last = names[names.length - 1];
  if (last === "shared_expert_gate") return "moe.shared_gate";
  return last === "fc1_latent_proj" || last === "fc2_latent_proj" ? "moe.latent" : undefined;
}

/** Experts as one 3-D tensor: Granite's Linear names, or `gate_proj` straight below `moe`. */
function stackedExperts(tensor: LayerTensor): Role | undefined {
  const { names, shape } = tensor;
  const parent = names[names.length - 2];
  if (parent !== "block_sparse_moe" && parent !== "moe") return undefined;
  return shape.length === 3 ? withPrefix("expert", mlpLeaf(tensor)) : undefined;
}

function router({ names, rest }: LayerTensor, neighbours: Neighbours): Role | undefined {
  const last = names[names.length - 1];
  // `router_norm` and `modality_router` of AltUp have been taken before.
  if (names.includes("router")) return "moe.router";
  if (last === "wg" && names.includes("gate")) return "moe.router";
  if (last !== "gate" || !ROUTER_PARENTS.has(names[names.length - 2] ?? "")) return undefined;
  // A gate beside `up` and `down` is a feed-forward gate of an unusual spelling.
  return neighbours.beside((rest[rest.length - 1] as Segment).node).has("up") ? undefined : "moe.router";
}

function linearAttention(tensor: LayerTensor, neighbours: Neighbours): Role | undefined {
  const { names, rest } = tensor;
  const box = names.findIndex((name) => name === "linear_attn" || name === "self_attn" || name === "attn");
  if (box < 0) return undefined;
  if (names[box] !== "linear_attn") {
    const below = neighbours.below((rest[box] as Segment).node);
    if (!LINEAR_MARKS.some((mark) => below.has(mark))) return undefined;
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

function attention(tensor: LayerTensor): Role | undefined {
  const { names } = tensor;
  if (!names.some((name) => ATTENTION_BOXES.has(name))) return undefined;
  // A norm inside the box stands between its projections (`inner_attn_ln`), whatever it is called.
  return ATTENTION_LEAVES.get(leafOf(tensor)) ?? ATTENTION_LEAVES.get(names[names.length - 2] ?? "");
}

/** Qwen 1 calls its up projection w1 and its gate w2: the third is not w3 but c_proj. */
function qwen1Mlp({ names, rest }: LayerTensor, neighbours: Neighbours): Role | undefined {
  const last = names[names.length - 1];
  if (last !== "w1" && last !== "w2") return undefined;
  if (!neighbours.beside((rest[rest.length - 1] as Segment).node).has("c_proj")) return undefined;
  return last === "w1" ? "mlp.up" : "mlp.gate";
}

function mlp(tensor: LayerTensor): Role | undefined {
  if (
    !tensor.names.some((name) => MLP_BOXES.has(name) || name === "block_sparse_moe" || name === "shared_mlp")
  )
    return undefined;
  // Slopes and offsets of an activation that learns (xIELU).
  return tensor.names.includes("act_fn") ? "mlp.act" : mlpLeaf(tensor);
}

/** Attention or feed-forward projections that stand in the layer without a box (OPT, Molmo, Whisper, Flux). */
function bareLeaves({ names }: LayerTensor): Role | undefined {
  if (names.length !== 1) return undefined;
  const leaf = names[0] as string;
  if (leaf === "proj_mlp") return "mlp.up";
  if (leaf === "att_proj" || leaf === "attn_out" || leaf === "Wqkv") return ATTENTION_LEAVES.get(leaf);
  return MLP_LEAVES.get(leaf) ?? ATTENTION_LEAVES.get(leaf);
}

function mlpLeaf({ names }: LayerTensor): Role | undefined {
  for (let at = names.length - 1; at >= 0; at--) {
    const name = names[at] as string;
    if (name === "#" || name === "proj" || name === "layer" || name === "linear") continue;
    // Diffusers: `ff.net.0.proj` goes up, `ff.net.2` down.
    if (name === "net") return names[names.length - 1] === "proj" ? "mlp.up" : "mlp.down";
    const role = MLP_LEAVES.get(name);
    if (role !== undefined) return role;
    if (name === "gate") return "mlp.gate";
    return name === "up" ? "mlp.up" : name === "down" ? "mlp.down" : undefined;
  }
  return undefined;
}

function withPrefix(prefix: "expert" | "shared_expert", role: Role | undefined): Role | undefined {
  return role?.startsWith("mlp.") ? (`${prefix}.${role.slice(4)}` as Role) : undefined;
}
