import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import { formatShape } from "../format/shape.ts";

/** How one module differs from its siblings, at one place below it. */
export interface Difference {
  readonly state: "lacks" | "adds" | "differs";
  /** Path below the modules compared; empty for the modules themselves. */
  readonly path: string;
  /** Tensors below that place. */
  readonly tensors: number;
  /** `F8_E4M3 [1536, 3072]` of the usual sibling and of the deviant, where both are tensors. */
  readonly usual: string | null;
  readonly found: string | null;
}

/**
 * What `deviant` lacks, adds or holds otherwise, compared with `usual`; both are kinds. Whole missing modules are one
 * difference. Stops after `most` and returns one more than that when there are more.
 */
export function compareKinds(kinds: ModuleKinds, usual: number, deviant: number, most: number): Difference[] {
  const found: Difference[] = [];
  walk(kinds, usual, deviant, "", found, most);
  return found;
}

function walk(
  kinds: ModuleKinds,
  usual: number,
  deviant: number,
  path: string,
  found: Difference[],
  most: number,
): void {
  if (usual === deviant || found.length > most) return;
  const own = describeTensor(kinds, usual);
  const other = describeTensor(kinds, deviant);
  if (own !== other) {
    const state = other === null ? "lacks" : own === null ? "adds" : "differs";
    found.push({ state, path, tensors: 1, usual: own, found: other });
  }
  const before = childrenOf(kinds, usual);
  const after = childrenOf(kinds, deviant);
  for (const [name, kind] of before) {
    const counterpart = after.get(name);
    const below = path === "" ? name : `${path}.${name}`;
    if (counterpart !== undefined) walk(kinds, kind, counterpart, below, found, most);
    else
      found.push({
        state: "lacks",
        path: below,
        tensors: kinds.tensors(kind),
        usual: describeTensor(kinds, kind),
        found: null,
      });
  }
  for (const [name, kind] of after) {
    if (before.has(name)) continue;
    const below = path === "" ? name : `${path}.${name}`;
    found.push({
      state: "adds",
      path: below,
      tensors: kinds.tensors(kind),
      usual: null,
      found: describeTensor(kinds, kind),
    });
  }
}

function childrenOf(kinds: ModuleKinds, kind: number): Map<string, number> {
  const children = new Map<string, number>();
  for (let k = 0; k < kinds.childCount(kind); k++)
    children.set(kinds.childName(kind, k), kinds.childKind(kind, k));
  return children;
}

function describeTensor(kinds: ModuleKinds, kind: number): string | null {
  const row = kinds.tensorRow(kind);
  return row === undefined ? null : `${kinds.table.dtype(row)} ${formatShape(kinds.table.shape(row))}`;
}

/** `lacks experts.7.w1.weight_scale_inv` */
export function formatDifference({ state, path, tensors, usual, found }: Difference): string {
  const place = path === "" ? "itself" : path;
  switch (state) {
    case "lacks":
      return `lacks ${place}${tensors > 1 ? ` (${tensors} tensors)` : ""}`;
    case "adds":
      return `adds ${place}${tensors > 1 ? ` (${tensors} tensors)` : ""}`;
    case "differs":
      return `${place} is ${found} instead of ${usual}`;
  }
}
