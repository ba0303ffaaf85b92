import { linearShape } from "../architecture/linear-shape.ts";
import type { Model } from "../architecture/model.ts";
import { compareRoles, type Role } from "../architecture/roles.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import { formatIndexRanges } from "../format/ranges.ts";

/** A linear of a kind of layer, as the model computes with it. */
export interface LinearRow {
  /** Layers that have it, `0-61`. */
  readonly layers: string;
  /** Its name inside the layer, experts' numbers folded: `block_sparse_moe.experts.*.w1`. */
  readonly module: string;
  readonly role: Role;
  readonly in: number;
  readonly out: number;
  /** How many of them a layer holds: one, or one an expert. */
  readonly perLayer: number;
}

/** Kinds of layers whose linears are listed; damaged checkpoints may have hundreds. */
const MAX_KINDS = 24;

/** Linears of the main layers; those that kinds of layers have in common are listed once. */
export function listLinears(model: Model): LinearRow[] {
  const rows = new Map<string, Omit<LinearRow, "layers"> & { readonly members: number[] }>();
  for (const layer of model.layers.slice(0, MAX_KINDS)) {
    for (const tensorRole of layer.group.tensorRoles.toSorted((a, b) => compareRoles(a.role, b.role))) {
      const linear = readLinear(tensorRole, model, layer.feedForward.moe?.experts.value ?? null);
      if (linear === undefined) continue;
      const key = JSON.stringify(linear);
      const known = rows.get(key);
      if (known === undefined) rows.set(key, { ...linear, members: [...layer.members] });
      else known.members.push(...layer.members);
    }
  }
  return Array.from(rows.values(), ({ members, ...linear }) => ({
    layers: formatIndexRanges(members.sort((a, b) => a - b)),
    ...linear,
  })).sort((a, b) => compareRoles(a.role, b.role));
}

/** A place as a linear of one layer; undefined for what is none. `experts` of the layer may lie in one matrix. */
export function readLinear(
  tensorRole: TensorRole,
  { weights, hidden }: Model,
  experts: number | null,
): Omit<LinearRow, "layers"> | undefined {
  if (!isLinear(tensorRole)) return undefined;
  const shape = linearShape(tensorRole, weights, hidden);
  if (shape === undefined) return undefined;
  if (
    tensorRole.bucket === "experts" &&
    tensorRole.experts === null &&
    tensorRole.shape.length === 2 &&
    experts
  ) {
    // DBRX: the rows of all experts one after another, what goes down as columns.
    const width = shape.rows / experts;
    const [from, to] = tensorRole.role === "expert.down" ? [width, shape.columns] : [shape.columns, width];
    return { module: moduleName(tensorRole), role: tensorRole.role, in: from, out: to, perLayer: experts };
  }
  // A kernel of two sides and more is no stack of matrices, whatever it does.
  const isKernel = tensorRole.shape.length > 3 && tensorRole.bucket !== "experts";
  if (tensorRole.bucket === "convolution" || isKernel) {
    const [out, channels] = tensorRole.shape as [number, number];
    const perLayer = tensorRole.count / (tensorRole.layers?.length ?? 1);
    return { module: moduleName(tensorRole), role: tensorRole.role, in: channels, out, perLayer };
  }
  const stacked = tensorRole.shape.length >= 3 && tensorRole.experts === null;
  const count = stacked ? (tensorRole.shape[0] as number) : 1;
  const { rows, columns } = stacked ? orient(tensorRole, shape, hidden) : shape;
  const perLayer = (count * tensorRole.count) / (tensorRole.layers?.length ?? 1);
  return { module: moduleName(tensorRole), role: tensorRole.role, in: columns, out: rows, perLayer };
}

const CONVOLUTIONS: ReadonlySet<Role> = new Set(["lin.conv", "ssm.conv", "rec.conv", "ssm.a"]);

function isLinear(tensorRole: TensorRole): boolean {
  if (tensorRole.part !== "weight" && tensorRole.part !== "packed") return false;
  // RWKV mixes by vectors and by small matrices that are parameters of their own, beside its linears.
  if (
    tensorRole.bucket === "rwkv" &&
    (tensorRole.segments.at(-1) !== "weight" || tensorRole.shape.length !== 2)
  )
    return false;
  return tensorRole.shape.length >= 2 && !CONVOLUTIONS.has(tensorRole.role) && tensorRole.bucket !== "norms";
}

/** Stacked experts come either way round: what reads the stream has the model's width as its input. */
function orient(tensorRole: TensorRole, shape: { rows: number; columns: number }, hidden: number | null) {
  const readsStream = tensorRole.role !== "expert.down";
  const wrongWay = readsStream
    ? shape.columns !== hidden && shape.rows === hidden
    : shape.rows !== hidden && shape.columns === hidden;
  return wrongWay ? { rows: shape.columns, columns: shape.rows } : shape;
}

function moduleName(tensorRole: TensorRole): string {
  return tensorRole.inner.map((name) => (name === "#" ? "*" : name)).join(".");
}
