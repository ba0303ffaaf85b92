import type { EngineSighting } from "../faults/engine/data.ts";
import type { Certainty } from "../faults/engine/statements/row.ts";
import { STATEMENTS } from "../faults/engine/statements.ts";
import { type Fault, rowOf, type Severity } from "../faults/fault.ts";
import { wordsFor } from "../faults/words.ts";
import type { EngineVerdict, Stage, Verdict } from "./judge.ts";

/** One engine's verdict as reports have it. */
export interface EngineRow {
  readonly engine: string;
  readonly version: string;
  readonly verdict: Verdict;
  readonly plan: {
    readonly tp: number;
    readonly ep: number;
    readonly pp: number;
    readonly gpu: string | null;
    readonly computeCapability: number | null;
    readonly dtype: string;
  };
  readonly stage: Stage | null;
  readonly effective: EngineVerdict["effective"];
  readonly plans: EngineVerdict["plans"];
  readonly findings: readonly EngineFinding[];
  /** The component that it is about, where the source holds several. */
  readonly component: string | null;
}

export interface EngineFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly where: string | null;
  readonly count: number;
  readonly numbers: Readonly<Record<string, number>>;
  readonly message: string;
  readonly fix: string;
  readonly certainty: Certainty;
  readonly source: string;
}

export function toEngineRow(verdict: EngineVerdict, component: string | null): EngineRow {
  const { engine, version, plan, stage, effective, plans, faults } = verdict;
  const { tp, ep, pp, gpu, dtype } = plan;
  return {
    engine,
    version,
    verdict: verdict.verdict,
    plan: { tp, ep, pp, gpu: gpu?.name ?? null, computeCapability: gpu?.capability ?? null, dtype },
    stage,
    effective,
    plans,
    findings: faults.map(toFinding),
    component,
  };
}

function toFinding(fault: Fault): EngineFinding {
  const { statement, values } = fault.data as EngineSighting;
  const { certainty, source } = STATEMENTS[statement];
  const numbers = Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
  return {
    rule: rowOf(fault.kind).rule,
    severity: fault.severity,
    where: fault.at.format(),
    count: Math.max(1, fault.at.count),
    numbers,
    message: sentenceOf(fault),
    fix: wordsFor(fault).fix ?? "",
    certainty,
    source,
  };
}

/** What fails, and what the engine says of it. */
export function sentenceOf(fault: Fault): string {
  const { found, expected } = wordsFor(fault);
  return expected === null ? (found ?? "") : `${found ?? ""}; ${expected}`;
}
