import { PlaceSet } from "../../checkpoint/place-set.ts";
import { formatPattern } from "../../checkpoint/repeats.ts";
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
    ...byCause(entries).flatMap((alike) => judgeLoose(declaration, alike)),
    ...tellUnjudged(declaration, unjudged, "renamed"),
  ];
}

/**
 * Entries that are wrong for one reason: alike but for numbers, all of them names of what holds modules, or all of
 * them near names of what is then not skipped.
 */
function byCause(entries: readonly LooseEntry[]): [LooseEntry, ...LooseEntry[]][] {
  const causes = new Map<string, [LooseEntry, ...LooseEntry[]]>();
  for (const entry of entries) {
    const isOneCause = entry.isExactHolder || entry.isTargeted;
    const name = isOneCause ? "" : entry.entry.replace(/\d+/g, "#");
    const { reach, isQuantized, isTargeted, isExactHolder } = entry;
    const key = JSON.stringify([reach, isQuantized, isTargeted, isExactHolder, name]);
    const known = causes.get(key);
    if (known === undefined) causes.set(key, [entry]);
    else known.push(entry);
  }
  return [...causes.values()];
}

function judgeLoose({ method }: Declaration, alike: readonly [LooseEntry, ...LooseEntry[]]): Fault[] {
  const [{ entry, reach, example, isQuantized, isTargeted, isExactHolder }] = alike;
  const meant = [...new Map(alike.map((each) => [formatPattern(each.segments), each])).values()];
  const at = PlaceSet.modules(
    meant.map(({ segments }) => segments),
    meant.reduce((sum, { count }) => sum + count, 0),
  );
  const entries = alike.length;
  const found: Fault[] = [];
  if (reach === "nothing") {
    const severity = isQuantized || isTargeted ? "warning" : "info";
    const stored = isQuantized ? "quantized" : isTargeted ? "unskipped" : "skipped";
    found.push(fault("skip.loose", at, { entry, entries, example, stored }, severity));
  }
  // Exporters list whatever has no scheme of its own, so also what only holds modules: nobody meant to skip these.
  const severity = isExactHolder ? "info" : "warning";
  if (isQuantized) found.push(fault("skip.loosely", at, { entry, entries, method }, severity));
  return found;
}
