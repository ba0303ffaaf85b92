import type { AttentionFacts } from "../../architecture/attention.ts";
import type { Mixer } from "../../architecture/mixers.ts";
import type { Ask } from "../ask.ts";

/** What layers of one kind keep of the past on one GPU. */
export interface CacheKind {
  readonly kind:
    | "gqa"
    | "mla"
    | "sparse-mla"
    | "compressed"
    | "sliding"
    | "linear"
    | "ssm"
    | "recurrent"
    | "cross";
  readonly layers: number;
  /** Of all its layers, for each position; of cross attention for each position of the source. */
  readonly bytesPerToken: number;
  /** Once a sequence, whatever its length: states, and raw windows. */
  readonly perSequence: number;
  /** Positions after which no more are kept; null for all. */
  readonly window: number | null;
}

export interface CacheFacts {
  readonly dtype: "bf16" | "fp8";
  readonly kinds: readonly CacheKind[];
  readonly bytesPerToken: number;
  /** Tokens of a block: what is kept is rounded up to it. */
  readonly blockTokens: number;
  /** Whether every layer's cache is known. */
  readonly isKnown: boolean;
}

export type CacheDtype = "auto" | "bf16" | "fp8";

/** Tokens of a block in vLLM; latent and sparse attention ask for 64. */
const BLOCK = 16;
const LATENT_BLOCK = 64;

/** Bytes of one position of a sparse latent layer in FP8: 512 values, 16 of scales, 128 of rotary keys. */
const SPARSE_FP8 = 656;
/** Bytes of one stored state of DeepSeek-V4: 448 values, 128 of rotary keys, 8 of scales. */
const COMPRESSED = 584;
/** Positions that DeepSeek-V4 keeps as they are. */
const RAW_WINDOW = 128;

/** What one GPU keeps, layer by layer: exact from headers and the plan. */
export function cacheOf(ask: Ask, wanted: CacheDtype): CacheFacts {
  const dtype = wanted === "auto" ? declaredDtype(ask) : wanted;
  const bytes = dtype === "fp8" ? 1 : 2;
  const kinds = new Map<string, CacheKind>();
  let isKnown = true;
  for (const { mixers, members } of ask.model.layers)
    for (const layer of members)
      for (const mixer of mixers) {
        if (mixer.type === "attention" && ask.model.schedule.reusesKeys(layer)) continue;
        const kept = keptBy(ask, mixer, layer, bytes);
        if (kept === null) isKnown = false;
        else add(kinds, kept);
      }
  const list = [...kinds.values()];
  const isLatent = list.some(({ kind }) => kind === "mla" || kind === "sparse-mla" || kind === "compressed");
  return {
    dtype,
    kinds: list,
    bytesPerToken: list.reduce((sum, each) => sum + (each.kind === "cross" ? 0 : each.bytesPerToken), 0),
    blockTokens: isLatent ? LATENT_BLOCK : BLOCK,
    isKnown,
  };
}

/** vLLM takes the dtype that a ModelOpt or compressed-tensors declaration names. */
function declaredDtype({ declared }: Ask): "bf16" | "fp8" {
  return declared?.parsed?.cache?.dtype === "fp8" ? "fp8" : "bf16";
}

function add(kinds: Map<string, CacheKind>, one: CacheKind): void {
  const key = `${one.kind} ${one.window}`;
  const known = kinds.get(key);
  kinds.set(key, {
    ...one,
    layers: (known?.layers ?? 0) + 1,
    bytesPerToken: (known?.bytesPerToken ?? 0) + one.bytesPerToken,
    perSequence: (known?.perSequence ?? 0) + one.perSequence,
  });
}

function keptBy(ask: Ask, mixer: Mixer, layer: number, bytes: number): CacheKind | null {
  const { tp } = ask.plan;
  const state = (kind: CacheKind["kind"], elements: number | null, own = 2): CacheKind | null =>
    elements === null
      ? null
      : { kind, layers: 1, bytesPerToken: 0, perSequence: Math.ceil(elements) * own, window: null };
  switch (mixer.type) {
    case "attention":
      return mixer.facts.layout === undefined ? attention(ask, mixer.facts, layer, bytes) : null;
    case "cross-attention": {
      const kvHeads = ask.claims.integer("kvHeads")?.value ?? tp;
      const rows = (mixer.keyRows + mixer.valueRows) / Math.min(tp, Math.max(1, kvHeads));
      return { kind: "cross", layers: 1, bytesPerToken: rows * bytes, perSequence: 0, window: null };
    }
    case "ssm":
      return state("ssm", stateSpace(ask, mixer));
    case "linear":
      return mixer.kind === "Kimi delta attention"
        ? delta(mixer, tp)
        : state("linear", per(mixer.stateElements, tp));
    case "recurrent":
    case "rwkv":
      return state("recurrent", per(mixer.stateElements, tp));
    case "unknown":
      return null;
    default:
      return mixer satisfies never;
  }
}

function per(elements: number | null, tp: number): number | null {
  return elements === null ? null : elements / tp;
}

/** The recurrent state of Kimi's delta attention is kept in 32 bits, that of its filters in 16. */
function delta(mixer: Extract<Mixer, { type: "linear" }>, tp: number): CacheKind | null {
  const { heads, valueWidth, stateElements } = mixer;
  if (heads === null || valueWidth === null || stateElements === null) return null;
  const recurrent = heads * valueWidth * valueWidth;
  const perSequence = (recurrent * 4 + (stateElements - recurrent) * 2) / tp;
  return { kind: "linear", layers: 1, bytesPerToken: 0, perSequence, window: null };
}

/** One group of a state space is copied to every GPU, with its part of the filter. */
function stateSpace(ask: Ask, mixer: Extract<Mixer, { type: "ssm" }>): number | null {
  const { tp } = ask.plan;
  const { innerWidth, stateSize, stateElements, kind } = mixer;
  const groups = ask.claims.integer("ssmGroups")?.value ?? 1;
  if (stateElements === null) return null;
  const isCut = kind === "Mamba" || groups % tp === 0;
  if (isCut || stateSize === null || innerWidth === null) return stateElements / tp;
  const recurrent = innerWidth * stateSize;
  const channels = innerWidth + 2 * groups * stateSize;
  const steps = (stateElements - recurrent) / channels;
  return recurrent / tp + (innerWidth / tp + 2 * stateSize) * steps;
}

function attention(ask: Ask, facts: AttentionFacts, layer: number, bytes: number): CacheKind | null {
  const index = facts.indexer === null ? 0 : facts.indexer.keyWidth + (facts.indexer.keyWidth / 128) * 4;
  if (facts.kind === "MLA") {
    // The latent is of all heads: every GPU keeps it whole.
    const isSparse = facts.indexer !== null;
    const latent = isSparse && bytes === 1 ? SPARSE_FP8 : facts.keyRows * bytes;
    return {
      kind: isSparse ? "sparse-mla" : "mla",
      layers: 1,
      bytesPerToken: latent + index,
      perSequence: 0,
      window: null,
    };
  }
  if (facts.kind === "shared-KV MQA") {
    const ratio = facts.compressor?.ratio ?? 0;
    const bytesPerToken = ratio === 0 ? 0 : (COMPRESSED + index) / ratio;
    return {
      kind: "compressed",
      layers: 1,
      bytesPerToken,
      perSequence: RAW_WINDOW * COMPRESSED,
      window: null,
    };
  }
  const window = ask.model.schedule.window(layer);
  const bytesPerToken =
    (facts.keyRows + (facts.valueRows || facts.keyRows)) * headShare(ask, facts) * bytes + index;
  return { kind: window === null ? "gqa" : "sliding", layers: 1, bytesPerToken, perSequence: 0, window };
}

/** Key/value heads on one GPU over all: at least one. */
function headShare({ plan, claims }: Ask, facts: AttentionFacts): number {
  const heads = facts.kvHeads.value ?? claims.integer("kvHeads")?.value ?? plan.tp;
  return Math.max(1, Math.ceil(heads / plan.tp)) / Math.max(1, heads);
}

/** Bytes of one sequence of so many tokens on one GPU, rounded up to blocks. */
export function bytesOfSequence({ kinds, blockTokens }: CacheFacts, tokens: number): number {
  const rounded = Math.ceil(tokens / blockTokens) * blockTokens;
  return kinds.reduce((sum, { kind, bytesPerToken, perSequence, window }) => {
    if (kind === "cross") return sum;
    // A window keeps one block more than it looks back over.
    const kept =
      window === null ? rounded : Math.min(rounded, Math.ceil(window / blockTokens + 1) * blockTokens);
    return sum + bytesPerToken * kept + perSequence;
  }, 0);
}

/** The longest sequence that fits into so many bytes; Infinity where nothing grows with its length. */
export function longestSequence(cache: CacheFacts, room: number): number {
  const growing = cache.kinds
    .filter(({ window, kind }) => window === null && kind !== "cross")
    .reduce((sum, { bytesPerToken }) => sum + bytesPerToken, 0);
  if (growing === 0) return bytesOfSequence(cache, cache.blockTokens) <= room ? Number.POSITIVE_INFINITY : 0;
  const fixed = bytesOfSequence(
    { ...cache, kinds: cache.kinds.filter(({ window }) => window !== null) },
    Number.MAX_SAFE_INTEGER,
  );
  const states = cache.kinds
    .filter(({ window }) => window === null)
    .reduce((sum, { perSequence }) => sum + perSequence, 0);
  const tokens = Math.floor((room - fixed - states) / growing);
  return Math.max(0, Math.floor(tokens / cache.blockTokens) * cache.blockTokens);
}
