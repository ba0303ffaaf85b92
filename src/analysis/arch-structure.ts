import type { Scope } from "../architecture/roles.ts";
import type { Box, Context } from "./arch-boxes.ts";
import type { LinearRow } from "./arch-linears.ts";
import type { Step } from "./arch-steps.ts";

/** Layers of one list that are built alike, however they are packed: what a diagram draws once. */
export interface Structure {
  /** Path of the list: `model.layers`. */
  readonly stack: string;
  readonly scope: Scope;
  readonly layers: string;
  readonly count: number;
  readonly mixer: string;
  readonly feedForward: string;
  /** Positions they look back over by the configuration, null for all. */
  readonly window: number | null;
  /** Width of the stream, null is not known. */
  readonly width: number | null;
  /** Logical parameters of one layer, and bytes of all. The nodes' figures add up to them. */
  readonly parametersEach: number;
  readonly bytes: number;
  readonly nodes: readonly StructureNode[];
  readonly edges: readonly StructureEdge[];
}

export interface StructureNode {
  readonly id: string;
  readonly kind: Box["kind"];
  readonly title: string;
  readonly parametersEach: number;
  readonly bytes: number;
  readonly linears: readonly StructureLinear[];
  readonly steps: readonly Step[];
}

/** A linear with what its weight is stored as; several where layers differ. */
export interface StructureLinear extends Omit<LinearRow, "layers"> {
  readonly stored: readonly {
    readonly layers: string;
    readonly scheme: string;
    readonly dtype: string;
    readonly bits: number | null;
  }[];
}

/** `in` and `out` are the ends of the layer's stream. */
export interface StructureEdge {
  readonly from: string;
  readonly to: string;
  /** Whether it is the stream that runs past the boxes. */
  readonly isResidual: boolean;
}

/** A structure in the making: layers whose boxes are alike. */
export interface StructureDraft {
  readonly context: Context;
  readonly members: number[];
  nodes: readonly StructureNode[];
}
