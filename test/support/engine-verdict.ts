import type { EngineName } from "../../src/engines/names.ts";
import type { Plan } from "../../src/engines/plan.ts";
import { prepareEngines } from "../../src/engines/run.ts";
import { type EngineRow, toEngineRow } from "../../src/engines/verdict-rows.ts";
import type { Draft } from "./draft.ts";
import { loadFiles } from "./run-checks.ts";
import { served } from "./served.ts";

export type Bend = (draft: Draft) => void;

/** What an engine says of a model that was bent, under a plan. */
export async function askEngine(
  engine: EngineName,
  model: () => Draft,
  bend: Bend,
  plan: Partial<Plan> = {},
): Promise<EngineRow> {
  const draft = served(model)();
  bend(draft);
  const [component] = (await loadFiles(draft.toFiles())).components;
  if (component === undefined) throw new Error("no component");
  const whole = { tp: 1, ep: 1, pp: 1, gpu: null, dtype: "auto", ...plan };
  const [verdict] = (await prepareEngines([engine], whole, true)).verdictsOf(component);
  if (verdict === undefined) throw new Error("no verdict");
  return toEngineRow(verdict, null);
}
