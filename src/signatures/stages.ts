import { evaluateFormula, variablesOf } from "./formula.ts";
import type { Configuration, ExpectedTensors, Formula, Row } from "./signature.ts";

/**
 * Tensors of a list that is numbered through over stages, told by stage and place, under the one index of their names: those
 * of one shape together. Undefined where the configuration does not tell where the list starts.
 */
export function numberThrough(
  row: Row,
  tensors: Iterable<ExpectedTensors>,
  configuration: Configuration,
): ExpectedTensors[] | undefined {
  const variable = row.stages?.variable ?? 0;
  const starts = new Map<string, readonly number[] | undefined>();
  const groups = new Map<string, ExpectedTensors & { indices: number[][] }>();
  for (const each of tensors) {
    const outer = each.indices.slice(0, variable).map(([first]) => first as number);
    const key = outer.join();
    if (!starts.has(key)) starts.set(key, startsOfStages(row, configuration, outer));
    const start = starts.get(key)?.[each.indices[variable]?.[0] as number];
    if (start === undefined) return undefined;
    const number = start + (each.indices[variable + 1]?.[0] as number);
    const rest = each.indices.toSpliced(variable, 2);
    const alike = `${each.shape.join()} ${rest.map((values) => values.join()).join(" ")}`;
    const group = groups.get(alike);
    if (group !== undefined) group.indices[variable]?.push(number);
    else
      groups.set(alike, {
        ...each,
        indices: rest.toSpliced(variable, 0, [number]).map((values) => [...values]),
      });
  }
  return [...groups.values()];
}

/** The number of each stage's first member, and the one behind the last stage; undefined where a formula does not tell. */
function startsOfStages(
  { counts, stages }: Row,
  configuration: Configuration,
  outer: readonly number[],
): readonly number[] | undefined {
  const variable = outer.length;
  const count = evaluateFormula(counts[variable] as Formula, configuration, outer);
  let next = stages && evaluateFormula(stages.start, configuration, outer);
  if (count === undefined || next === undefined) return undefined;
  const starts = [next];
  for (let stage = 0; stage < count; stage += 1) {
    const length = evaluateFormula(counts[variable + 1] as Formula, configuration, [...outer, stage]);
    if (length === undefined) return undefined;
    next += Math.max(0, Math.trunc(length));
    starts.push(next);
  }
  return starts;
}

/**
 * What a row's formulas and conditions ask for at a place of its names: the indices, with stage and place in the stage for
 * the index of a list that is numbered through. Undefined where the list has no such member.
 */
export function variablesAt(
  row: Row,
  configuration: Configuration,
  indices: readonly number[],
): readonly number[] | undefined {
  if (row.stages === undefined) return indices;
  const { variable } = row.stages;
  const outer = indices.slice(0, variable);
  const number = indices[variable] as number;
  const starts = startsOfStages(row, configuration, outer) ?? [];
  const stage = starts.findLastIndex((start) => start <= number);
  if (stage < 0 || stage === starts.length - 1) return undefined;
  return [...outer, stage, number - (starts[stage] as number), ...indices.slice(variable + 1)];
}

/** How many members a row's lists have, by each index of its names; undefined where no one formula tells it. */
export function countsByIndex({ counts, stages }: Row): readonly (Formula | undefined)[] {
  if (stages === undefined) return counts;
  const { variable, start } = stages;
  const [count, length] = counts.slice(variable, variable + 2) as [Formula, Formula];
  let all: Formula | undefined;
  if (!variablesOf(length).includes(variable)) all = ["*", count, length];
  else if (Array.isArray(length) && length[0] === "e") all = ["S", length[1] as string];
  return [
    ...counts.slice(0, variable),
    all === undefined ? undefined : ["+", start, all],
    // Lists inside are told by stage and place, not by the index of a name.
    ...counts.slice(variable + 2).map(() => undefined),
  ];
}
