import type { AttentionFacts } from "../architecture/attention.ts";
import type { FamilyVerdict } from "../architecture/families/detect.ts";
import type { MoeFacts } from "../architecture/feed-forward.ts";
import { type Figure, fromConfig, fromHeaders, NOT_KNOWN } from "../architecture/figure.ts";
import { countKvCache, type KvCache } from "../architecture/kv-cache.ts";
import { distinctAttention, type LayerFacts } from "../architecture/layer-facts.ts";
import type { Mixer } from "../architecture/mixers.ts";
import { type Model, modelOf } from "../architecture/model.ts";
import type { NormFacts } from "../architecture/norms.ts";
import type { SharedBlocks } from "../architecture/shared-blocks.ts";
import type { Claim } from "../checkpoint/claims.ts";
import { type AdapterStory, tellAdapter } from "../kinds/adapter/story.ts";
import { type Kind, kindOf, writesTokens } from "../kinds/kind.ts";
import type { Basis } from "./activations.ts";
import { cacheWidthOf } from "./cache-width.ts";

export type { Figure };

import type { Component } from "../checkpoint/checkpoint.ts";
import { configFaultsOf } from "../faults/faults-of.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import {
  type HeldAgainst,
  heldAgainstOf,
  type NearestClass,
  nearestClassOf,
} from "../signatures/held-against.ts";
import { type BlockRow, blocksOf } from "./arch-blocks.ts";
import { type Diagram, drawLayers } from "./arch-diagram.ts";
import { listFeatures } from "./arch-features.ts";
import { type LinearRow, listLinears } from "./arch-linears.ts";
import { drawStages, type StageChain } from "./arch-stages.ts";
import type { Structure } from "./arch-structure.ts";
import { drawStructures } from "./arch-structures.ts";
import { describeTowers, type Tower } from "./arch-towers.ts";
import { feedForwardName, layerMixerName, modelMixers } from "./arch-words.ts";
import { type ConfigRow, configRows } from "./config-rows.ts";
import { type Declares, declaresOf } from "./declares.ts";
import { drawModel, type ModelGraph, NO_GRAPH } from "./model-graph.ts";
import { countByRoles, type RoleRow } from "./param-roles.ts";
import type { PartStory } from "./part-story.ts";
import { WITHOUT_FIGURES } from "./without-figures.ts";

/** The architecture as headers tell it, with the configuration's word beside it. */
export interface ArchResult {
  /** What sort of thing it is. */
  readonly kind: Kind;
  /** The head that is stored, null for none. */
  readonly task: string | null;
  /** What an adapter is made of; null for anything else. */
  readonly adapter: AdapterStory | null;
  readonly family: Omit<FamilyVerdict, "traits">;
  /** What `config.json` calls itself: a claim, null without one. */
  readonly declares: Declares | null;
  /** The models that it is made of, where there are several. */
  readonly parts: readonly PartStory[];
  /** The class of a library release that it was held against; null where none is named that is known. */
  readonly heldAgainst: HeldAgainst | null;
  /** Of a class that is not known, the one that stores nearly the same. */
  readonly nearest: NearestClass | null;
  readonly layers: LayerStory;
  /** Transformer blocks by width, of what has lists of layers side by side; null for all else. */
  readonly blocks: readonly BlockRow[] | null;
  /** Width of the residual stream. */
  readonly hidden: Figure;
  readonly attention: AttentionStory | null;
  readonly moe: MoeStory | null;
  readonly feedForward: {
    readonly activation: string | null;
    readonly widths: readonly number[];
    readonly gated: boolean | null;
  };
  readonly norms: NormStory;
  readonly embedding: EmbeddingStory;
  readonly positions: PositionStory;
  readonly mtp: MtpStory;
  /** Vision, audio and further stacks beside the main one. */
  readonly towers: readonly Tower[];
  /** `basis`: what says that the cache is not kept in 16 bits; null where nothing does, or a width was asked for. */
  readonly kvCache: (KvCache & { readonly basis: Basis | null }) | null;
  readonly parameters: {
    readonly total: number;
    readonly active: number | null;
    readonly activeBasis: string;
    readonly activeWithoutEmbedding: number | null;
    readonly activeWithoutEmbeddingAndHead: number | null;
    readonly sharedBlocks: SharedBlocks | null;
    /** Active parameters with a shared block counted at each call; null where no block is shared. */
    readonly activeCountingCalls: number | null;
    readonly byRole: readonly RoleRow[];
  };
  /** Every linear of each kind of layer, `in → out`. */
  readonly linears: readonly LinearRow[];
  /** One layer of each kind as blocks, for drawing. */
  readonly diagrams: readonly Diagram[];
  /** One layer of each structure as nodes and edges, all lists of layers: what is drawn where there is room. */
  readonly structures: readonly Structure[];
  /** What runs through stages of unlike width: a UNet, halves of an autoencoder, a residual network. */
  readonly stages: readonly StageChain[];
  /** The model around its lists of layers, every tensor in one node; empty where stages tell it, or there is no list. */
  readonly graph: ModelGraph;
  readonly features: readonly string[];
  /** Whether all tensors are here; else what absent tensors would tell is null, and nothing is held against the claims. */
  readonly isComplete: boolean;
  readonly disagreements: readonly ConfigRow[];
  /** Tensors whose role no rule knows, as patterns. */
  readonly unknown: readonly string[];
}

export interface LayerStory {
  readonly stack: string | null;
  readonly count: Figure;
  /** What mixes positions, over all layers: `GQA`, or `hybrid: 45 × gated DeltaNet + 15 × GQA`. */
  readonly mixers: string;
  readonly kinds: readonly LayerKindRow[];
}

/** Layers that do the same. */
export interface LayerKindRow {
  readonly layers: string;
  readonly count: number;
  readonly mixer: string;
  readonly feedForward: string;
  /** Positions they look back over by the configuration, null for all. */
  readonly window: number | null;
  readonly norms: NormFacts["placement"];
  readonly parametersEach: number;
  readonly mixerFacts: readonly Mixer[];
}

export interface AttentionStory {
  /** Kind over all layers with attention: `GQA`, or several joined by commas. */
  readonly kind: string;
  readonly geometries: readonly AttentionFacts[];
}

export interface MoeStory extends MoeFacts {
  readonly layers: string;
  readonly layerCount: number;
  readonly denseLayers: string;
  /** How the router scores, by the configuration. */
  readonly scoring: string | null;
  /** Parameters of one routed expert. */
  readonly parametersPerExpert: number | null;
}

export interface NormStory {
  readonly kind: NormFacts["kind"];
  readonly placement: string;
  readonly epsilon: number | null;
}

export interface EmbeddingStory {
  readonly rows: Figure;
  readonly width: number | null;
  /** Whether the head is the table of tokens; null where there is no such table. */
  readonly tied: boolean | null;
  readonly headRows: number | null;
}

/** What the configuration says about positions: none of it is in the headers. */
export interface PositionStory {
  readonly ropeTheta: number | null;
  readonly ropeScaling: string | null;
  readonly rotaryDim: number | null;
  readonly partialRotaryFactor: number | null;
  readonly context: number | null;
  /** Whether positions are a table of the checkpoint. */
  readonly learned: boolean;
}

export interface MtpStory {
  readonly modules: number;
  readonly parameters: number;
  readonly claimed: number | null;
}

export interface ArchOptions {
  /** Positions that the memory figure is for; the configuration's context where not given. */
  readonly context?: number;
  /** Bytes of a cached element: 2 for 16 bits, 1 for 8. Where not given, what the export declares or stores scales for. */
  readonly kvBytes?: number;
}

export function describeArchitecture(component: Component, options: ArchOptions = {}): ArchResult {
  const model = modelOf(component);
  const { claims, layers } = model;
  const roles = countByRoles(component);
  const positions = describePositions(model);
  const geometries = distinctAttention(layers);
  const kinds = new Set(geometries.map((facts) => facts.kind));
  const { isComplete } = component;
  const { kind, task, family } = kindOf(component);
  const adapter = tellAdapter(component);
  const blocks = adapter === null ? blocksOf(model, kind) : null;
  const stages = drawStages(model);
  const kvCache = isComplete ? tellCache(model, options, positions.context) : null;
  const story: ArchResult = {
    kind,
    task,
    adapter,
    family,
    declares: declaresOf(component),
    parts: [],
    heldAgainst: heldAgainstOf(component),
    nearest: nearestClassOf(component),
    layers: describeLayers(model),
    blocks,
    hidden: model.hidden === null ? NOT_KNOWN : fromHeaders(model.hidden, claims.integer("hidden")),
    attention: geometries.length === 0 ? null : { kind: [...kinds].join(", "), geometries },
    moe: describeMoe(model),
    feedForward: describeFeedForward(model),
    norms: describeNorms(model),
    embedding: describeEmbedding(model, roles.tiedHead),
    positions,
    mtp: describeMtp(model),
    towers: describeTowers(model),
    kvCache,
    parameters: {
      total: model.tensorRoles.reduce(
        (sum, tensorRole) => sum + tensorRole.parametersEach * tensorRole.count,
        0,
      ),
      active: roles.active.active,
      activeBasis: roles.active.basis,
      activeWithoutEmbedding: roles.active.activeWithoutEmbedding,
      activeWithoutEmbeddingAndHead: roles.active.activeWithoutEmbeddingAndHead,
      sharedBlocks: roles.active.sharedBlocks,
      activeCountingCalls: roles.active.activeCountingCalls,
      byRole: roles.byRole,
    },
    linears: listLinears(model),
    diagrams: drawLayers(model),
    structures: drawStructures(model),
    stages,
    graph: stages.length > 0 ? NO_GRAPH : drawModel(model, roles.tiedHead),
    // A tensor that is not here may be in a shard that is missing: nothing is concluded from its absence.
    features: isComplete ? listFeatures(model) : [],
    disagreements: configRows(configFaultsOf(component)),
    isComplete,
    unknown: roles.unknown,
  };
  if (adapter !== null) return { ...story, ...WITHOUT_FIGURES };
  const { linears, diagrams, structures, graph } = story;
  return blocks === null
    ? story
    : { ...story, ...WITHOUT_FIGURES, linears, diagrams, structures, stages, graph };
}

/** What it keeps of the past, in the width that was asked for, or that the export declares. */
function tellCache(
  { component, layers, schedule, claims }: Model,
  { kvBytes, context }: ArchOptions,
  claimed: number | null,
): ArchResult["kvCache"] {
  if (!writesTokens(component)) return null;
  const { basis, ...widths } =
    kvBytes === undefined ? cacheWidthOf(component) : { bytes: kvBytes, stateBytes: kvBytes, basis: null };
  const rawWindow = claims.integer("window")?.value ?? null;
  const counted = countKvCache(layers, schedule, widths, context ?? claimed, rawWindow);
  return counted === null ? null : { ...counted, basis };
}

/** Layers by what they do: those of one kind in the headers may still differ in their window. */
function describeLayers({ component, main, layers, layerCount, claims, schedule }: Model): LayerStory {
  const kinds = layers.flatMap((layer) => {
    const byWindow = new Map<number | null, number[]>();
    const hasCache = layer.mixers.some((mixer) => mixer.type === "attention");
    for (const index of layer.members) {
      const window = hasCache ? schedule.window(index) : null;
      const members = byWindow.get(window) ?? [];
      members.push(index);
      byWindow.set(window, members);
    }
    return Array.from(byWindow, ([window, members]): LayerKindRow & { readonly first: number } => ({
      first: members[0] ?? 0,
      layers: formatIndexRanges(members),
      count: members.length,
      mixer: layer.mixers.map(layerMixerName).join(" + "),
      feedForward: feedForwardName(layer),
      window,
      norms: layer.norms.placement,
      parametersEach: layer.group.parametersEach,
      mixerFacts: layer.mixers,
    }));
  });
  const claim = claims.integer("layers");
  return {
    stack: main?.prefix ?? null,
    count: main === undefined ? NOT_KNOWN : countLayers(component, layerCount, claim),
    mixers: modelMixers(wholeOf(component, layers)),
    kinds: kinds.sort((a, b) => a.first - b.first).map(({ first: _, ...row }) => row),
  };
}

/**
 * Layers that tell what a layer is: all, and where shards are missing those of which there are several. A layer that lies
 * in a missing shard by a part is like no other, and no kind of its own.
 */
function wholeOf({ isComplete }: Component, layers: readonly LayerFacts[]): readonly LayerFacts[] {
  if (isComplete) return layers;
  const several = layers.filter(({ members }) => members.length > 1);
  return several.length === 0 ? layers : several;
}

/** Layers as they are stored; where shards are missing, those may hold the rest of what the configuration claims. */
function countLayers({ isComplete }: Component, stored: number, claim: Claim | undefined): Figure {
  if (!isComplete && claim !== undefined && claim.value > stored) return fromConfig(claim, () => true);
  return fromHeaders(stored, claim);
}

function describeMoe({ layers, claims }: Model): MoeStory | null {
  const routed = layers.filter((layer) => layer.feedForward.moe !== null);
  const moe = routed[0]?.feedForward.moe;
  if (moe === null || moe === undefined) return null;
  const members = (some: readonly LayerFacts[]) =>
    some.flatMap((layer) => layer.members).sort((a, b) => a - b);
  const dense = layers.filter((layer) => layer.feedForward.moe === null && layer.feedForward.dense !== null);
  return {
    ...moe,
    layers: formatIndexRanges(members(routed)),
    layerCount: members(routed).length,
    denseLayers: formatIndexRanges(members(dense)),
    scoring: claims.word("scoring")?.value ?? null,
    parametersPerExpert: moe.experts.value ? Math.round(moe.expertParameters / moe.experts.value) : null,
  };
}

function describeFeedForward({ component, layers: all, claims }: Model): ArchResult["feedForward"] {
  const layers = wholeOf(component, all);
  const dense = layers.map((layer) => layer.feedForward.dense).filter((facts) => facts !== null);
  const blocks = [
    ...dense,
    ...layers.map((layer) => layer.feedForward.moe).filter((facts) => facts !== null),
  ];
  return {
    activation: claims.word("activation")?.value ?? null,
    widths: [...new Set(dense.map((facts) => facts.width))].filter((width) => width !== null),
    gated: blocks.length === 0 ? null : blocks.every((facts) => facts.gated),
  };
}

function describeNorms({ component, layers: all, claims }: Model): NormStory {
  const layers = wholeOf(component, all);
  const placements = [...new Set(layers.map((layer) => layer.norms.placement))];
  return {
    kind: layers.find((layer) => layer.norms.kind !== null)?.norms.kind ?? null,
    placement: placements.join(", ") || "none",
    epsilon: claims.number("normEpsilon")?.value ?? null,
  };
}

function describeEmbedding({ tensorRoles, weights, claims }: Model, tied: boolean | null): EmbeddingStory {
  const find = (role: "embed.token" | "head.lm") => {
    const own = tensorRoles.filter(
      ({ role: its, part, shape }) =>
        its === role && (part === "packed" || (part === "weight" && shape.length > 1)),
    );
    return (
      own.find(({ scope }) => scope === "text" || scope === "decoder") ??
      // Encoder and decoder share one table (T5Gemma 2).
      own.find(({ scope }) => scope === "encoder")
    );
  };
  const table = find("embed.token");
  const head = find("head.lm");
  const shape = table === undefined ? null : weights.tensor(table.node).shape;
  return {
    rows: shape?.[0] === undefined ? NOT_KNOWN : fromHeaders(shape[0], claims.integer("vocabulary")),
    width: shape?.[1] ?? null,
    tied: table === undefined ? null : tied,
    headRows: head === undefined ? null : (weights.tensor(head.node).shape?.[0] ?? null),
  };
}

function describePositions({ tensorRoles, claims }: Model): PositionStory {
  const parameters = claims.part("rope_parameters");
  const theta = claims.number("ropeTheta") ?? parameters.number("ropeTheta");
  const stated = claims.part("rope_scaling");
  const scaling = stated.exists ? stated : parameters;
  const type = scaling.word("ropeType")?.value;
  const factor = scaling.number("ropeFactor")?.value;
  return {
    ropeTheta: theta?.value ?? null,
    ropeScaling:
      type === undefined || type === "default"
        ? null
        : `${type}${factor === undefined ? "" : ` × ${factor}`}`,
    rotaryDim: claims.integer("rotaryDim")?.value ?? null,
    partialRotaryFactor: claims.number("partialRotary")?.value ?? null,
    context: claims.integer("context")?.value ?? null,
    learned: tensorRoles.some(
      (tensorRole) => tensorRole.role === "embed.position" && tensorRole.scope !== "vision",
    ),
  };
}

function describeMtp({ mtpLayers, tensorRoles, claims }: Model): MtpStory {
  const own = tensorRoles.filter((tensorRole) => tensorRole.scope === "mtp");
  return {
    modules: mtpLayers.reduce((sum, layer) => sum + layer.members.length, 0),
    parameters: own.reduce((sum, tensorRole) => sum + tensorRole.parametersEach * tensorRole.count, 0),
    claimed: claims.integer("mtp")?.value ?? null,
  };
}
