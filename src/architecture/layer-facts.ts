import type { Claims } from "../checkpoint/claims.ts";
import type { AttentionFacts } from "./attention.ts";
import { type FeedForward, readFeedForward } from "./feed-forward.ts";
import { findRole, type LayerGroup, type Stack } from "./layers.ts";
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
    mixers: readMixers(group.tensorRoles, weights, claims, hidden),
    feedForward: readFeedForward(group.tensorRoles, weights, claims, hidden),
    norms: readNorms(group.tensorRoles, claims, hasFinalNorm),
    borrowsBlock: false,
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
    const feedForward = { ...layer.feedForward, dense };
    return { ...layer, mixers: [lent, ...layer.mixers], feedForward, borrowsBlock: true };
  });
}

/** Attention of each shape once: layers of many kinds share it. */
export function distinctAttention(layers: readonly LayerFacts[]): AttentionFacts[] {
  const known = new Map<string, AttentionFacts>();
  for (const { mixers } of layers) {
    for (const mixer of mixers) {
      if (mixer.type !== "attention") continue;
      const { facts } = mixer;
      const key = `${facts.kind} ${facts.width} ${facts.keyRows} ${facts.valueRows}`;
      if (!known.has(key)) known.set(key, facts);
    }
  }
  return [...known.values()];
}

/** Numbers of the layers of which something holds, ascending. */
export function layersWith(layers: readonly LayerFacts[], holds: (layer: LayerFacts) => boolean): number[] {
  return layers
    .filter(holds)
    .flatMap((layer) => layer.members)
    .sort((a, b) => a - b);
}

/** Whether attention and feed-forward read the same input: they share a norm, or the configuration says so. */
export function runsInParallel({ norms, feedForward, group }: LayerFacts, claims: Claims): boolean {
  if (feedForward.dense === null || findRole(group.tensorRoles, "attn.o") === undefined) return false;
  return (
    norms.placement === "one norm" ||
    group.tensorRoles.some((tensorRole) => tensorRole.leaf === "ln_mlp") ||
    claims.flag("parallelBlocks")?.value === true
  );
}

/** Whether a layer hands its stream to a shared block, stored in it or in another one. */
export function callsSharedBlock({ group }: Pick<LayerFacts, "group">): boolean {
  return group.tensorRoles.some((tensorRole) => tensorRole.role === "shared_block.link");
}
