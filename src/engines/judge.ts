import type { Component } from "../checkpoint/checkpoint.ts";
import { PlaceSet } from "../checkpoint/place-set.ts";
import { STATEMENTS } from "../faults/engine/statements.ts";
import { type Fault, fault } from "../faults/fault.ts";
import { MAX_QUOTED_CHARACTERS, shortenMiddle } from "../format/escape.ts";
import { Ask, type Said } from "./ask.ts";
import { kernelOf } from "./kernel.ts";
import { ENGINES, type EngineName } from "./names.ts";
import { endsStart, outcomeOf } from "./outcomes.ts";
import { type Plan, TRIED_SPLITS } from "./plan.ts";
import { effectiveArchitecture, judgeArchitecture, type Via } from "./stages/architecture.ts";
import { judgeConfig } from "./stages/config.ts";
import { judgeDeclaration } from "./stages/declaration.ts";
import { judgeFiles } from "./stages/files.ts";
import { judgeMemory } from "./stages/memory.ts";
import { judgeMethod } from "./stages/method.ts";
import { judgeNames } from "./stages/names.ts";
import { judgeOptions } from "./stages/options.ts";
import { judgeShapes } from "./stages/shapes.ts";
import type { Tables } from "./table.ts";

/** How far an engine comes, in its order. */
export const STAGES = [
  "files",
  "config",
  "architecture",
  "declaration",
  "method",
  "names",
  "shapes",
  "memory",
] as const;
export type Stage = (typeof STAGES)[number];

export type Verdict = "loads" | "refuses" | "garbage" | "slow" | "unknown";

/** What one engine makes of a component under a plan. */
export interface EngineVerdict {
  readonly engine: EngineName;
  readonly version: string;
  readonly verdict: Verdict;
  readonly plan: Plan;
  /** Where it stops; null where it goes through. */
  readonly stage: Stage | null;
  readonly effective: {
    readonly architecture: string | null;
    readonly via: Via | null;
    readonly quantMethod: string | null;
    readonly kernel: string | null;
  };
  /** Of the plans tried, those that would load. */
  readonly plans: { readonly tp: readonly number[]; readonly ep: readonly number[] };
  readonly faults: readonly Fault[];
}

const JUDGES: readonly (readonly [Stage, (ask: Ask) => readonly Said[]])[] = [
  ["files", (ask) => ask.once(judgeFiles)],
  ["config", (ask) => ask.once(judgeConfig)],
  ["architecture", judgeArchitecture],
  ["declaration", (ask) => ask.once(judgeDeclaration)],
  ["method", judgeMethod],
  ["names", (ask) => [...ask.once(judgeNames), ...judgeOptions(ask)]],
  ["shapes", judgeShapes],
  ["memory", judgeMemory],
];

/** How far a start comes under a plan, and what is said on the way. */
export interface Start {
  readonly verdict: Verdict;
  readonly stage: Stage | null;
  readonly said: readonly Said[];
}

/** Runs the stages in order; the first that ends a start ends the verdict too. */
export function judgeStart(ask: Ask): Start {
  const said: Said[] = [];
  for (const [stage, judge] of JUDGES) {
    const own = judge(ask);
    said.push(...own);
    if (own.some(endsStart)) return { verdict: verdictOf(said), stage, said };
  }
  return { verdict: verdictOf(said), stage: null, said };
}

/** The verdict of an engine, with the plans that would load and all findings. */
export function judgeEngine(
  component: Component,
  engine: EngineName,
  tables: Tables,
  plan: Plan,
): EngineVerdict {
  const ask = new Ask(component, engine, tables, plan);
  const { verdict, stage, said } = judgeStart(ask);
  const { version } = ENGINES[engine];
  return {
    engine,
    version,
    verdict,
    plan,
    stage,
    effective: effectiveOf(ask),
    plans:
      stage === null || stage === "shapes" || stage === "memory" ? loadingPlans(ask) : { tp: [], ep: [] },
    faults: said.map((each) => toFault(engine, version, each)),
  };
}

/** What ends a start, in words; null where nothing does. */
export function refusalIn({ said }: Start, engine: EngineName): Fault | null {
  const first = said.find(endsStart);
  return first === undefined ? null : toFault(engine, ENGINES[engine].version, first);
}

function verdictOf(said: readonly Said[]): Verdict {
  const outcomes = new Set(said.map(outcomeOf));
  if (outcomes.has("refuse")) return "refuses";
  if (outcomes.has("garbage")) return "garbage";
  if (outcomes.has("unknown")) return "unknown";
  return outcomes.has("slow") ? "slow" : "loads";
}

function effectiveOf(ask: Ask): EngineVerdict["effective"] {
  const found = effectiveArchitecture(ask);
  return {
    architecture: found?.architecture ?? null,
    via: found?.via ?? null,
    quantMethod: ask.declared?.method || null,
    kernel: kernelOf(ask),
  };
}

/** Splits under which no size stands in the way, all else as in the plan that was asked about. */
function loadingPlans(ask: Ask): EngineVerdict["plans"] {
  const loads = (plan: Partial<Plan>) => {
    const other = ask.under(plan);
    const said = [...judgeShapes(other), ...judgeMemory(other)];
    return !said.some(endsStart);
  };
  if (!ask.isServing) return { tp: [], ep: [] };
  const tp = TRIED_SPLITS.filter((split) => loads({ tp: split, ep: 1 }));
  const hasExperts = ask.model.layers.some(({ feedForward }) => feedForward.moe !== null);
  const ep = hasExperts ? TRIED_SPLITS.filter((split) => loads({ tp: split, ep: split })) : [];
  return { tp, ep };
}

function toFault(engine: EngineName, version: string, { statement, at, values }: Said): Fault {
  const { rule } = STATEMENTS[statement];
  const severity = endsStart({ statement, at, values }) ? "error" : "info";
  // Names of a configuration may be of any length.
  const short = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === "string" ? shortenMiddle(value, MAX_QUOTED_CHARACTERS) : value,
  ]);
  const sighting = { engine, version, statement, values: { engine, ...Object.fromEntries(short) } };
  return fault(`engine.${rule}`, at ?? PlaceSet.whole(), sighting, severity);
}
