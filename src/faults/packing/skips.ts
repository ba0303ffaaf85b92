import { PlaceSet } from "../../checkpoint/place-set.ts";
import { StepBudget } from "../../patterns/step-budget.ts";
import type { Declaration } from "../../quantization/declaration.ts";
import type { DeclarationLookup } from "../../quantization/declared.ts";
import type { FoldedWeights } from "../../quantization/folded-weights.ts";
import type { NameRule } from "../../quantization/name-rules.ts";
import type { Quantization } from "../../quantization/quantization.ts";
import { findLooseEntries, type LooseEntry } from "../../quantization/skip-entries.ts";
import { type Fault, type FaultData, fault } from "../fault.ts";

/** Entries that are not judged are told, so that silence about the rest is not taken for agreement. */
export function findUnjudged({ declaration, unjudged }: DeclarationLookup): Fault[] {
  return (["beyond", "costly"] as const).flatMap((reason) =>
    tellUnjudged(
      declaration,
      unjudged.filter((each) => each.reason === reason).map(({ rule }) => rule),
      reason,
    ),
  );
}

function tellUnjudged(
  { file }: Declaration,
  rules: readonly NameRule[],
  reason: FaultData["skip.unjudged"]["reason"],
): Fault[] {
  if (rules.length === 0) return [];
  const data = { file, entries: rules.map(({ pattern }) => pattern), reason };
  return [fault("skip.unjudged", PlaceSet.whole(rules.length), data)];
}

/** Entries of the skip list that skip nothing by the dialect's own rule, and something by a looser reading. */
export function findLooseSkips(
  { declarations, ruleStepsLeft }: Quantization,
  modules: readonly FoldedWeights[],
): Fault[] {
  const [lookup] = declarations;
  if (lookup === undefined) return [];
  const { declaration } = lookup;
  const { entries, unjudged } = findLooseEntries(lookup, modules, new StepBudget(ruleStepsLeft));
  return [
    ...entries.flatMap((entry) => judgeLoose(declaration, entry)),
    ...tellUnjudged(declaration, unjudged, "renamed"),
  ];
}

function judgeLoose({ method }: Declaration, loose: LooseEntry): Fault[] {
  const { entry, reach, parts, example, count, isQuantized } = loose;
  const at = PlaceSet.modules([parts], count);
  const found: Fault[] = [];
  if (reach === "nothing") {
    const severity = isQuantized ? "warning" : "info";
    found.push(fault("skip.loose", at, { entry, example, isQuantized }, severity));
  }
  if (isQuantized) found.push(fault("skip.loosely", at, { entry, method }));
  return found;
}
