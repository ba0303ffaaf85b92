import type { Claims } from "./claims.ts";
import { type FeedForward, readFeedForward } from "./feed-forward.ts";
import type { LayerGroup, Stack } from "./layers.ts";
import { type Mixer, readMixers } from "./mixers.ts";
import { type NormFacts, readNorms } from "./norms.ts";
import { callsSharedBlock } from "./shared-blocks.ts";
import type { StoredWeights } from "./stored-weights.ts";

/** Layers that are alike, and what they do. */
export interface LayerFacts {
  readonly group: LayerGroup;
  readonly members: readonly number[];
  readonly mixers: readonly Mixer[];
  readonly feedForward: FeedForward;
  readonly norms: NormFacts;
}

/** What each kind of layer of a stack does. `isMtp` picks multi-token-prediction layers or all others. */
export function readLayers(
  stack: Stack,
  weights: StoredWeights,
  claims: Claims,
  hidden: number | null,
  isMtp: boolean,
): LayerFacts[] {
  const groups = stack.groups.filter((group) => (group.scope === "mtp") === isMtp);
  const layers = groups.map((group) => ({
    group,
    members: group.members,
    mixers: readMixers(group.places, weights, claims, hidden),
    feedForward: readFeedForward(group.places, weights, claims, hidden),
    norms: readNorms(group.places),
  }));
  return lendSharedBlock(layers);
}

/** Zamba stores one block for all its hybrid layers: each of them still attends, caches and feeds forward on its own. */
function lendSharedBlock(layers: readonly LayerFacts[]): LayerFacts[] {
  const lender = layers.find(
    (layer) => callsSharedBlock(layer) && layer.mixers.some(({ type }) => type === "attention"),
  );
  const lent = lender?.mixers.find(({ type }) => type === "attention");
  return layers.map((layer) => {
    const borrows =
      lent !== undefined && callsSharedBlock(layer) && !layer.mixers.some(({ type }) => type === "attention");
    if (!borrows) return layer;
    const dense = layer.feedForward.dense ?? lender?.feedForward.dense ?? null;
    return { ...layer, mixers: [lent, ...layer.mixers], feedForward: { ...layer.feedForward, dense } };
  });
}
