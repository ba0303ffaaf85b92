import type { Claims } from "../../checkpoint/claims.ts";
import type { FactOf } from "../../checkpoint/config-keys.ts";

/** How the tensors of a layer are named; no loader takes one of these for another (faults/config/family.ts). */
export type Naming = "llama" | "gpt-neox" | "bloom" | "gpt2" | "bert" | "mamba" | "t5" | "rwkv";

/** How many parameters the layers of a model have, by its configuration (faults/config/estimate.ts). */
export type Formula = "dense" | "routed" | "qwen-moe" | "dense-first" | "latent";

/**
 * What the code of a family does that neither shapes nor the usual reading of its configuration tell. All of it is a
 * column of the family's row; nothing else in unfold asks for a family by name.
 */
export interface Traits {
  /** It reads a whole text or image at once, whatever its stacks are called: no cache is kept. */
  readonly readsWhole?: true;
  /** The layers that are stored are called several times: their number is not that of the configuration. */
  readonly callsLayersAgain?: true;
  readonly naming?: Naming;
  readonly formula?: Formula;
  /** Whether a layer looks back over all positions, where the configuration names a window and not the layers. */
  readonly looksBackFully?: (layer: number, claims: Claims) => boolean;
  /** Queries, keys and values have biases, whatever the configuration says. */
  readonly alwaysHasQueryBiases?: true;
  /**
   * Without a key for their number, there are as many key/value heads as heads, or one unless `multi_query` says
   * otherwise.
   */
  readonly keyHeads?: "all" | "one";
  /** Norms of queries and keys have no weights. */
  readonly hasWeightlessQueryNorms?: true;
  /** The configuration states the width of the feed-forward block doubled, or that of its two projections as one. */
  readonly statedWidth?: "doubled" | "both projections";
  /** `attn_layer_period` and `attn_layer_offset` tell which layers attend; others use these keys in another sense. */
  readonly attendsByPeriod?: true;
}

/** Traits of single `model_type` values: each line names the types that share some. */
export function traitsOfTypes(
  ...lines: readonly (readonly [types: string, traits: Traits])[]
): ReadonlyMap<string, Traits> {
  const byType = new Map<string, Traits>();
  for (const [types, traits] of lines)
    for (const type of types.split(" ")) byType.set(type, { ...byType.get(type), ...traits });
  return byType;
}

/** Each so many layers one looks back fully, by a key or, without it, the number that the code has. */
export function fullEvery(key: FactOf<"integer">, otherwise: number): NonNullable<Traits["looksBackFully"]> {
  return (layer, claims) => (layer + 1) % (claims.integer(key)?.value || otherwise) === 0;
}

/** Sliding and full layers take turns, a sliding one first. */
export const everySecondFully: NonNullable<Traits["looksBackFully"]> = (layer) => layer % 2 === 1;

export const neverFully: NonNullable<Traits["looksBackFully"]> = () => false;
