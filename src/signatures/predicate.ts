import { evaluateFormula, keysOf, variablesOf } from "./formula.ts";
import type { Condition, Configuration, Predicate, Value } from "./signature.ts";

/** Whether a condition holds at a place; undefined where the configuration does not tell. */
export function holds(
  condition: Condition,
  configuration: Configuration,
  indices: readonly number[],
  counts: readonly number[],
): boolean | undefined {
  let told = true;
  for (const all of condition) {
    const one = holdsAll(all, configuration, indices, counts);
    if (one === true) return true;
    if (one === undefined) told = false;
  }
  return told ? false : undefined;
}

/** Whether every predicate of a list is what it must be. */
export function holdsAll(
  all: Condition[number],
  configuration: Configuration,
  indices: readonly number[],
  counts: readonly number[],
): boolean | undefined {
  let told = true;
  for (const [predicate, wanted] of all) {
    const truth = isTrue(predicate, configuration, indices, counts);
    if (truth === undefined) told = false;
    else if (truth !== wanted) return false;
  }
  return told ? true : undefined;
}

/** Indices of the name that a condition looks at. */
export function variablesOfCondition(condition: Condition): number[] {
  return condition.flatMap((all) =>
    all.flatMap(([predicate]) => {
      if (predicate[0] === "!=f") return [...variablesOf(predicate[1]), ...variablesOf(predicate[2])];
      return typeof predicate[1] === "number" ? [predicate[1]] : [];
    }),
  );
}

/** Keys that a predicate looks at. */
export function keysOfPredicate(predicate: Predicate): string[] {
  if (predicate[0] === "=k" || predicate[0] === ">k") return [predicate[1], predicate[2]];
  if (predicate[0] === "i%k=k") return [predicate[2], predicate[3]];
  if (predicate[0] === "!=f") return [...keysOf(predicate[1]), ...keysOf(predicate[2])];
  if (predicate[0] === "i%f") return keysOf(predicate[2]);
  const path = typeof predicate[1] === "string" ? predicate[1] : predicate[2];
  return typeof path === "string" ? [path] : [];
}

function isTrue(
  predicate: Predicate,
  configuration: Configuration,
  indices: readonly number[],
  counts: readonly number[],
): boolean | undefined {
  if (predicate[0] === "!=f") {
    const one = evaluateFormula(predicate[1], configuration, indices);
    const other = evaluateFormula(predicate[2], configuration, indices);
    return one !== undefined && other !== undefined && one !== other;
  }
  if (isAboutPlace(predicate)) {
    const index = indices[predicate[1]];
    const count = counts[predicate[1]];
    if (index === undefined || count === undefined) return undefined;
    if (predicate[0] === "i%f") {
      const period = evaluateFormula(predicate[2], configuration, indices);
      return period === undefined ? undefined : period > 0 && index % period === predicate[3] % period;
    }
    return isTrueOfPlace(predicate, configuration, index, count);
  }
  const value = configuration.get(predicate[1]);
  if (value === undefined) return undefined;
  return isTrueOfValue(predicate, value, configuration);
}

type AboutPlace = Extract<Predicate, readonly [string, number, ...unknown[]]>;
type AboutPlaceAlone = Exclude<AboutPlace, readonly ["i%f", ...unknown[]]>;
type AboutValue = Exclude<Predicate, AboutPlace | readonly ["!=f", ...unknown[]]>;

function isAboutPlace(predicate: AboutPlace | AboutValue): predicate is AboutPlace {
  return typeof predicate[1] === "number";
}

function isTrueOfValue(
  predicate: AboutValue,
  value: Value,
  configuration: Configuration,
): boolean | undefined {
  const list: readonly Value[] = Array.isArray(value) ? value : [];
  switch (predicate[0]) {
    case "==":
      // Code that asks whether a key is set takes both alike, other code does not: which, experiments did not ask.
      if ((predicate[2] === null && value === false) || (predicate[2] === false && value === null))
        return undefined;
      return same(value, predicate[2]);
    case ">":
      return typeof value === "number" && value > predicate[2];
    case "=k":
    case ">k": {
      const other = configuration.get(predicate[2]);
      if (other === undefined) return undefined;
      if (typeof value !== "number" || typeof other !== "number") return false;
      return predicate[0] === "=k" ? value === other : value > other;
    }
    case "has":
      return list.length > 0;
    case "any>":
      return list.some((each) => typeof each === "number" && each > predicate[2]);
    case "any":
      return list.some((each) => same(each, predicate[2]));
    case "@":
      return same(list[predicate[2]], predicate[3]);
    case "@=":
      return predicate[3] < list.length && same(list[predicate[2]], list[predicate[3]]);
    case "@>": {
      const member = list[predicate[2]];
      return typeof member === "number" && member > predicate[3];
    }
    default:
      return predicate satisfies never;
  }
}

function isTrueOfPlace(
  predicate: AboutPlaceAlone,
  configuration: Configuration,
  index: number,
  count: number,
): boolean | undefined {
  switch (predicate[0]) {
    case "i==":
      return index === predicate[2];
    case "i<":
      return index < predicate[2];
    case "i>=last":
      return index >= count - predicate[2];
    case "i=last":
      return index === count - 1;
    case "i<half":
      return index < Math.floor(count / 2);
    case "i>half":
      return index > Math.floor(count / 2);
    case "i%":
      return index % predicate[2] === predicate[3];
    default: {
      const value = configuration.get(predicate[2]);
      if (value === undefined) return undefined;
      return isTrueBeside(predicate, value, configuration, index, count);
    }
  }
}

type Beside = Extract<AboutPlaceAlone, readonly [string, number, string, ...unknown[]]>;

/** Predicates that hold an index against a key: a bound, a period, a list by place. */
function isTrueBeside(
  predicate: Beside,
  value: Value,
  configuration: Configuration,
  index: number,
  count: number,
): boolean | undefined {
  const list: readonly Value[] = Array.isArray(value) ? value : [];
  const key = typeof value === "number" && Number.isInteger(value) ? value : -1;
  const period = Math.max(key, 1);
  switch (predicate[0]) {
    case "[i]":
      return index < list.length && same(list[index], predicate[3]);
    case "[i%]":
      return list.length > 0 && same(list[index % list.length], predicate[3]);
    case "[i]<": {
      const member = list[index];
      return typeof member === "number" && member < predicate[3];
    }
    case "[i]>": {
      const member = list[index];
      return typeof member === "number" && member > predicate[3];
    }
    case "[i]=":
      return areAlike(list, index, predicate[3]);
    case "[r]=":
      return areAlike(list, list.length - 1 - index, predicate[3]);
    case "iin":
      return list.includes(index);
    case "i<len":
      return index < list.length;
    case "i<k":
      return key >= 0 && index < key;
    case "i<k+":
      return key >= 0 && index < key + predicate[3];
    case "i=k":
      return index === key;
    case "i>=last-k":
      return key >= 0 && index >= count - key;
    case "i%k":
      return key > 0 && index % key === (predicate[3] + key) % key;
    case "i+%k":
      return (index + 1) % period === 0;
    case "i%k=k": {
      const offset = configuration.get(predicate[3]);
      if (offset === undefined) return undefined;
      return index % period === (typeof offset === "number" ? offset : 0);
    }
    default:
      return predicate satisfies never;
  }
}

/** Whether a member equals the one a step further; where there is no such member, it does not. */
function areAlike(list: readonly Value[], index: number, step: number): boolean {
  const other = index + step;
  return (
    index >= 0 && other >= 0 && index < list.length && other < list.length && same(list[index], list[other])
  );
}

function same(a: Value | undefined, b: Value | undefined): boolean {
  return a === b;
}
