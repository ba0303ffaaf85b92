import type { PlaceSet } from "../../checkpoint/place-set.ts";
import type { KeyCause } from "../../signatures/causes.ts";

/** A number or a word of the configuration that headers contradict. */
export interface KeyData extends Pick<KeyCause, "key" | "stated" | "taken" | "told" | "others"> {
  /** Places that differ, and what is seen there. */
  readonly missing: number;
  readonly excess: number;
  readonly mismatched: number;
  readonly against: string;
  /** Line of config.json that states it; null where it is left out, or the file is one line. */
  readonly line: number | null;
}

export interface SignatureData {
  "weights.missing": { readonly against: string };
  /** Stored under a name that is nearly the one that is missing. */
  "weights.renamed": { readonly against: string; readonly stored: PlaceSet };
  "weights.unexpected": { readonly against: string };
  "weights.shape": {
    readonly against: string;
    readonly expected: readonly (number | undefined)[];
    readonly stored: readonly number[];
  };
  "class.odds": { readonly architecture: string; readonly modelType: string; readonly taken: string };
  /** Names are those of `near`, which is another class, or the same below other names. */
  "class.names": { readonly against: string; readonly near: string; readonly isSame: boolean };
  "class.prefix": { readonly against: string; readonly prefix: string; readonly is: "lacking" | "added" };
  "key.layers": KeyData;
  "key.kinds": KeyData;
  "key.width": KeyData;
  "key.vocab": KeyData;
  "key.attention": KeyData;
  "key.latent": KeyData;
  "key.indexer": KeyData;
  "key.recurrent": KeyData;
  "key.experts": KeyData;
  "key.positions": KeyData;
  "key.tie": KeyData;
  "key.tied": KeyData;
  "key.bias": KeyData;
  "key.biases": KeyData;
  "key.vision": KeyData;
  "key.other": KeyData;
}

export type KeyKind = Extract<keyof SignatureData, `key.${string}`>;
