import type { Scope } from "../architecture/roles.ts";
import type { StoredShare } from "./arch-stored.ts";

/** A part of a model as a diagram has it: one box around or between the lists of layers. */
export interface ModelNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly scope: Scope;
  /** Paths of the modules that it is made of. */
  readonly modules: readonly string[];
  /** Layers of its list, null for a part without one. */
  readonly layers: number | null;
  /** Rows of a table, channels, or the width that comes in and goes out; null where no shape tells. */
  readonly in: number | null;
  readonly out: number | null;
  readonly parameters: number;
  readonly bytes: number;
  readonly stored: readonly StoredShare[];
  /** A head that is the embedding's table once more: it holds nothing of its own. */
  readonly isTied: boolean;
}

/**
 * `input`, `output`: what diffusion models and encoders of pictures read and write with. `condition`: time, text and
 * classes that all layers are given. `other`: what no rule puts in a place.
 */
export type NodeKind =
  | "embedding"
  | "input"
  | "condition"
  | "tower"
  | "projector"
  | "layers"
  | "norm"
  | "mtp"
  | "head"
  | "output"
  | "other";
