import type { Component } from "../checkpoint/checkpoint.ts";
import { type EngineVerdict, judgeEngine } from "./judge.ts";
import type { EngineName } from "./names.ts";
import type { Plan } from "./plan.ts";
import { loadTables } from "./table.ts";

/** The engines that a run asks about, and their answers. */
export interface EngineRun {
  /** Whether they were asked for by name: what they refuse is then an error, else a remark. */
  readonly isNamed: boolean;
  readonly engines: readonly EngineName[];
  verdictsOf(component: Component): readonly EngineVerdict[];
}

/** Loads the tables of these engines, and judges each component once, when its verdicts are asked for. */
export async function prepareEngines(
  engines: readonly EngineName[],
  plan: Plan,
  isNamed: boolean,
): Promise<EngineRun> {
  const tables = await loadTables(engines);
  const known = new WeakMap<Component, readonly EngineVerdict[]>();
  return {
    isNamed,
    engines,
    verdictsOf: (component) => {
      let verdicts = known.get(component);
      if (verdicts === undefined) {
        verdicts = engines.map((engine) => judgeEngine(component, engine, tables, plan));
        known.set(component, verdicts);
      }
      return verdicts;
    },
  };
}
