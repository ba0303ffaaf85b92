import type { Expectation } from "./expect.ts";
import { evaluateFormula, keysOf } from "./formula.ts";
import { buildMatcher } from "./match.ts";
import { holds } from "./predicate.ts";
import type { Configuration, Formula, Row, Value } from "./signature.ts";

/** A number that the headers tell, and the formula that the class has for it. */
export interface Equation {
  readonly formula: Formula;
  readonly indices: readonly number[];
  /** What the headers say. */
  readonly stored: number;
  /** The tensor, and the axis of its shape. */
  readonly name: string;
  readonly axis: number;
}

/** One value of one key that the headers ask for. */
export interface Solution {
  readonly path: string;
  readonly stated: Value | undefined;
  readonly told: number;
  /** Equations that fail with the stated value and hold with this one. */
  readonly explained: number;
  /** Equations that fail with the stated value. */
  readonly failing: number;
  /** Equations with this key that hold with this value, of how many. */
  readonly holding: number;
  readonly concerned: number;
}

/** Larger values of a key are no model's. */
const LARGEST_VALUE = 2 ** 31;
/** Equations that are solved for a value; the rest only vote on it. */
const MAX_SOLVED = 64;

/**
 * What the headers say of every dimension that a formula tells. Tensors that the class does not have, or has in another
 * rank, tell nothing here.
 */
export function buildEquations(
  expectation: Expectation & { status: "known" },
  tensors: Iterable<readonly [name: string, shape: readonly number[]]>,
): Equation[] {
  const rows = new Map<string, Row[]>();
  for (const { row } of expectation.tensors) {
    const known = rows.get(row.pattern);
    if (known === undefined) rows.set(row.pattern, [row]);
    else if (!known.includes(row)) known.push(row);
  }
  const match = buildMatcher(rows.keys());
  const equations: Equation[] = [];
  for (const [name, shape] of tensors) {
    const place = match(name);
    const row = place && rowAt(rows.get(place.pattern) ?? [], expectation.configuration, place.indices);
    if (place === undefined || row?.shape.length !== shape.length) continue;
    row.shape.forEach((formula, axis) => {
      if (formula !== undefined)
        equations.push({ formula, indices: place.indices, stored: shape[axis] as number, name, axis });
    });
  }
  return equations;
}

/** Of rows of one pattern, the one that holds at a place. */
function rowAt(
  rows: readonly Row[],
  configuration: Configuration,
  indices: readonly number[],
): Row | undefined {
  if (rows.length === 1) return rows[0];
  return rows.find((row) => {
    const counts = row.counts.map((count) => evaluateFormula(count, configuration, indices) ?? Number.NaN);
    return holds(row.when, configuration, indices, counts) === true;
  });
}

/**
 * Which value of which single key makes failing equations hold, best first: most explained, then fewest broken. Empty
 * where all hold, or where no one key explains any. Pure.
 */
export function solve(equations: readonly Equation[], configuration: Configuration): Solution[] {
  const failing = equations.filter((each) => !holdsFor(each, configuration));
  const paths = [...new Set(failing.flatMap(({ formula }) => keysOf(formula)))].sort();
  return paths
    .flatMap((path) => solveFor(path, equations, failing, configuration))
    .sort(
      (a, b) =>
        b.explained - a.explained ||
        a.concerned - a.holding - (b.concerned - b.holding) ||
        (a.path < b.path ? -1 : 1),
    );
}

function solveFor(
  path: string,
  equations: readonly Equation[],
  failing: readonly Equation[],
  configuration: Configuration,
): Solution[] {
  const stated = configuration.get(path);
  if (stated !== undefined && stated !== null && typeof stated !== "number") return [];
  const concerned = equations.filter(({ formula }) => keysOf(formula).includes(path));
  const failingHere = failing.filter(({ formula }) => keysOf(formula).includes(path));
  const values = new Set<number>();
  for (const equation of failingHere.slice(0, MAX_SOLVED)) {
    const value = solveOne(equation, path, configuration);
    if (value !== undefined) values.add(value);
  }
  return [...values].map((told) => {
    const changed = withValue(configuration, path, told);
    return {
      path,
      stated,
      told,
      explained: failingHere.filter((each) => holdsFor(each, changed)).length,
      failing: failing.length,
      holding: concerned.filter((each) => holdsFor(each, changed)).length,
      concerned: concerned.length,
    };
  });
}

/** The whole number that a key must be for one equation; formulas grow or shrink with each of their keys. */
function solveOne(
  { formula, indices, stored }: Equation,
  path: string,
  configuration: Configuration,
): number | undefined {
  const at = (value: number): number | undefined =>
    evaluateFormula(formula, withValue(configuration, path, value), indices);
  const first = at(1);
  const last = at(LARGEST_VALUE);
  if (first === undefined || last === undefined) return undefined;
  const grows = last >= first;
  let low = 1;
  let high = LARGEST_VALUE;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const value = at(middle);
    if (value === undefined) return undefined;
    if (grows ? value >= stored : value <= stored) high = middle;
    else low = middle + 1;
  }
  return at(low) === stored ? low : undefined;
}

function holdsFor({ formula, indices, stored }: Equation, configuration: Configuration): boolean {
  return evaluateFormula(formula, configuration, indices) === stored;
}

function withValue(configuration: Configuration, path: string, value: number): Configuration {
  return { get: (asked) => (asked === path ? value : configuration.get(asked)) };
}
