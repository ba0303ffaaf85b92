import type { Claims } from "./claims.ts";
import { type FeedForward, readFeedForward } from "./feed-forward.ts";
import type { LayerGroup, Stack } from "./layers.ts";
import { type Mixer, readMixers } from "./mixers.ts";
import { type NormFacts, readNorms } from "./norms.ts";
import type { StoredWeights } from "./stored-weights.ts";

/** Layers that are alike, and what they do. */
export interface LayerFacts {
  readonly group: LayerGroup;
  readonly members: readonly number[];
  readonly mixers: readonly Mixer[];
  readonly feedForward: FeedForward;
  readonly norms: NormFacts;
  /** Whether the layer calls a block that is stored in another one (Zamba). */
  readonly borrowsBlock: boolean;
}

/** What each kind of layer of a stack does. `isMtp` picks multi-token-prediction layers or all others, `hasFinalNorm` says how the stack ends. */
export function readLayers(
  stack: Stack,
  weights: StoredWeights,
  claims: Claims,
  hidden: number | null,
  isMtp: boolean,
  hasFinalNorm: boolean,
): LayerFacts[] {
  const groups = stack.groups.filter((group) => (group.scope === "mtp") === isMtp);
  const layers = groups.map((group) => ({
    group,
    members: group.members,
    mixers: readMixers(group.places, weights, claims, hidden),
    feedForward: readFeedForward(group.places, weights, claims, hidden),
    norms: readNorms(group.places, claims, hasFinalNorm),
    borrowsBlock: false,
  }));
  return lendSharedBlock(layers);
}

/** Zamba stores one attention block for all its hybrid layers: each of them still attends, and caches, on its own. */
function lendSharedBlock(layers: readonly LayerFacts[]): LayerFacts[] {
  const isHybrid = ({ group }: LayerFacts) =>
    group.places.some((place) => place.role === "shared_block.link");
  const lender = layers.find(
    (layer) => isHybrid(layer) && layer.mixers.some(({ type }) => type === "attention"),
  );
  const lent = lender?.mixers.find(({ type }) => type === "attention");
  return layers.map((layer) => {
    const borrows =
      lent !== undefined && isHybrid(layer) && !layer.mixers.some(({ type }) => type === "attention");
    return borrows ? { ...layer, mixers: [lent, ...layer.mixers], borrowsBlock: true } : layer;
  });
}
