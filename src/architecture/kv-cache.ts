import type { AttentionFacts } from "./attention.ts";
import type { LayerFacts } from "./layer-facts.ts";
import type { Mixer } from "./mixers.ts";
import type { Schedule } from "./schedule.ts";

/** What one layer keeps of the past, in elements. */
export interface LayerMemory {
  /** Kept for each position. */
  readonly perToken: number;
  /** Index keys among them. */
  readonly indexKeys: number;
  /** Positions after which no more are kept, null for all of them. */
  readonly window: number | null;
  /** Kept once a sequence, whatever its length; null is not known. */
  readonly state: number | null;
  /** Kept for each position of the encoder's input. */
  readonly perSourceToken: number;
}

/** Bytes of an element: of keys and values, and of what is kept once a sequence. */
export interface ElementWidths {
  readonly bytes: number;
  readonly stateBytes: number;
}

/** Memory of a whole model for one sequence. Bytes; `elementBytes` wide elements. */
export interface KvCache {
  /** Of keys and values; a part of a byte where several share a scale. */
  readonly elementBytes: number;
  /** All caching layers, before any window is full. */
  readonly bytesPerToken: number;
  /** Layers that never stop to grow. */
  readonly growingBytesPerToken: number;
  readonly indexKeyBytesPerToken: number;
  readonly bytesPerSourceToken: number;
  /** Convolution and recurrent states, and windows of layers that keep nothing but a window; null is not known. */
  readonly stateBytes: number | null;
  readonly cachingLayers: number;
  readonly windowedLayers: number;
  /** The context that the next figure is for, null where none was asked for or claimed. */
  readonly context: number | null;
  readonly bytesAtContext: number | null;
}

/** Positions that DeepSeek-V4 keeps uncompressed, where its config does not say. */
const DEFAULT_RAW_WINDOW = 128;

/**
 * Sums what the layers keep, layer by layer, as windows differ between layers of one kind. Null where they keep nothing,
 * and where nobody knows what one of them keeps.
 */
export function countKvCache(
  layers: readonly LayerFacts[],
  schedule: Schedule,
  { bytes: elementBytes, stateBytes }: ElementWidths,
  context: number | null,
  rawWindow: number | null,
): KvCache | null {
  if (layers.some(({ mixers }) => mixers.some(isUnknown))) return null;
  let perToken = 0;
  let growing = 0;
  let indexKeys = 0;
  let perSource = 0;
  let state: number | null = 0;
  let cachingLayers = 0;
  let windowedLayers = 0;
  let windowedAtContext = 0;
  for (const facts of layers) {
    for (const layer of facts.members) {
      const memory = layerMemory(facts, layer, schedule, rawWindow ?? DEFAULT_RAW_WINDOW);
      perToken += memory.perToken;
      indexKeys += memory.indexKeys;
      perSource += memory.perSourceToken;
      state = state === null || memory.state === null ? null : state + memory.state;
      if (memory.perToken > 0) cachingLayers++;
      if (memory.window === null) growing += memory.perToken;
      else {
        windowedLayers++;
        windowedAtContext += memory.perToken * Math.min(context ?? 0, memory.window);
      }
    }
  }
  if (perToken === 0 && state === 0) return null;
  const keys = context === null ? null : growing * context + windowedAtContext;
  // Of four bits and a scale for several, a layer's keys make whole bytes all the same.
  const inBytes = (elements: number) => Math.ceil(elements * elementBytes);
  const states = state === null ? null : state * stateBytes;
  return {
    elementBytes,
    bytesPerToken: inBytes(perToken),
    growingBytesPerToken: inBytes(growing),
    indexKeyBytesPerToken: inBytes(indexKeys),
    bytesPerSourceToken: inBytes(perSource),
    stateBytes: states,
    cachingLayers,
    windowedLayers,
    context,
    bytesAtContext: keys === null || states === null ? null : inBytes(keys) + states,
  };
}

/** Whether nobody knows what a mixer keeps: no rule knows its tensors, or their layout is not understood. */
function isUnknown(mixer: Mixer): boolean {
  return mixer.type === "unknown" || (mixer.type === "attention" && mixer.facts.layout !== undefined);
}

function layerMemory(facts: LayerFacts, layer: number, schedule: Schedule, rawWindow: number): LayerMemory {
  let perToken = 0;
  let indexKeys = 0;
  let perSourceToken = 0;
  let state: number | null = 0;
  for (const mixer of facts.mixers) {
    switch (mixer.type) {
      case "attention": {
        if (schedule.reusesKeys(layer)) break;
        perToken += keptPerToken(mixer.facts);
        indexKeys += keptIndexKeys(mixer.facts);
        // DeepSeek-V4 keeps a short window of raw keys in every layer, compressed ones beside it.
        if (mixer.facts.kind === "shared-KV MQA") state = addState(state, rawWindow * mixer.facts.keyRows);
        break;
      }
      case "cross-attention":
        perSourceToken += mixer.keyRows + mixer.valueRows;
        break;
      default:
        state = addState(state, mixer.stateElements);
    }
  }
  return {
    perToken: perToken + indexKeys,
    indexKeys,
    window: perToken > 0 ? schedule.window(layer) : null,
    state,
    perSourceToken,
  };
}

function addState(sum: number | null, elements: number | null): number | null {
  return sum === null || elements === null ? null : sum + elements;
}

/** Keys and values of one position, index keys apart. */
function keptPerToken(facts: AttentionFacts): number {
  if (facts.kind === "MLA") return facts.keyRows;
  if (facts.kind === "shared-KV MQA") {
    // Rounded up: only a damaged file has rows that its ratio does not divide.
    return facts.compressor === null ? 0 : Math.ceil(facts.keyRows / Math.max(1, facts.compressor.ratio));
  }
  // A missing v_proj: keys serve as values too, yet are cached twice, as only keys are rotated and normed.
  return facts.keyRows + (facts.valueRows || facts.keyRows);
}

function keptIndexKeys(facts: AttentionFacts): number {
  if (facts.indexer === null) return 0;
  return Math.ceil(facts.indexer.keyWidth / Math.max(1, facts.compressor?.ratio ?? 1));
}
