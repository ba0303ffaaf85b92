import type { Neighbours, Segment } from "./name-path.ts";
import type { ModulePart, Role, Scope } from "./roles.ts";

/** A tensor inside a layer, as the rules look at it. */
export interface LayerTensor {
  readonly scope: Scope;
  readonly part: ModulePart;
  readonly shape: readonly number[];
  /** Segments of its module after the layer number, wrappers dropped. */
  readonly rest: readonly Segment[];
  /** Their names, numbers as "#". */
  readonly names: readonly string[];
  /** The module of the layer itself. */
  readonly layerNode: number;
  readonly hasExperts: boolean;
}

/** A rule tells the role of the tensors that it knows; the first of them that does wins. */
export type Rule = (tensor: LayerTensor, neighbours: Neighbours) => Role | undefined;

/** Last name of its module. */
export function leafOf({ names }: LayerTensor): string {
  // `to_out.0` and `ff.net.2` end in the number of a place in a sequence.
  const last = names[names.length - 1] as string;
  return last === "#" && names.length > 1 ? (names[names.length - 2] as string) : last;
}
