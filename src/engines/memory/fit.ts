import type { Component } from "../../checkpoint/checkpoint.ts";
import { formatCount } from "../../format/count.ts";
import { type Kind, kindOf } from "../../kinds/kind.ts";
import { Ask } from "../ask.ts";
import type { Gpu } from "../gpus.ts";
import { judgeStart, refusalIn } from "../judge.ts";
import { ENGINES, type EngineName } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Tables } from "../table.ts";
import { sentenceOf } from "../verdict-rows.ts";
import { APPLE, APPLE_FORMULA, APPLE_HIGH, APPLE_LOW, APPLE_SOURCE, type AppleMemory } from "./apple.ts";
import { bytesOfSequence, type CacheDtype, type CacheFacts, cacheOf, longestSequence } from "./cache.ts";
import { OVERHEAD_FORMULA, OVERHEAD_SOURCE, overheadOn } from "./overhead.ts";
import { type RankWeights, weightsPerRank } from "./weights.ts";

/** What is asked of `fit`. */
export interface FitRequest {
  readonly engine: EngineName;
  readonly gpus: readonly Gpu[];
  /** Numbers of GPUs that are tried. */
  readonly counts: readonly number[];
  /** Tokens of a sequence; `max` is what the configuration says. */
  readonly contexts: readonly (number | "max")[];
  /** Sequences at once that have to find room. */
  readonly batch: number;
  readonly kv: CacheDtype;
  /** Part of the memory that the engine may take; null for its own. */
  readonly utilization: number | null;
  /** Whether experts are spread over the GPUs whole. */
  readonly spreadsExperts: boolean;
}

export interface FitResult {
  readonly engine: EngineName;
  readonly version: string;
  readonly weights: RankWeights;
  /** Null for what keeps no cache. */
  readonly kv: CacheFacts | null;
  readonly overhead: { readonly formula: string; readonly source: string };
  readonly rows: readonly FitRow[];
  readonly notes: readonly string[];
}

export interface FitRow {
  readonly gpu: string;
  readonly count: number;
  readonly plan: { readonly tp: number; readonly ep: number; readonly pp: number };
  readonly memoryBytes: number;
  readonly weightsPerGpu: number;
  /** What is left for the cache on one GPU. */
  readonly roomLow: number;
  readonly roomHigh: number;
  readonly maxTokensLow: number | null;
  readonly maxTokensHigh: number | null;
  readonly concurrency: readonly { readonly context: number; readonly low: number; readonly high: number }[];
  readonly verdict: "fits" | "tight" | "does-not-fit" | "refused";
  readonly reason: string | null;
}

/** Part of a GPU that vLLM takes. */
const UTILIZATION = 0.92;
/** Below this part of the memory, what is left is no clear yes. */
const MARGIN = 0.05;
const MEBIBYTE = 2 ** 20;
/** What a system that shares its memory with the GPU keeps. */
const SYSTEM_BYTES = 8 * 2 ** 30;
/** A context to hold rooms against, where the configuration says none. */
const USUAL_CONTEXT = 8192;

/** Kinds that work on pictures, films or sounds with other parts: a step of theirs takes what its size asks. */
const PAINTERS: ReadonlySet<Kind> = new Set(["diffusion-transformer", "unet", "autoencoder", "controlnet"]);
const PAINTS =
  "it is a part that works with others, step by step: its weights are told; memory for activations depends on the size of what is made, which no header holds";

/** What is said of all parts of a pipeline together. */
export const PARTS_TOGETHER =
  "weights of all parts at once; memory for activations depends on the size of what is made, which no header holds";

/** What it takes to serve a component: exact bytes of weights and cache, and a range for the rest. A part of a pipeline is told by its weights. */
export function fitComponent(
  component: Component,
  tables: Tables,
  request: FitRequest,
  inPipeline = false,
): FitResult {
  const { engine } = request;
  const alone: Plan = { tp: 1, ep: 1, pp: 1, gpu: null, dtype: "auto" };
  const ask = new Ask(component, engine, tables, alone);
  const version = ENGINES[engine].version;
  if (inPipeline || PAINTERS.has(kindOf(component).kind)) {
    const overhead = { formula: "not told", source: "no engine here serves it by itself" };
    // Nothing is cast to 16 bits: such parts are loaded as they are stored.
    const weights = weightsPerRank(ask.under({ dtype: "float32" }));
    // Of parts in a pipeline it is said once, with the whole.
    return { engine, version, weights, kv: null, overhead, rows: [], notes: inPipeline ? [] : [PAINTS] };
  }
  const isCaching = ask.model.isGenerative;
  const isApple = engine === "mlx" || engine === "llama.cpp";
  const refusal = isApple ? refusalOf(ask) : null;
  const rows = isApple
    ? APPLE.map((machine) => ({ ...appleRow(ask, request, machine), ...refusal }))
    : request.gpus.flatMap((gpu) => request.counts.map((count) => gpuRow(ask, request, gpu, count)));
  const cache = isCaching ? cacheOf(ask, request.kv) : null;
  return {
    engine,
    version,
    weights: weightsPerRank(ask),
    kv: cache,
    overhead: isApple
      ? { formula: APPLE_FORMULA, source: APPLE_SOURCE }
      : { formula: OVERHEAD_FORMULA, source: OVERHEAD_SOURCE },
    rows,
    notes: notesOn(ask, cache),
  };
}

function notesOn(ask: Ask, cache: CacheFacts | null): string[] {
  const notes: string[] = [];
  const { unsure } = weightsPerRank(ask);
  if (cache === null)
    notes.push(
      "it keeps no cache between steps; memory for activations depends on sizes of inputs, and is not told",
    );
  else if (!cache.isKnown)
    notes.push("what some layers keep of the past is not known: rooms are told without it");
  if (unsure.length > 0)
    notes.push(`whether ${unsure.join(", ")} are split is not known: they are counted whole on each GPU`);
  return notes;
}

function contextsOf(ask: Ask, { contexts }: FitRequest): number[] {
  const most = ask.claims.integer("context")?.value;
  // Beside the longest that the model takes, what is longer is no sequence of it.
  const isPossible = (each: number | "max") =>
    each === "max" || most === undefined || !contexts.includes("max") || each <= most;
  const lengths = contexts
    .filter(isPossible)
    .map((each) => (each === "max" ? (most ?? USUAL_CONTEXT) : each));
  return [...new Set(lengths)].sort((a, b) => a - b);
}

/** What so many GPUs of a sort make of it. */
export function gpuRow(ask: Ask, request: FitRequest, gpu: Gpu, count: number): FitRow {
  const hasExperts = ask.model.layers.some(({ feedForward }) => feedForward.moe !== null);
  const ep = request.spreadsExperts && hasExperts ? count : 1;
  const own = ask.under({ tp: count, ep, gpu });
  const weights = Math.max(...weightsPerRank(own).perRank);
  const memory = gpu.mebibytes * MEBIBYTE;
  const usable = Math.ceil(
    (gpu.shared ? memory - SYSTEM_BYTES : memory) * (request.utilization ?? UTILIZATION),
  );
  const { low, high } = overheadOn(own, gpu);
  const rooms = { low: usable - weights - high, high: usable - weights - low };
  const facts = rowFacts(own, request, rooms, usable);
  return {
    gpu: gpu.name,
    count,
    plan: { tp: count, ep, pp: 1 },
    memoryBytes: memory,
    weightsPerGpu: weights,
    ...facts,
    ...refusalOf(own),
  };
}

function appleRow(ask: Ask, request: FitRequest, { name, bytes, usable }: AppleMemory): FitRow {
  const { perRank } = weightsPerRank(ask);
  const weights = Math.max(...perRank);
  const limit = Math.round(usable * (request.utilization ?? 1));
  const rooms = { low: limit - weights - APPLE_HIGH, high: limit - weights - APPLE_LOW };
  const facts = rowFacts(ask, request, rooms, limit);
  return {
    gpu: name,
    count: 1,
    plan: { tp: 1, ep: 1, pp: 1 },
    memoryBytes: bytes,
    weightsPerGpu: weights,
    ...facts,
  };
}

/** What the engine says to a plan that it does not take; what memory alone stands in the way of is told by the numbers. */
function refusalOf(ask: Ask): Pick<FitRow, "verdict" | "reason"> | null {
  const start = judgeStart(ask);
  const first = start.stage === "memory" ? null : refusalIn(start, ask.engine);
  return first === null ? null : { verdict: "refused", reason: sentenceOf(first) };
}

type Facts = Pick<
  FitRow,
  "roomLow" | "roomHigh" | "maxTokensLow" | "maxTokensHigh" | "concurrency" | "verdict" | "reason"
>;

/** Rooms held against the sequences that are asked for: the shortest has to fit for certain. */
function rowFacts(
  ask: Ask,
  request: FitRequest,
  rooms: { readonly low: number; readonly high: number },
  usable: number,
): Facts {
  const low = Math.floor(rooms.low);
  const high = Math.floor(rooms.high);
  const room = { roomLow: low, roomHigh: high };
  if (!ask.model.isGenerative) {
    const verdict = low > usable * MARGIN ? "fits" : high > 0 ? "tight" : "does-not-fit";
    return { ...room, maxTokensLow: null, maxTokensHigh: null, concurrency: [], verdict, reason: null };
  }
  const cache = cacheOf(ask, request.kv);
  const concurrency = contextsOf(ask, request).map((context) => {
    const each = bytesOfSequence(cache, context);
    const times = (free: number) => (free <= 0 || each === 0 ? 0 : Math.floor(free / each));
    return { context, low: times(low), high: times(high) };
  });
  const finite = (tokens: number) => (Number.isFinite(tokens) ? tokens : null);
  const [shortest] = concurrency;
  const isCertain = shortest !== undefined && shortest.low >= request.batch;
  const isPossible = shortest !== undefined && shortest.high >= request.batch;
  const verdict =
    isCertain && low > usable * MARGIN && cache.isKnown ? "fits" : isPossible ? "tight" : "does-not-fit";
  return {
    ...room,
    maxTokensLow: finite(longestSequence(cache, low)),
    maxTokensHigh: finite(longestSequence(cache, high)),
    concurrency,
    verdict,
    reason: verdict === "fits" ? null : reasonFor(ask, request, cache, { low, high }, shortest?.context),
  };
}

/** What is short, and what would help. */
function reasonFor(
  ask: Ask,
  request: FitRequest,
  cache: CacheFacts,
  { low, high }: { readonly low: number; readonly high: number },
  context: number | undefined,
): string {
  if (high <= 0) return "more than its memory";
  if (low <= 0) return "it depends on the engine's overhead";
  const helps =
    cache.dtype === "bf16" && cache.bytesPerToken > 0 ? "; an FP8 cache (--kv fp8) halves it" : "";
  const sequences = request.batch === 1 ? "a sequence" : `${request.batch} sequences`;
  const need = context === undefined ? 0 : bytesOfSequence(cacheOf(ask, request.kv), context) * request.batch;
  return `${sequences} of ${formatCount(context ?? 0)} tokens ${request.batch === 1 ? "needs" : "need"} ${formatCount(Math.ceil(need))} bytes of cache${helps}`;
}
