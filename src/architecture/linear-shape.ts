import type { StoredWeights } from "./stored-weights.ts";
import type { TensorRole } from "./tensor-roles.ts";

/** Sides of a linear as the model computes with it. */
export interface LinearShape {
  readonly rows: number;
  readonly columns: number;
}

/** Roles that write to the residual stream; all others with a matrix read from it. */
const WRITING_ROLES: ReadonlySet<TensorRole["role"]> = new Set([
  "attn.o",
  "lin.out",
  "ssm.out",
  "mlp.down",
  "xattn.o",
]);

/** Roles whose matrices some keep head by head, [width, heads, width of a head] (XLNet). */
const BY_HEADS: ReadonlySet<TensorRole["role"]> = new Set(["attn.q", "attn.k", "attn.v", "attn.o"]);

/** The two sides of a linear as they lie; what is before them counts experts. */
export function sidesOf({ role, bucket }: TensorRole, shape: readonly number[]): readonly number[] {
  const [first, second, third] = shape;
  if (shape.length !== 3 || first === undefined || second === undefined || third === undefined)
    return shape.slice(-2);
  // A convolution over single positions is a linear, of which each group of channels reads its own (SqueezeBERT).
  if (third === 1 && bucket !== "experts") return [first, second];
  if (!BY_HEADS.has(role)) return shape.slice(-2);
  return role === "attn.o" ? [first, second * third] : [second * third, first];
}

/**
 * `[out, in]` of a linear. GPT-2's are stored the other way round, which only the model's width tells. A packed weight
 * without a shape has its values counted: one side of it is the model's width, so the other follows.
 */
export function linearShape(
  tensorRole: TensorRole | undefined,
  weights: StoredWeights,
  hidden: number | null,
): LinearShape | undefined {
  if (tensorRole === undefined) return undefined;
  const { shape, parameters } = weights.tensor(tensorRole.node);
  if (shape === null) {
    if (hidden === null || hidden === 0 || parameters % hidden !== 0) return undefined;
    const other = parameters / hidden;
    return WRITING_ROLES.has(tensorRole.role)
      ? { rows: hidden, columns: other }
      : { rows: other, columns: hidden };
  }
  const [rows, columns] = sidesOf(tensorRole, shape);
  if (rows === undefined || columns === undefined) return undefined;
  const isTransposed = hidden !== null && tensorRole.leaf === "c_attn" && rows === hidden && columns > rows;
  return isTransposed ? { rows: columns, columns: rows } : { rows, columns };
}
