import type { Claims } from "../checkpoint/claims.ts";
import { claimedTraits } from "./families/detect.ts";

/**
 * Which layers look back over a window only. Headers are silent about it, so all of this is the configuration's word;
 * it moves memory figures for long contexts and nothing else.
 */
export interface Schedule {
  /** Positions that a layer looks back over, null for all of them. */
  readonly window: (layer: number) => number | null;
  /** Whether a layer reads another layer's keys and values. */
  readonly reusesKeys: (layer: number) => boolean;
  /** The key that says so, null where nothing is said. */
  readonly source: string | null;
}

const WINDOWED_TYPES = new Set([
  "sliding_attention",
  "chunked_attention",
  "sliding",
  "local_attention",
  "local",
]);

/** Reads the schedule for a model of `layerCount` main layers. */
export function readSchedule(claims: Claims, layerCount: number): Schedule {
  const shared = claims.integer("num_kv_shared_layers")?.value ?? 0;
  const reusesKeys = (layer: number) => shared < layerCount && layer >= layerCount - shared;
  const size = windowSize(claims);
  if (size === undefined) return { window: () => null, reusesKeys, source: null };
  const types = claims.strings("layer_types");
  if (types !== undefined && types.length > 0) {
    const window = (layer: number) => (WINDOWED_TYPES.has(types[layer] ?? "") ? size.value : null);
    return { window, reusesKeys, source: `layer_types, ${size.key}` };
  }
  const enabled = claims.flag("use_sliding_window");
  if (enabled !== undefined) {
    const from = claims.integer("max_window_layers")?.value ?? 0;
    const window = (layer: number) => (enabled.value && layer >= from ? size.value : null);
    return { window, reusesKeys, source: enabled.key };
  }
  const { looksBackFully } = claimedTraits(claims);
  if (looksBackFully === undefined) return { window: () => null, reusesKeys, source: null };
  const window = (layer: number) => (looksBackFully(layer, claims) ? null : size.value);
  return { window, reusesKeys, source: `model_type, ${size.key}` };
}

/** Llama 4 calls its window a chunk; a window of 0 is none, and one as long as the longest text limits nothing. */
function windowSize(claims: Claims) {
  const size = claims.integer("window");
  const longest = claims.integer("context")?.value ?? Number.POSITIVE_INFINITY;
  return size !== undefined && size.value > 0 && size.value < longest ? size : undefined;
}
