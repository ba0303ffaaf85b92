import type { Role } from "../../architecture/roles.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import type { Ask } from "../ask.ts";
import { VOCABULARY_STEP } from "../stages/split.ts";

/** What one GPU holds of a tensor. */
export interface Share {
  /** Part of the bytes on a GPU of a stage. */
  readonly on: (rank: number) => number;
  /** What is copied to all GPUs, where it is told apart. */
  readonly replicates: "kv" | "mla" | "norms" | "embedding" | null;
  /** Of that, the part of the bytes on a GPU beyond an even share of what is loaded. */
  readonly beyond: number;
  readonly isUnsure: boolean;
}

const NONE: Share = { on: () => 0, replicates: null, beyond: 0, isUnsure: false };

/** Projections whose outputs are cut, and those whose inputs are. */
const COLUMNS: ReadonlySet<Role> = new Set<Role>([
  "attn.q",
  "attn.q_b",
  "attn.kv_b",
  "attn.gate",
  "xattn.q",
  "xattn.qkv",
  "xattn.kv",
  "lin.in",
  "lin.gate",
  "ssm.in",
  "rec.in",
  "mlp.gate",
  "mlp.up",
  "mlp.gate_up",
  "shared_expert.gate",
  "shared_expert.up",
  "shared_expert.gate_up",
  "expert.gate",
  "expert.up",
  "expert.gate_up",
]);
const ROWS: ReadonlySet<Role> = new Set<Role>([
  "attn.o",
  "xattn.o",
  "lin.out",
  "ssm.out",
  "ssm.x",
  "rec.out",
  "mlp.down",
  "shared_expert.down",
  "expert.down",
]);
/** Vectors and filters that have an entry for each channel or head. */
const BY_HEAD: ReadonlySet<Role> = new Set<Role>([
  "lin.conv",
  "rec.conv",
  "lin.decay",
  "ssm.conv",
  "ssm.dt",
  "ssm.a",
  "ssm.d",
  "ssm.norm",
  "attn.sink",
]);

/** Norms of a state space over its steps and states (Jamba), which every GPU computes whole. */
const OF_STEP = /^(?:dt|b|c)_(?:layer)?norm$/i;

/** The share of one tensor. What no rule knows is copied whole, and told as unsure where it is large. */
export function shareOf(ask: Ask, tensorRole: TensorRole, weight: Weight | undefined): Share {
  const { tp } = ask.plan;
  const { role, part, scope, bucket } = tensorRole;
  // Prediction layers are left out unless speculation is on; rotary tables and masks are computed.
  if (scope === "mtp" || bucket === "buffers" || part === "group_index") return NONE;
  if (role === "head.lm" && ask.claims.flag("tie_word_embeddings")?.value === true) return NONE;
  const cast = castOf(ask, tensorRole, weight);
  const evenly = cast / Math.max(tp, ask.plan.ep);
  if (role === "embed.token" || role === "head.lm") {
    const rows = tensorRole.shape[0] ?? 1;
    const share = part === "bias" || tensorRole.shape.length < 2 ? 1 / tp : vocabularyShare(rows, tp);
    return copied("embedding", share * cast, evenly);
  }
  if (bucket === "norms" || /norm$/.test(role)) {
    const share = BY_HEAD.has(role) && !OF_STEP.test(tensorRole.leaf) ? 1 / tp : 1;
    return copied("norms", share * cast, evenly);
  }
  if (role === "attn.q_a" || role === "attn.kv_a") return copied("mla", cast, evenly);
  if (role.startsWith("expert.")) return expertShare(ask, tensorRole, weight, cast);
  const slices = slicesOf(ask, tensorRole);
  if (slices === null) return { on: () => cast, replicates: null, beyond: 0, isUnsure: isLarge(tensorRole) };
  const share = (groupedShare(ask, tensorRole) ?? cutBy(tensorRole, weight, ROWS.has(role), slices)) * cast;
  const isKv = role === "attn.k" || role === "attn.v";
  const extra = role === "attn.kv_b" ? absorbed(ask, tensorRole, weight) : 0;
  if (isKv) return copied("kv", share, evenly);
  return { on: () => share + extra, replicates: null, beyond: 0, isUnsure: false };
}

/** A tensor of which every GPU has the same part, more than an even one where it is copied. */
function copied(replicates: NonNullable<Share["replicates"]>, part: number, evenly: number): Share {
  return { on: () => part, replicates, beyond: part - evenly, isUnsure: false };
}

/** Matrices of a role that no rule cuts are told as unsure; vectors weigh nothing. */
function isLarge({ shape, role }: TensorRole): boolean {
  return shape.length >= 2 && !WHOLE.has(role);
}

/** Matrices that every GPU holds whole, as the engines build them. */
const WHOLE: ReadonlySet<Role> = new Set<Role>([
  "moe.router",
  "moe.shared_gate",
  "attn.indexer",
  "embed.patch",
  "embed.position",
]);

/** Into how many a tensor is cut; null for what every GPU holds whole. */
function slicesOf(ask: Ask, tensorRole: TensorRole): number | null {
  const { tp } = ask.plan;
  const { role, scope } = tensorRole;
  // The key/value heads that the configuration counts are the text model's; towers have as many as heads.
  const isTower = scope === "vision" || scope === "audio" || scope === "projector";
  if (!isTower && KEY_VALUE.has(role)) {
    const kvHeads = ask.claims.integer("kvHeads")?.value ?? ask.claims.integer("heads")?.value ?? tp;
    return Math.min(tp, Math.max(1, kvHeads));
  }
  if (role === "attn.qkv") return isTower ? tp : fusedSlices(ask);
  if (role === "projector") return isWholeInProjector(tensorRole) ? null : tp;
  const isCut = COLUMNS.has(role) || ROWS.has(role) || BY_HEAD.has(role) || KEY_VALUE.has(role);
  return isCut ? tp : null;
}

const KEY_VALUE: ReadonlySet<Role> = new Set<Role>(["attn.k", "attn.v", "xattn.k", "xattn.v"]);

/** Norms of a projector, and the bias of its second matrix, whose inputs are cut. */
function isWholeInProjector({ shape, part, segments }: TensorRole): boolean {
  if (shape.length > 1) return false;
  const module = segments.at(-2);
  return part !== "bias" || (typeof module === "string" && /(?:^|_|fc)2$/.test(module));
}

/**
 * Mamba-2 cuts channels and heads. Groups that do not divide are copied, with their part of the projection and of the
 * filter; null where that is not so.
 */
function groupedShare(ask: Ask, { role, shape }: TensorRole): number | null {
  const { tp } = ask.plan;
  const groups = ask.claims.integer("ssmGroups")?.value ?? 1;
  if ((role !== "ssm.in" && role !== "ssm.conv") || groups % tp === 0) return null;
  const mixer = ask.model.layers
    .flatMap(({ mixers }) => mixers)
    .find((each) => each.type === "ssm" && each.kind === "Mamba-2");
  const [rows] = shape;
  if (mixer?.type !== "ssm" || mixer.stateSize === null || rows === undefined) return null;
  const copied = 2 * groups * mixer.stateSize;
  // A GPU has one group at the least, of B and of C.
  const own = 2 * Math.max(1, groups / tp) * mixer.stateSize;
  return rows <= copied ? null : ((rows - copied) / tp + own) / rows;
}

/** Of q, k and v in one: queries are cut, keys and values of few heads are copied. The mean is no whole number. */
function fusedSlices(ask: Ask): number {
  const { tp } = ask.plan;
  const heads = ask.claims.integer("heads")?.value;
  const kvHeads = ask.claims.integer("kvHeads")?.value ?? heads;
  if (heads === undefined || kvHeads === undefined || kvHeads >= tp) return tp;
  if (heads < 1 || kvHeads < 1) return tp; // no number of heads: nothing is told by it
  const whole = heads + 2 * kvHeads;
  return whole / (heads / tp + 2);
}

/** Scales, zero points and biases go with the side of the weight that they are along. */
function cutBy(
  { part, elementsEach }: TensorRole,
  weight: Weight | undefined,
  isRow: boolean,
  slices: number,
): number {
  if (part === "weight" || part === "packed") return 1 / slices;
  if (elementsEach <= 1 || part === "act_scale" || part === "shape") return 1;
  if (!isRow) return 1 / slices;
  // Along inputs there are groups and blocks; a bias, or a scale for each output, is needed by every GPU.
  if (part === "bias") return 1;
  const isGrouped = weight?.granularity === "group" || weight?.granularity === "block";
  return isGrouped ? 1 / slices : 1;
}

function expertShare(ask: Ask, tensorRole: TensorRole, weight: Weight | undefined, cast: number): Share {
  const { tp, ep } = ask.plan;
  if (ep === 1) {
    const share = cutBy(tensorRole, weight, ROWS.has(tensorRole.role), tp) * cast;
    return { on: () => share, replicates: null, beyond: 0, isUnsure: false };
  }
  // The remainder goes to the first GPUs.
  const experts = tensorRole.experts?.length ?? tensorRole.shape[0] ?? ep;
  const on = (rank: number) => (Math.floor(experts / ep) + (rank < experts % ep ? 1 : 0)) / experts;
  return { on: (rank) => on(rank) * cast, replicates: null, beyond: 0, isUnsure: false };
}

/** What is stored in 32 bits and computed in 16 is kept in 16. */
function castOf(ask: Ask, { kind, role, part }: TensorRole, weight: Weight | undefined): number {
  const row = ask.component.kinds.tensorRow(kind);
  if (part !== "weight" || (weight !== undefined && weight.scheme !== "none") || row === undefined) return 1;
  const isKept =
    role.startsWith("moe.router") || role === "ssm.a" || role === "lin.decay" || role === "ssm.d";
  const stored = ask.component.table.dtype(row);
  return stored === "F32" && !isKept && ask.plan.dtype !== "float32" ? 0.5 : 1;
}

/** kv_b is kept a second time for the absorbed products, in the 16 bits that the model computes in. */
function absorbed({ plan, isServing }: Ask, tensorRole: TensorRole, weight: Weight | undefined): number {
  const isPayload = tensorRole.part === "weight" || tensorRole.part === "packed";
  if (!isServing || !isPayload || weight === undefined || tensorRole.bytesEach === 0) return 0;
  return (tensorRole.parametersEach * 2) / tensorRole.bytesEach / plan.tp;
}

/** Rows of a vocabulary that one GPU holds, over all rows. */
function vocabularyShare(rows: number, tp: number): number {
  if (rows === 0) return 1; // a table without rows has no bytes to share
  const step = VOCABULARY_STEP;
  const padded = Math.ceil(rows / step) * step;
  return Math.ceil(padded / tp) / rows;
}
