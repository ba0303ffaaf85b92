import type { Dtype } from "../safetensors/dtype.ts";
import type { DeclaredActivations } from "./activations.ts";
import type { Block, Grid } from "./block-size.ts";
import type { Candidate, Observation } from "./observation.ts";
import type { PayloadSuffix } from "./suffixes.ts";
import type { WeightTensors } from "./weight-tensors.ts";

export type Granularity = "tensor" | "channel" | "group" | "block";
export type Confidence = "certain" | "likely" | "guess";

/** What a scheme makes of one weight. */
export interface Reading {
  /** Suffix of the tensor that holds the values. */
  readonly payload: string;
  /** Shape of the weight once unpacked; null where headers don't hold it. */
  readonly logicalShape: readonly number[] | null;
  /** Values of the weight once unpacked: the product of the logical shape, or what the packed length holds. */
  readonly parameters: number;
  /** Bits of a packed value without its scales; null where they vary or cannot be told. */
  readonly bits: number | null;
  /** Suffix of the scale that loaders look for; null for schemes without one. */
  readonly scale: string | null;
  readonly granularity: Granularity | null;
  readonly block: Block | null;
  readonly group: number | null;
  readonly findings: readonly Observation[];
  readonly confidence?: Confidence;
  /** Values that are not zero, of sparse formats. */
  readonly nonzero?: number;
  /** Which exporter's form of the scheme it is, and what else is worth a line of evidence. */
  readonly remarks?: readonly string[];
  readonly candidates?: readonly Candidate[];
}

/** What is known beside the tensors of one weight. */
export interface SchemeContext {
  /** Last segment of the module's path, for the few rules that need a name. */
  readonly moduleName: string;
  /** Block sizes pinned over the whole model by scheme; none while they are being collected. */
  readonly blocks: ReadonlyMap<string, Block>;
  /** What configuration files say about this weight, for ties only. */
  readonly declared: DeclaredWeight | undefined;
  /** Plausible numbers of input values, best source first: sibling norms, configuration, sibling weights. */
  readonly widths: readonly (readonly number[])[];
  /** Scheme of the same module in other layers or of its siblings, for a weight that lacks what would tell. */
  readonly neighbour: string | undefined;
  /** Bits that weights with the same product of bits and group have elsewhere in the model. */
  readonly usualBits: ReadonlyMap<number, number>;
  /** How the FP8 weights of the model spell their scale. */
  readonly usualFp8Scale: string | undefined;
  /** Key/value heads as the configuration claims them. */
  readonly keyValueHeads: number | null;
}

/** A module's entry in the configuration: only what it says. */
export interface DeclaredWeight {
  readonly method: string | null;
  readonly format: string | null;
  /** What the values are; `mx-int` are integers under an exponent for 32 of them. */
  readonly type: "int" | "float" | "mx-int" | null;
  readonly bits: number | null;
  readonly group: number | null;
  readonly block: Block | null;
  /** Whether a weight has one scale or one for each row, where that is said outright. */
  readonly strategy: "tensor" | "channel" | null;
  readonly symmetric: boolean | null;
  /** Whether inputs are in an order that only a stored index (`g_idx`) tells. */
  readonly indexed: boolean | null;
  /** Logical shape, which a few dialects (VPTQ) hold. */
  readonly shape: readonly number[] | null;
  readonly activations: DeclaredActivations;
  /** Suffixes of tensors that every weight of this entry has. */
  readonly parts: readonly string[];
}

/** A tensor of a scheme, for recognition by readers of the documentation. */
export interface SchemeTensor {
  readonly suffix: string;
  readonly dtype: string;
  readonly shape: string;
  readonly meaning: string;
}

/** All that unfold knows about one way to quantize a weight. */
export interface Scheme<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  /** Names and dtypes that the packed values may have: what a weight without its scales still shows. */
  readonly payload: {
    readonly suffixes: readonly PayloadSuffix[];
    readonly dtypes: readonly Dtype[] | "any";
  };
  readonly tensors: readonly SchemeTensor[];
  /** Who writes it, in a sentence. */
  readonly seenIn: string;
  /** How it is told from its look-alikes. */
  readonly toldBy: string;
  /** Stored bits for one weight, as a formula. */
  readonly effectiveBits: string;
  /** What headers cannot tell, or null. */
  readonly cannotKnow: string | null;
  readonly recognise: (tensors: WeightTensors, context: SchemeContext) => boolean;
  readonly read: (tensors: WeightTensors, context: SchemeContext) => Reading;
  /** Scale grid whose block size is to be pinned over the model. */
  readonly grid?: (tensors: WeightTensors) => Grid | undefined;
}
