import type { PlaceSet } from "../../checkpoint/place-set.ts";
import type { Declaration } from "../../quantization/declaration.ts";
import type { Stored, Wanted } from "../../quantization/observation.ts";
import type { SchemeId } from "../../quantization/registry.ts";
import type { Granularity } from "../../quantization/scheme.ts";
import type { Dtype } from "../../safetensors/dtype.ts";

/** About a tensor of weights: `of` is where these are. */
interface OfWeights {
  readonly of: PlaceSet;
}

/** What reading a weight saw: what its format wants of the tensor, and what is stored. */
export interface Observed extends OfWeights {
  readonly suffix: string;
  readonly wanted: Wanted;
  readonly stored: Stored;
}

/** How a projection is stored, as far as those that are run as one have to agree. */
export interface FusedMember {
  readonly leaf: string;
  readonly scheme: SchemeId | "none" | "unknown";
  readonly bits: number | null;
  readonly group: number | null;
  /** Whether it lacks something, or has it in another shape: what hides its scheme, bits and group. */
  readonly isDamaged: boolean;
}

export interface PackingData {
  "scale.missing": Observed;
  "scale.global-missing": Observed;
  "auxiliary.missing": Observed;
  "zero-point.missing": Observed;
  "scale.orphan": Observed;
  "scale.shape": Observed;
  "zero-point.shape": Observed;
  "scale.dtype": Observed;
  "bits.ambiguous": Observed;
  "shape.unstated": Observed;
  "scale.ragged": Observed;
  "scale.per-head": Observed;
  "scale.padded": Observed;
  "packing.old": Observed;
  /** Scales of all experts in one tensor, beside experts that are stored one by one. */
  "scale.stacked": OfWeights & { readonly tensors: readonly string[] };
  "payload.missing": { readonly suffixes: readonly string[] };
  "input-scale.uneven": OfWeights & { readonly suffix: string; readonly having: number };
  /** Declared for these too, as for so many others that have one. */
  "input-scale.lacking": OfWeights & { readonly suffix: string; readonly having: number };
  "input-scale.promised": OfWeights & { readonly all: readonly PlaceSet[] };
  "input-scale.unwanted": { readonly suffix: string };
  "zero-point.promised": OfWeights;
  "fused.uneven": { readonly names: readonly string[]; readonly members: readonly FusedMember[] };
  "cache-scale.uneven": OfWeights & {
    readonly layers: number;
    readonly keys: number;
    readonly values: number;
  };
  "cache-scale.promised": OfWeights;
  "bias.suspect": OfWeights & { readonly modelType: string; readonly shape: readonly number[] };
  "declared.bits": { readonly declared: number; readonly stored: number };
  /** Packed values that no scheme of the declared method reads. */
  "declared.unnamed": { readonly method: string; readonly dtype: Dtype };
  /** Null where there is one scale a row. */
  "declared.group": { readonly declared: number; readonly stored: number | null };
  "declared.block": { readonly declared: readonly number[]; readonly stored: readonly number[] };
  "declared.strategy": { readonly declared: "tensor" | "channel"; readonly stored: Granularity };
  "declared.suffix": { readonly declared: string; readonly stored: string };
  "declared.type": { readonly declared: "int" | "float" | "mx-int"; readonly stored: SchemeId };
  "declared.format": { readonly declared: string; readonly stored: SchemeId };
  "declared.symmetric": { readonly suffix: string };
  /** A loader goes by a list of all that is quantized, and this is not in it. */
  "declared.unlisted": { readonly listing: string; readonly stored: SchemeId };
  "declared.method": { readonly declared: Declaration; readonly stored: SchemeId };
  "declared.unapplied": { readonly declared: Declaration };
  "declared.nothing": { readonly schemes: readonly string[]; readonly hasConfig: boolean };
  "declared.plain": {
    readonly method: string;
    readonly dtype: string;
    readonly isPrediction: boolean;
    /** Of all parameters, for experts: what was left out of the export. Null for other modules. */
    readonly share: number | null;
  };
  "declared.twice": { readonly first: Declaration; readonly other: Declaration };
  "declared.skips": { readonly first: Declaration; readonly other: Declaration; readonly by: string };
  /** A number that no packing can have, and what is meant. */
  "declared.unusable": { readonly file: string; readonly text: string; readonly allowed: string };
  /** Entries that no name is held against, and why. */
  "skip.unjudged": {
    readonly file: string;
    readonly entries: readonly string[];
    readonly reason: "beyond" | "costly" | "renamed";
  };
  "skip.quantized": { readonly by: string; readonly stored: SchemeId };
  /** The first of the entries that are wrong for one reason, and how many these are. */
  "skip.loosely": { readonly entry: string; readonly entries: number; readonly method: string };
  "skip.loose": {
    readonly entry: string;
    readonly entries: number;
    readonly example: string;
    /** What is meant: stored quantized; plain without any entry that skips it; or plain and skipped, or no matter. */
    readonly stored: "quantized" | "unskipped" | "skipped";
  };
}
