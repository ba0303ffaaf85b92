import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { PatternSegment } from "../../checkpoint/repeats.ts";
import type { Declaration } from "../../quantization/declaration.ts";
import type { FoldedWeights } from "../../quantization/folded-weights.ts";
import { placeOf } from "../../quantization/surroundings.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

const K_SCALE = /^(?:k_scale|k_cache_scale|k_cache\.scale|fa_k\.scale|k_fake_quantizer\.qscale_act)$/;
const V_SCALE = /^(?:v_scale|v_cache_scale|v_cache\.scale|fa_v\.scale|v_fake_quantizer\.qscale_act)$/;

/** How scales of keys and values are told, by the name of their module and their own. */
type CacheScaleNames = (module: PatternSegment | undefined, suffix: string) => "key" | "value" | undefined;

const SCALES: CacheScaleNames = (_, suffix) =>
  K_SCALE.test(suffix) ? "key" : V_SCALE.test(suffix) ? "value" : undefined;

/** Quark quantizes keys and values as the outputs of their projections. */
const OUTPUTS: CacheScaleNames = (module, suffix) => {
  if (suffix !== "output_scale") return SCALES(module, suffix);
  return module === "k_proj" ? "key" : module === "v_proj" ? "value" : undefined;
};

function scalesOutputs({ method, cache }: Declaration): boolean {
  return method === "quark" && cache !== null;
}

const PROJECTION = /^(?:[qkv]|qkv)_proj$/;

interface CacheScales {
  /** Layers that hold a projection of keys, a scale for keys, a scale for values; -1 where a path has no number. */
  readonly projections: Set<number>;
  readonly keys: Set<number>;
  readonly values: Set<number>;
  segments: readonly PatternSegment[];
  tensor: string;
}

/** Key/value-cache scales: one of a pair, not on all layers, or promised and absent. */
export function findCacheScaleGaps(scene: Scene): Fault[] {
  const { quantization } = scene;
  const attention = gatherAll(scene);
  const entries = [...attention.values()].filter(({ keys, values }) => keys.size + values.size > 0);
  const isPromised = quantization.declarations.some(({ declaration }) => declaration.cache?.hasScales);
  if (entries.length === 0 && isPromised)
    return [fault("cache-scale.promised", PlaceSet.tensors([], "k_scale"), { of: PlaceSet.whole() })];
  return entries.flatMap(judge);
}

/** How many scales of keys and values are stored, and in how many layers. */
export function cacheScalesOf(scene: Scene): { readonly scales: number; readonly layers: number } {
  let scales = 0;
  let layers = 0;
  for (const { keys, values } of gatherAll(scene).values()) {
    scales += keys.size + values.size;
    layers += new Set([...keys, ...values]).size;
  }
  return { scales, layers };
}

function gatherAll({ quantization, modules }: Scene): ReadonlyMap<string, CacheScales> {
  const attention = new Map<string, CacheScales>();
  const isQuark = quantization.declarations.some(({ declaration }) => scalesOutputs(declaration));
  for (const group of modules) gather(attention, group, isQuark ? OUTPUTS : SCALES);
  return attention;
}

function gather(attention: Map<string, CacheScales>, group: FoldedWeights, nameOf: CacheScaleNames): void {
  const { segments } = group;
  const last = segments.at(-1);
  const place = placeOf(isProjection(last) ? parentOf(group.example) : group.example);
  const scales = [...group.loose, ...group.weights.flatMap((weight) => weight.tensors)];
  const holdsKeys = last === "k_proj" || last === "qkv_proj";
  const key = scales.find(({ suffix }) => nameOf(last, suffix) === "key");
  const value = scales.find(({ suffix }) => nameOf(last, suffix) === "value");
  if (!holdsKeys && key === undefined && value === undefined) return;
  const entry = attention.get(place) ?? {
    projections: new Set(),
    keys: new Set(),
    values: new Set(),
    segments: [],
    tensor: "",
  };
  attention.set(place, entry);
  for (const layer of layersOf(segments)) {
    if (holdsKeys) entry.projections.add(layer);
    if (key !== undefined) entry.keys.add(layer);
    if (value !== undefined) entry.values.add(layer);
  }
  const scale = value ?? key;
  if (scale === undefined) return;
  entry.segments = segments;
  entry.tensor = scale.tensor.name;
}

function isProjection(part: PatternSegment | undefined): boolean {
  return typeof part === "string" && PROJECTION.test(part);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(".")));
}

/** The layers that lack one of the two, or both. */
function judge({ projections, keys, values, segments, tensor }: CacheScales): Fault[] {
  const all = [...new Set([...projections, ...keys, ...values])].sort((a, b) => a - b);
  const lacking = all.filter((layer) => !keys.has(layer) || !values.has(layer));
  if (lacking.length === 0) return [];
  const own = withLayers(segments, lacking);
  const owner = isProjection(own.at(-1)) ? own.slice(0, -1) : own;
  const data = {
    of: PlaceSet.modules([owner], lacking.length),
    layers: all.length,
    keys: keys.size,
    values: values.size,
  };
  return [fault("cache-scale.uneven", PlaceSet.tensors(own, tensor, lacking.length), data)];
}

function numbersOf(part: PatternSegment): readonly number[] | undefined {
  if (typeof part !== "string") return part.members;
  return /^\d+$/.test(part) ? [Number(part)] : undefined;
}

/** Numbers of the first list in a path. */
function layersOf(segments: readonly PatternSegment[]): readonly number[] {
  return segments.map(numbersOf).find((numbers) => numbers !== undefined) ?? [-1];
}

/** The same path with other numbers in its first list. */
function withLayers(segments: readonly PatternSegment[], layers: readonly number[]): PatternSegment[] {
  const at = segments.findIndex((part) => numbersOf(part) !== undefined);
  return segments.map((part, k) => {
    if (k !== at) return part;
    const stem = typeof part === "string" ? "" : part.prefix;
    return layers.length === 1 ? `${stem}${layers[0]}` : { prefix: stem, members: layers };
  });
}
