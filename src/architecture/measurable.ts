import type { PackingDoubt } from "../quantization/packing-doubt.ts";
import { timeConvolution } from "./convolution.ts";
import { type LinearShape, linearShape, sidesOf } from "./linear-shape.ts";
import type { Role } from "./roles.ts";
import type { StoredWeights } from "./stored-weights.ts";
import type { TensorRole } from "./tensor-roles.ts";

/**
 * Why nothing can be measured on a weight: its packing is not certain, a stack of experts has no dimension of them or
 * numbers them below the projection, or its sides lie otherwise than its role has them.
 */
export type LayoutDoubt = PackingDoubt | "one-matrix" | "numbered-inside" | "turned";

/** Roles that read the residual stream: its width is their columns. */
const READS: ReadonlySet<Role> = new Set<Role>([
  "attn.q",
  "attn.k",
  "attn.v",
  "attn.qkv",
  "lin.in",
  "ssm.in",
  "rec.in",
  "mlp.gate",
  "mlp.up",
  "mlp.gate_up",
  "shared_expert.gate",
  "shared_expert.up",
  "shared_expert.gate_up",
  "embed.token",
  "head.lm",
]);

/** Roles that write to it: its width is their rows. */
const WRITES: ReadonlySet<Role> = new Set<Role>([
  "attn.o",
  "lin.out",
  "ssm.out",
  "rec.out",
  "mlp.down",
  "shared_expert.down",
]);

/** Convolutions over time. */
const CONVOLUTIONS: ReadonlySet<Role> = new Set<Role>(["lin.conv", "ssm.conv", "rec.conv"]);

/** Linears that are [in, out] by design (GPT-2): their readers know. */
const TURNED_BY_DESIGN: ReadonlySet<string> = new Set(["c_attn", "c_fc", "c_proj"]);

/**
 * Whether the layout of a weight is understood, so that widths, heads and experts may be measured on it: null, or why
 * not. Numbers of any other layout are nonsense, and advice that rests on them damages sound files.
 */
export function measurable(
  tensorRole: TensorRole,
  weights: StoredWeights,
  hidden: number | null,
): LayoutDoubt | null {
  if (tensorRole.part !== "weight" && tensorRole.part !== "packed") return null;
  const { doubt, shape, isPacked } = weights.tensor(tensorRole.node);
  if (doubt !== null || shape === null) return doubt;
  if (CONVOLUTIONS.has(tensorRole.role)) return timeConvolution({ shape }) === undefined ? "turned" : null;
  if (isStackedExpert(tensorRole)) return doubtOfStack(tensorRole, shape, isPacked ? hidden : null);
  return isTurned(tensorRole, shape, isPacked, hidden) ? "turned" : null;
}

function isStackedExpert({ bucket, role, experts }: TensorRole): boolean {
  return bucket === "experts" && role.startsWith("expert.") && experts === null;
}

/** Stacks lie as [E, out, in] or [E, in, out]: both are known. Packed along another axis no side is the model's width. */
function doubtOfStack(
  { inner }: TensorRole,
  shape: readonly number[],
  hidden: number | null,
): LayoutDoubt | null {
  if (inner.at(-1) === "#") return "numbered-inside";
  if (shape.length < 3) return "one-matrix";
  return hidden === null || shape.slice(-2).includes(hidden) ? null : "turned";
}

/** The side that faces the stream is not as wide as it, and the other is; packed, neither is enough to doubt. */
function isTurned(
  place: TensorRole,
  shape: readonly number[],
  isPacked: boolean,
  hidden: number | null,
): boolean {
  const { role, leaf } = place;
  const [rows, columns] = sidesOf(place, shape);
  if (hidden === null || columns === undefined || TURNED_BY_DESIGN.has(leaf)) return false;
  if (!READS.has(role) && !WRITES.has(role)) return false;
  const [facing, other] = READS.has(role) ? [columns, rows] : [rows, columns];
  return facing !== hidden && (other === hidden || isPacked);
}

/** `[out, in]` of a linear whose layout is understood. */
export function measuredLinear(
  tensorRole: TensorRole | undefined,
  weights: StoredWeights,
  hidden: number | null,
): LinearShape | undefined {
  if (tensorRole === undefined || measurable(tensorRole, weights, hidden) !== null) return undefined;
  return linearShape(tensorRole, weights, hidden);
}

/** The first doubt about any of these weights. */
export function firstDoubt(
  tensorRoles: readonly TensorRole[],
  weights: StoredWeights,
  hidden: number | null,
): LayoutDoubt | null {
  for (const tensorRole of tensorRoles) {
    const doubt = measurable(tensorRole, weights, hidden);
    if (doubt !== null) return doubt;
  }
  return null;
}
