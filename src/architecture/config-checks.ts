import { formatCount } from "../format/count.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import type { AttentionFacts } from "./attention.ts";
import type { Claim } from "./claims.ts";
import type { LayerFacts } from "./layer-facts.ts";
import type { Model } from "./model.ts";
import type { Place } from "./places.ts";
import { isSideScope } from "./roles.ts";

/** A place where the configuration and the headers do not say the same. The headers are what is stored. */
export interface Disagreement {
  /** Stable name of the comparison, such as `shape.kv`. */
  readonly id: string;
  readonly severity: "error" | "warning" | "info";
  /** What it is about, in words. */
  readonly subject: string;
  /** What the configuration says, with the key it says it under. */
  readonly config: string;
  readonly headers: string;
}

type Check = (model: Model) => (Disagreement | undefined)[];

const CHECKS: readonly Check[] = [
  layerCount,
  hiddenSize,
  vocabulary,
  headTie,
  attentionShapes,
  experts,
  expertLayers,
  feedForwardWidth,
  indexerLayers,
  mtpLayers,
];

/** Everything in `config.json` that headers contradict; nothing where there is no configuration. */
export function findDisagreements(model: Model): Disagreement[] {
  if (!model.claims.exists || model.main === undefined) return [];
  return CHECKS.flatMap((check) => check(model)).filter((found) => found !== undefined);
}

function compare(
  id: string,
  severity: Disagreement["severity"],
  subject: string,
  claim: Claim | undefined,
  stored: number | null | undefined,
  formula = "",
): Disagreement | undefined {
  if (claim === undefined || stored === null || stored === undefined || claim.value === stored)
    return undefined;
  return {
    id,
    severity,
    subject,
    config: `${formatCount(claim.value)} (${claim.key})`,
    headers: `${formatCount(stored)}${formula === "" ? "" : ` (${formula})`}`,
  };
}

function layerCount({ claims, layerCount: count, layers }: Model) {
  const stored = layers.reduce((sum, layer) => sum + layer.members.length, 0);
  const claim = claims.integer("num_hidden_layers", "n_layer", "num_layers", "n_layers", "decoder_layers");
  return [
    compare(
      "layers.count",
      "error",
      "layers",
      claim,
      count,
      stored === count ? "" : `${stored} of them stored`,
    ),
  ];
}

function hiddenSize({ claims, hidden }: Model) {
  return [compare("shape.hidden", "error", "width of the residual stream", claims.fact("hidden"), hidden)];
}

/** Embeddings are padded to round numbers; fewer rows than words is a different matter. */
function vocabulary({ claims, places, weights, isGenerative }: Model) {
  const table = places.find(
    (place) => place.role === "embed.token" && !isSideScope(place.scope) && place.parametersEach > 0,
  );
  const rows = table === undefined ? undefined : weights.tensor(table.node).shape?.[0];
  const claim = claims.fact("vocabulary");
  if (rows === undefined || claim === undefined) return [];
  const severity = rows < claim.value ? "error" : rows % 8 === 0 ? "info" : "warning";
  const headRows = shortHead(places, weights, Math.min(rows, claim.value));
  // A head that scores no words (SigLIP's) has rows of its own, and so has a drafter's.
  const scoresAll = isGenerative && claims.integer("draft_vocab_size") === undefined;
  return [
    compare("shape.vocab", severity, "rows of the embedding table", claim, rows),
    scoresAll ? compare("shape.vocab", "error", "rows of the head", claim, headRows) : undefined,
  ];
}

/** Rows of a head that has fewer than the words it is to score. Embeddings may hold words that are never predicted. */
function shortHead(places: Model["places"], weights: Model["weights"], words: number): number | undefined {
  const head = places.find(
    (place) =>
      place.role === "head.lm" &&
      !isSideScope(place.scope) &&
      place.parametersEach > 0 &&
      place.part !== "bias",
  );
  const rows = head === undefined ? undefined : weights.tensor(head.node).shape?.[0];
  return rows !== undefined && rows < words ? rows : undefined;
}

function headTie({ claims, places, isGenerative }: Model): (Disagreement | undefined)[] {
  const claim = claims.flag("tie_word_embeddings");
  const isStored = places.some((place) => place.role === "head.lm" && !isSideScope(place.scope));
  const hasTable = places.some((place) => place.role === "embed.token" && !isSideScope(place.scope));
  const hasOther = places.some((place) => place.bucket === "head" && place.role !== "head.lm");
  if (claim === undefined || !hasTable || hasOther || !isGenerative) return [];
  if (claim.value !== isStored) return [];
  const config = `${claim.value} (${claim.key})`;
  return [
    isStored
      ? { id: "tie.config", severity: "info", subject: "tied head", config, headers: "a head is stored" }
      : { id: "tie.config", severity: "error", subject: "tied head", config, headers: "no head is stored" },
  ];
}

/** Heads and widths of each kind of attention, against the one set of numbers that the configuration has. */
function attentionShapes({ layers, claims }: Model) {
  const found: (Disagreement | undefined)[] = [];
  for (const facts of distinctAttention(layers)) {
    const { width, heads, headDim, kvHeads } = facts;
    const count = heads.value === null ? "" : `${formatCount(width)} columns of o ÷ ${heads.value} heads`;
    if (heads.claimed !== undefined) {
      found.push(
        compare(
          "shape.q",
          "error",
          "query heads",
          claims.fact("heads"),
          heads.value ?? width / (headDim.value ?? 1),
        ),
      );
    }
    if (facts.kind === "MLA") continue;
    if (headDim.claimed !== undefined) {
      // Layers of another kind have heads of another width, which one key cannot tell (Gemma 4).
      const global = claims.integer("global_head_dim")?.value;
      if (global !== headDim.value)
        found.push(
          compare("head_dim.explicit", "error", "head width", claims.fact("headDim"), headDim.value, count),
        );
    }
    const implicit = impliedHeadDim(claims.fact("hidden")?.value, claims.fact("heads")?.value);
    if (claims.fact("headDim") === undefined && implicit !== undefined && headDim.value !== null) {
      const claim = { value: implicit, key: "hidden_size ÷ num_attention_heads" };
      found.push(compare("head_dim.implicit", "warning", "head width", claim, headDim.value, count));
    }
    const globalKv = claims.integer("num_global_key_value_heads")?.value;
    if (kvHeads.claimed !== undefined && globalKv !== kvHeads.value)
      found.push(compare("shape.kv", "error", "key/value heads", claims.fact("kvHeads"), kvHeads.value));
  }
  return found;
}

function impliedHeadDim(hidden: number | undefined, heads: number | undefined): number | undefined {
  return hidden !== undefined && heads !== undefined && heads > 0 && hidden % heads === 0
    ? hidden / heads
    : undefined;
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

function experts({ layers, claims }: Model) {
  const found: (Disagreement | undefined)[] = [];
  const seen = new Set<string>();
  for (const { feedForward, members } of layers) {
    const { moe } = feedForward;
    if (moe === null) continue;
    const key = `${moe.experts.value} ${moe.expertWidth}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const where = `layers ${formatIndexRanges(members)}`;
    found.push(
      compare("moe.count", "error", "routed experts", claims.fact("experts"), moe.experts.value, where),
    );
    found.push(
      compare(
        "shape.expert",
        "error",
        "width of an expert",
        claims.fact("expertWidth"),
        moe.expertWidth,
        where,
      ),
    );
    if (moe.topK.claimed !== undefined) {
      const headers = `${moe.experts.value} experts`;
      const config = `${formatCount(moe.topK.claimed)} (${claims.fact("topK")?.key})`;
      found.push({ id: "moe.topk", severity: "error", subject: "experts per token", config, headers });
    }
  }
  return found;
}

/** Which layers are said to hold experts, where one of the usual rules is stated; undefined where none is. */
export function claimedExpertLayers({ claims, layerCount: count }: Model): ReadonlySet<number> | undefined {
  const all = Array.from({ length: count }, (_, layer) => layer);
  const types = claims.strings("mlp_layer_types");
  if (types !== undefined)
    return new Set(all.filter((layer) => types[layer] === "sparse" || types[layer]?.includes("moe")));
  const frequencies = claims.integers("moe_layer_freq");
  if (frequencies !== undefined) return new Set(all.filter((layer) => frequencies[layer] === 1));
  const dense = claims.integer("first_k_dense_replace");
  if (dense !== undefined) {
    const step = claims.integer("moe_layer_freq")?.value || 1;
    return new Set(all.filter((layer) => layer >= dense.value && layer % step === 0));
  }
  const period = claims.integer("expert_layer_period");
  const offset = claims.integer("expert_layer_offset");
  if (period !== undefined && offset !== undefined && period.value > 0)
    return new Set(all.filter((layer) => layer % period.value === offset.value));
  return undefined;
}

function expertLayers(model: Model): (Disagreement | undefined)[] {
  const claimed = claimedExpertLayers(model);
  if (claimed === undefined) return [];
  const stored = layersWith(model.layers, (layer) => layer.feedForward.moe !== null);
  return [compareLayers("moe.layers", "layers with experts", [...claimed], stored)];
}

function compareLayers(
  id: string,
  subject: string,
  claimed: readonly number[],
  stored: readonly number[],
): Disagreement | undefined {
  const config = formatIndexRanges([...claimed].sort((a, b) => a - b));
  const headers = formatIndexRanges(stored);
  return config === headers
    ? undefined
    : { id, severity: "error", subject, config: config || "none", headers: headers || "none" };
}

/** Numbers of the layers of which something holds, ascending. */
export function layersWith(layers: readonly LayerFacts[], holds: (layer: LayerFacts) => boolean): number[] {
  return layers
    .filter(holds)
    .flatMap((layer) => layer.members)
    .sort((a, b) => a - b);
}

/** RecurrentGemma states twice the width, Gemma 3n a list, KV-shared layers may be double wide: those are left alone. */
function feedForwardWidth({ layers, claims, family }: Model) {
  if (family.id === "recurrent-gemma" || claims.flag("use_double_wide_mlp")?.value === true) return [];
  const widths = new Set(
    layers.map((layer) => layer.feedForward.dense?.width).filter((width) => width !== undefined),
  );
  const [width] = widths;
  if (widths.size !== 1 || claims.flag("block_auto_adjust_ff_dim") !== undefined) return [];
  const claim = claims.fact("denseWidth");
  // Qwen 1 and Molmo state the widths of both projections in one number.
  const inOne = family.id === "qwen1" || family.id === "molmo";
  const halved = claim !== undefined && inOne ? { ...claim, value: claim.value / 2 } : claim;
  return [compare("shape.mlp", "error", "width of the feed-forward block", halved, width)];
}

function indexerLayers(model: Model): (Disagreement | undefined)[] {
  const sparse = model.claims.raw("sparse_attention_config");
  const list = typeof sparse === "object" && sparse !== null ? (sparse as Record<string, unknown>) : {};
  const frequencies = Object.hasOwn(list, "sparse_attention_freq") ? list.sparse_attention_freq : undefined;
  if (!Array.isArray(frequencies) || frequencies.length > 10_000) return [];
  const claimed = Array.from({ length: model.layerCount }, (_, layer) => layer).filter(
    (layer) => frequencies[layer] === 1,
  );
  const stored = layersWith(model.layers, (layer) =>
    layer.mixers.some((mixer) => mixer.type === "attention" && mixer.facts.indexer !== null),
  );
  return [compareLayers("indexer.layers", "layers with an indexer", claimed, stored)];
}

/** Published checkpoints often leave out the prediction modules that their configuration advertises. */
function mtpLayers({ claims, mtpLayers: stored, places }: Model) {
  const claim = claims.fact("mtp");
  const isStored = places.some((place: Place) => place.scope === "mtp");
  const count = stored.reduce((sum, layer) => sum + layer.members.length, 0);
  if (claim === undefined || (claim.value > 0 && isStored && count >= claim.value)) return [];
  return [compare("mtp.count", "info", "multi-token-prediction modules", claim, count)];
}
