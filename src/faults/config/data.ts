import type { LayoutDoubt } from "../../architecture/measurable.ts";
import type { Claim } from "../../checkpoint/claims.ts";
import type { Term } from "./terms.ts";

/** A measured number and what it should be. */
export interface Measure {
  /** What it is a number of: `rows of the key projection`. */
  readonly subject: string;
  readonly expected: Term;
  readonly stored: number;
  /** What was measured, where that is not the subject: `rows of k_proj`. */
  readonly measured: string | null;
  /** What was expected by: the configuration, or other headers of the same file. */
  readonly basis: "config" | "headers";
  /** Whether it is a second tensor that the same number shows in: values beside keys, the table beside the stream. */
  readonly isSecond: boolean;
}

/** Two sets of layers that should be one. */
export interface LayerSets {
  readonly subject: string;
  readonly claimed: readonly number[];
  readonly stored: readonly number[];
}

/** A flag of the configuration against what is there. */
export interface Flagged {
  readonly claim: Claim<boolean>;
}

export interface NormShape {
  readonly side: "queries" | "keys";
  /** Shapes that would do: one head long, as long as all, a row for each; of a stated type that one alone. */
  readonly allowed: readonly (readonly number[])[];
  readonly type: string | null;
  readonly headWidth: number;
  readonly heads: number;
  readonly stored: readonly number[];
  readonly leaf: string;
}

export interface ConfigData {
  "layout.unclear": { readonly doubt: LayoutDoubt; readonly shapes: readonly (readonly number[])[] };
  "layers.count": Measure;
  "layers.kinds": LayerSets;
  /** A list with an entry for each layer that has others than there are layers. */
  "layers.list": {
    readonly key: string;
    readonly entries: number;
    readonly layers: Claim;
    /** As many more as there are layers of multi-token prediction. */
    readonly isOfPrediction: boolean;
  };
  "arch.family": {
    readonly expected: string;
    readonly modelType: string | undefined;
    readonly stored: string;
    readonly prefix: string | undefined;
  };
  "shape.hidden": Measure;
  "shape.mlp": Measure;
  "shape.expert": Measure;
  "ple.shape": Measure;
  "shape.vocab": Measure;
  "shape.head_vocab": Measure;
  "tie.missing": Flagged;
  "tie.stored": Flagged;
  "position.table": Measure;
  /** Heads of another width than keys have: `width` columns that no number of heads explains. */
  "shape.q": Measure | { readonly claim: Claim; readonly width: number };
  "shape.kv": Measure;
  "shape.qkv_fused": Measure;
  "head_dim.explicit": Measure;
  "head_dim.implicit": Measure;
  "attn.groups": { readonly heads: Term; readonly keyHeads: Term; readonly ratio: number | null };
  "shape.qk_norm": NormShape | Flagged;
  "bias.missing": { readonly owner: BiasOwner; readonly source: string };
  "bias.undeclared": { readonly owner: BiasOwner; readonly source: string };
  "mla.q_a": Measure | { readonly rank: Term | null; readonly leaf: string };
  "mla.q_b": Measure;
  "mla.kv_a": Measure;
  "mla.kv_b": Measure;
  "mla.o": Measure;
  "indexer.shape": Measure;
  "indexer.layers": LayerSets;
  "ssm.shapes": Measure;
  "linear.shapes": Measure;
  "rec.shapes": Measure;
  "moe.count": Measure;
  /** Null where it is not stated. */
  "moe.topk": { readonly claim: Claim | null; readonly experts: number | null };
  "moe.layers": LayerSets;
  "moe.router": Measure;
  /** `stored` null where there is none, `expected` null where there should be none. */
  "moe.shared":
    | Measure
    | { readonly expected: Term; readonly stored: null }
    | { readonly expected: null; readonly key: string; readonly stored: number; readonly leaf: string };
  "norm.count": {
    readonly usual: number;
    readonly layers: readonly number[];
    readonly other: number;
    readonly members: readonly number[];
  };
  "gemma.kv_shared": { readonly first: number; readonly last: number; readonly shared: number };
  "mtp.count": Measure;
  /** Without a measure it is the tower, or its description, that is not there. */
  "vision.config":
    | Measure
    | { readonly lacks: "tower" }
    /** `textType`: the whole model's type, where the configuration is that of its text part alone. */
    | { readonly lacks: "description"; readonly tensors: number; readonly textType?: string };
  "params.config_estimate": { readonly expected: number; readonly stored: number; readonly share: number };
}

export type BiasOwner = "queries" | "feed-forward";
