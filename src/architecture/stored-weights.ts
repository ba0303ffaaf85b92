import type { Component } from "../checkpoint/checkpoint.ts";
import { METADATA_PARTS, type Part } from "./roles.ts";

/** How stored tensors turn into parameters: the one place where architecture asks about packing. */
export interface StoredWeights {
  /** Whether the tensor only helps to rebuild others: scales, zero points, recorded shapes. */
  isMetadata(node: number, part: Part): boolean;
  /** Logical parameters of the tensor at a node. */
  parameters(node: number, part: Part): number;
  /** Rows and columns of a linear as the model has them, `[out, in]` with any leading dimension of experts. */
  shape(node: number): readonly number[];
}

/** Weights as they are stored: what an unpacked checkpoint has. */
export function plainWeights(component: Component): StoredWeights {
  const { kinds, table } = component;
  return {
    isMetadata: (_, part) => METADATA_PARTS.has(part),
    parameters: (node) => kinds.elements(kinds.kindOf(node)),
    shape: (node) => table.shape(table.rowAt(node)),
  };
}
