import type { Dtype } from "../safetensors/dtype.ts";

/** What reading a weight can see of its tensors that a reader of the checkpoint should know. */
export type ObservationCode =
  | "MISSING_SCALE"
  | "MISSING_GLOBAL_SCALE"
  | "MISSING_AUXILIARY"
  | "MISSING_ZERO_POINT"
  | "ORPHAN_SCALE"
  | "SCALE_SHAPE_MISMATCH"
  | "ZERO_POINT_SHAPE_MISMATCH"
  | "SCALE_DTYPE_UNEXPECTED"
  | "AMBIGUOUS_BITS"
  | "SHAPE_NOT_IN_HEADER"
  | "RAGGED_BLOCKS"
  | "PER_HEAD_BLOCKS"
  | "PADDED_SCALES"
  | "OLD_PACKING";

type Shape = readonly number[];

/** A way to read a weight whose headers allow several. */
export interface Candidate {
  readonly bits: number;
  readonly group: number;
  readonly logicalShape: readonly number[];
}

/** A dimension that is known, one for each group (of a number of values that it divides), or any further ones. */
export type WantedDim = number | "groups" | "more" | { readonly groupsOf: number };

/** What a tensor should be, by the format of the weight that it belongs to. */
export type Wanted =
  | { readonly is: "scale" }
  | { readonly is: "scale-of"; readonly shape: Shape }
  | { readonly is: "scale-of-values"; readonly group: number }
  | { readonly is: "scale-of-blocks"; readonly dims: Shape }
  | { readonly is: "beside"; readonly suffix: string }
  | { readonly is: "quantized-weight" }
  | { readonly is: "no-internals" }
  | { readonly is: "shape"; readonly anyOf: readonly Shape[] }
  | { readonly is: "dims"; readonly dims: readonly WantedDim[]; readonly groupsOf?: number }
  | { readonly is: "dtype"; readonly anyOf: readonly Dtype[] }
  | { readonly is: "rows-of"; readonly shape: Shape }
  | { readonly is: "divides"; readonly side: "rows" | "columns"; readonly inputs: number }
  | { readonly is: "divisor"; readonly shape: Shape }
  | { readonly is: "multiple"; readonly of: number }
  | { readonly is: "block-scales"; readonly values: number }
  | { readonly is: "one-reading" }
  | { readonly is: "stated-shape" };

/** What is stored in its place. */
export type Stored =
  | { readonly is: "none" }
  | { readonly is: "shape"; readonly shape: Shape }
  | { readonly is: "dtype"; readonly dtype: Dtype }
  | { readonly is: "left-in" }
  | { readonly is: "cut"; readonly dims: Shape; readonly block: Shape }
  | { readonly is: "slices"; readonly shape: Shape; readonly slices: number }
  | { readonly is: "readings"; readonly candidates: readonly Candidate[] }
  | { readonly is: "values"; readonly shape: Shape; readonly values: number }
  | { readonly is: "packed"; readonly shape: Shape }
  | { readonly is: "tiles"; readonly tiles: number }
  | { readonly is: "unknown-type"; readonly shape: Shape };

/** One thing seen at a weight. `suffix` is the tensor it is about, present or missing. */
export interface Observation {
  readonly code: ObservationCode;
  readonly suffix: string;
  /** Its name, where it lies loose in the module and belongs to no weight there. */
  readonly tensor?: string;
  readonly wanted: Wanted;
  readonly stored: Stored;
}

/** A tensor of the suffix is not there. */
export function missing(code: ObservationCode, suffix: string, wanted: Wanted): Observation {
  return { code, suffix, wanted, stored: { is: "none" } };
}

/** A tensor has a shape that is not the wanted one, or deserves a word. */
export function misshapen(
  suffix: string,
  wanted: Wanted | Shape,
  shape: Shape,
  code: ObservationCode = "SCALE_SHAPE_MISMATCH",
): Observation {
  return { code, suffix, wanted: toWanted(wanted), stored: { is: "shape", shape } };
}

function toWanted(wanted: Wanted | Shape): Wanted {
  return "is" in wanted ? wanted : { is: "shape", anyOf: [wanted] };
}
