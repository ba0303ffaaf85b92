import type { Component } from "../../checkpoint/checkpoint.ts";
import { writesTokens } from "../../kinds/kind.ts";
import { Ask } from "../ask.ts";
import { GPUS, type Gpu } from "../gpus.ts";
import { judgeStart } from "../judge.ts";
import { ENGINES } from "../names.ts";
import type { Tables } from "../table.ts";
import { cacheOf } from "./cache.ts";
import { gpuRow } from "./fit.ts";

/** What it fits on, in one line: the fewest GPUs of a few sizes, and the most of one that are too few. */
export interface ShortFit {
  readonly engine: string;
  readonly version: string;
  /** Tokens of the sequence that finds room. */
  readonly context: number;
  readonly plans: readonly ShortPlan[];
  /** Half of the first plan, which is not enough; null where one GPU is. */
  readonly not: ShortPlan | null;
}

export interface ShortPlan {
  readonly gpu: string;
  readonly count: number;
}

/** A consumer's card, and two of data centres: one of each size that people ask about. */
const SHOWN: ReadonlySet<string> = new Set(["RTX 4090", "H100 80", "B200"]);
const COUNTS = [1, 2, 4, 8] as const;
/** Tokens of a sequence that room is asked for, where the model takes as many. */
const USUAL_CONTEXT = 8192;
const ENGINE = "vllm";
const MOST = 8;
const REQUEST = {
  engine: ENGINE,
  gpus: [],
  counts: COUNTS,
  batch: 1,
  kv: "auto",
  utilization: null,
  spreadsExperts: false,
} as const;

/**
 * Where a model that writes text fits; null for anything else, and where the engine takes it on no plan, or nobody knows
 * whether it does or what its cache needs. Most numbers of GPUs are not tried: what does not fit on the most of one is not asked about fewer.
 */
export function shortFit(component: Component, tables: Tables): ShortFit | null {
  if (!component.isComplete || !writesTokens(component)) return null;
  const ask = new Ask(component, ENGINE, tables, { tp: 1, ep: 1, pp: 1, gpu: null, dtype: "auto" });
  const { stage, verdict } = judgeStart(ask);
  if (verdict === "unknown" || (stage !== null && stage !== "shapes")) return null;
  // Without it nothing fits for certain, and nothing is too small for certain either.
  if (!cacheOf(ask, REQUEST.kv).isKnown) return null;
  const context = Math.min(USUAL_CONTEXT, ask.claims.integer("context")?.value ?? USUAL_CONTEXT);
  const request = { ...REQUEST, contexts: [context] };
  const gpus = GPUS.filter(({ name }) => SHOWN.has(name)).sort((a, b) => a.mebibytes - b.mebibytes);
  const holds = (gpu: Gpu, count: number) => gpuRow(ask, request, gpu, count).verdict === "fits";
  const plans: ShortPlan[] = [];
  for (const gpu of gpus) {
    const least = plans.at(-1)?.count ?? Number.POSITIVE_INFINITY;
    const counts = COUNTS.filter((count) => count < least);
    const most = counts.findLast((count) => holds(gpu, count));
    if (most === undefined) continue;
    plans.push({ gpu: gpu.name, count: counts.find((count) => holds(gpu, count)) ?? most });
  }
  const [first] = plans;
  const last = gpus.at(-1);
  const tooFew = first === undefined ? last && { gpu: last.name, count: MOST } : halfOf(first);
  return {
    engine: ENGINE,
    version: ENGINES[ENGINE].version,
    context,
    plans,
    not: tooFew ?? null,
  };
}

function halfOf({ gpu, count }: ShortPlan): ShortPlan | null {
  return count === 1 ? null : { gpu, count: count / 2 };
}
