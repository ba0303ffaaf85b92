import type { Claims } from "../checkpoint/claims.ts";
import { formatIndexSummary } from "../format/ranges.ts";
import type { LayerFacts } from "./layer-facts.ts";
import type { LayerGroup } from "./layers.ts";
import { isSideScope } from "./roles.ts";
import { countSharedBlocks, type SharedBlocks } from "./shared-blocks.ts";
import { isUnknownMatrix, type TensorRole } from "./tensor-roles.ts";

/** Parameters that one token passes through, by the three conventions that publishers use; null is not known. */
export interface ActiveParameters {
  /** Backbone without the experts that a token does not use; embedding and head included. The headline figure. */
  readonly active: number | null;
  /** The same without the input embedding, unless that table is the head too. */
  readonly activeWithoutEmbedding: number | null;
  readonly activeWithoutEmbeddingAndHead: number | null;
  /** Blocks that several layers call; null where every layer has its own. */
  readonly sharedBlocks: SharedBlocks | null;
  /**
   * The headline figure with each shared block counted as often as it is called: what one token is multiplied with.
   * Null where no block is shared, and where active parameters are not known.
   */
  readonly activeCountingCalls: number | null;
  /** What the figures rest on, as a sentence. */
  readonly basis: string;
}

/** Parameters of the language model proper: without towers, projector and multi-token prediction. */
export function countBackbone(tensorRoles: readonly TensorRole[]): number {
  // CLIP and its kin have a tower for text beside one for images: both are the model.
  const isPair = tensorRoles.some((tensorRole) => tensorRole.leaf === "logit_scale");
  const hasText = tensorRoles.some(({ scope, stack }) => scope === "text" && stack !== null);
  const isBeside = ({ scope }: TensorRole) => isSideScope(scope) || (hasText && scope === "diffusion");
  const backbone = sum(tensorRoles.filter((tensorRole) => isPair || !isBeside(tensorRole)));
  // A file that is a tower and nothing else is what it is about.
  return backbone > 0 ? backbone : sum(tensorRoles);
}

export function countActive(
  tensorRoles: readonly TensorRole[],
  layers: readonly LayerFacts[],
  claims: Claims,
): ActiveParameters {
  const backbone = countBackbone(tensorRoles);
  const main = tensorRoles.filter((tensorRole) => !isSideScope(tensorRole.scope));
  const embedding = sum(main.filter((tensorRole) => tensorRole.role === "embed.token"));
  const head = sum(main.filter((tensorRole) => tensorRole.role === "head.lm"));
  const routed = layers.filter((layer) => layer.feedForward.moe !== null);
  const unused = countUnused(routed);
  const sharedBlocks = countSharedBlocks(layers);
  if (unused === null)
    return unknownActive(
      sharedBlocks,
      "not known: the configuration does not say how many experts a token uses",
    );
  if (mayHideExperts(main, routed, claims))
    return unknownActive(sharedBlocks, "not known: no rule recognises tensors that may be routed experts");
  const active = backbone - unused;
  // A table that is the head too is needed for every token; such a head may have a bias of its own.
  const inputOnly = hasHead(main) ? embedding : 0;
  const isTableKnown =
    embedding > 0 || !main.some((tensorRole) => tensorRole.stack === null && isUnknownMatrix(tensorRole));
  return {
    active,
    sharedBlocks,
    activeCountingCalls:
      sharedBlocks === null ? null : active - sharedBlocks.storedParameters + sharedBlocks.calledParameters,
    // Whether one of the tensors that no rule recognises embeds tokens, nobody can tell.
    activeWithoutEmbedding: isTableKnown ? active - inputOnly : null,
    activeWithoutEmbeddingAndHead: isTableKnown ? active - embedding - head : null,
    basis: basisOf(routed, claims, main, backbone < sum(tensorRoles)),
  };
}

function unknownActive(sharedBlocks: SharedBlocks | null, basis: string): ActiveParameters {
  return {
    active: null,
    sharedBlocks,
    activeCountingCalls: null,
    activeWithoutEmbedding: null,
    activeWithoutEmbeddingAndHead: null,
    basis,
  };
}

/** Stacked or numbered matrices that no rule recognises, or experts that only the configuration speaks of. */
function mayHideExperts(main: readonly TensorRole[], routed: readonly LayerFacts[], claims: Claims): boolean {
  const unknown = main.filter(isUnknownMatrix);
  if (unknown.length === 0 || routed.length > 0) return false;
  return (
    (claims.integer("experts")?.value ?? 0) > 1 ||
    unknown.some(({ shape, inner }) => shape.length === 3 || (shape.length === 2 && inner.includes("#")))
  );
}

/** Whether a matrix is stored that turns positions into tokens: without one, the table of tokens does. */
export function hasHead(tensorRoles: readonly TensorRole[]): boolean {
  return tensorRoles.some(
    (tensorRole) =>
      tensorRole.role === "head.lm" && (tensorRole.part === "weight" || tensorRole.part === "packed"),
  );
}

/** Σ over MoE layers of what the routed experts hold × (E − k) / E; null where k is not known. */
function countUnused(routed: readonly LayerFacts[]): number | null {
  let unused = 0;
  for (const { feedForward, members, group } of routed) {
    const experts = feedForward.moe?.experts.value ?? null;
    const topK = feedForward.moe?.topK.value ?? null;
    if (experts === null || topK === null || experts === 0) return null;
    const each = (feedForward.moe?.expertParameters ?? 0) / experts;
    const ofImages = feedForward.moe?.imageExpertParameters ?? 0;
    unused += (each * (experts - topK) + ofImages + unusedOfAttention(group, topK)) * members.length;
  }
  // Experts of one layer that differ in size (a damaged file) make this an average.
  return Math.round(unused);
}

/** Parameters of projections of attention that a token does not use: as many are chosen as of experts. */
function unusedOfAttention({ tensorRoles }: LayerGroup, topK: number): number {
  return tensorRoles
    .filter(({ role, part, shape }) => role === "attn.routed" && part !== "bias" && shape.length >= 3)
    .reduce((all, { parametersEach, shape }) => {
      const choices = shape[0] as number;
      return all + (choices > topK ? (parametersEach / choices) * (choices - topK) : 0);
    }, 0);
}

function basisOf(
  routed: readonly LayerFacts[],
  claims: Claims,
  main: readonly TensorRole[],
  hasMore: boolean,
): string {
  const [first] = routed;
  if (first === undefined) {
    const all = hasMore ? "all parameters of the language model" : "all parameters";
    return `${all}: no routed experts${main.some(isUnknownMatrix) ? " recognised" : ""}`;
  }
  const moe = first.feedForward.moe;
  const counts = [...new Set(routed.map((layer) => layer.feedForward.moe?.experts.value ?? 0))].sort(
    (a, b) => a - b,
  );
  const experts = counts.length === 1 ? `${counts[0]}` : formatIndexSummary(counts);
  return `${moe?.topK.value} of ${experts} routed experts, ${claims.integer("topK")?.key} in config.json`;
}

function sum(tensorRoles: readonly TensorRole[]): number {
  return tensorRoles.reduce((total, tensorRole) => total + tensorRole.parametersEach * tensorRole.count, 0);
}
