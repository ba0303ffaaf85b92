import { sentenceOf } from "../engines/verdict-rows.ts";
import type { EngineSighting } from "../faults/engine/data.ts";
import type { EngineRule } from "../faults/engine/kinds.ts";
import { type Fault, rowOf } from "../faults/fault.ts";
import { wordsFor } from "../faults/words.ts";
import { type Check, defineCheck, remark, type Seen } from "./check.ts";

interface EngineSeen extends Seen {
  readonly said: Fault;
}

/** The check that tells one kind of what engines refuse: it is made where engines are asked for, and by them. */
export function fromEngines(rule: EngineRule, check: Pick<Check, "title" | "fix" | "page">): Check {
  const kind = `engine.${rule}` as const;
  const { rule: id, severity } = rowOf(kind);
  return defineCheck<EngineSeen>({
    ...check,
    id,
    severity,
    family: "engine",
    needs: ["engines"],
    find: ({ component, options }) => {
      const run = options.engines;
      if (run == null) return [];
      return run
        .verdictsOf(component)
        .flatMap(({ faults }) => faults)
        .filter((fault) => fault.kind === kind)
        .map((fault) => toSeen(fault, run.isNamed));
    },
    message: ({ said }) => {
      const { engine } = said.data as EngineSighting;
      return remark(`${engine}: ${sentenceOf(said)}`);
    },
  });
}

/** What an engine refuses that was not asked for by name is worth knowing, and no error. */
function toSeen(said: Fault, isNamed: boolean): EngineSeen {
  const { expected, found, fix } = wordsFor(said);
  return {
    said,
    fault: said,
    at: said.at,
    severity: isNamed ? said.severity : "info",
    expected,
    found,
    ...(fix === undefined ? {} : { fix }),
  };
}
