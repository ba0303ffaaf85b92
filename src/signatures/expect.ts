import { readConfiguration } from "./configuration.ts";
import { evaluateFormula, variablesOf } from "./formula.ts";
import { holds, variablesOfCondition } from "./predicate.ts";
import type { Configuration, ExpectedTensors, Formula, Layout, Row, Signature, Value } from "./signature.ts";
import { singleLayersOf } from "./single-layers.ts";
import { numberThrough } from "./stages.ts";

/** Members of one list that are told one by one; the largest real one (experts × layers) has some 60,000. */
const MAX_PLACES = 200_000;
/** Members of one list; beyond it a configuration is not to be believed. */
const MAX_COUNT = 100_000;

export type Expectation =
  | {
      readonly status: "known";
      readonly tensors: readonly ExpectedTensors[];
      /** Patterns of which it is not known whether, where or how often they are stored. */
      readonly unknown: readonly string[];
      readonly configuration: Configuration;
    }
  | {
      /** The configuration has a value for which nothing was found out. */
      readonly status: "beyond";
      readonly path: string;
      readonly value: Value;
      readonly known: Value;
    };

/** What a class stores for a configuration. Pure; a few milliseconds for the largest. */
export function expectTensors(
  signature: Signature,
  config: Readonly<Record<string, unknown>>,
  layout: Layout = "published",
): Expectation {
  const configuration = readConfiguration(signature, config);
  const beyond = findBeyond(signature, configuration);
  if (beyond !== undefined) return beyond;
  const side = layout === "runtime" ? (signature.runtime ?? signature) : signature;
  const tensors: ExpectedTensors[] = [];
  const unknown = new Set(side.unknown);
  for (const row of side.rows) {
    const found = expectRow(row, configuration);
    if (found === undefined) unknown.add(row.pattern);
    else tensors.push(...found);
  }
  return {
    status: "known",
    tensors: tensors.filter(({ pattern }) => !unknown.has(pattern)),
    unknown: [...unknown],
    configuration,
  };
}

function findBeyond(
  signature: Signature,
  configuration: Configuration,
): (Expectation & { status: "beyond" }) | undefined {
  for (const [path, known] of Object.entries(signature.fixed)) {
    const value = configuration.get(path);
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(known))
      return { status: "beyond", path, value, known };
  }
  for (const [path, known] of Object.entries(signature.lengths)) {
    const value = configuration.get(path);
    if (Array.isArray(value) && value.length !== known) return { status: "beyond", path, value, known };
  }
  for (const [path, known] of Object.entries(signature.vocabulary)) {
    const value = configuration.get(path);
    if (wordsOf(value).some((word) => !known.includes(word)))
      return { status: "beyond", path, value: value as Value, known };
  }
  const absent = signature.required.find((path) => configuration.get(path) === undefined);
  return absent === undefined
    ? undefined
    : { status: "beyond", path: absent, value: null, known: "what config.json states" };
}

function wordsOf(value: Value | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? (value as Value[]).filter((each) => typeof each === "string") : [];
}

/** One row's tensors; undefined where the configuration does not tell. */
function expectRow(row: Row, whole: Configuration): ExpectedTensors[] | undefined {
  const layers = singleLayersOf(row, whole);
  let configuration = whole;
  const told = new Set([
    ...(layers === undefined ? [] : [0]),
    ...(row.stages === undefined ? [] : [row.stages.variable, row.stages.variable + 1]),
    ...variablesOfCondition(row.when),
    ...row.shape.flatMap((formula) => (formula === undefined ? [] : variablesOf(formula))),
    ...row.counts.flatMap(variablesOf),
  ]);
  const groups = new Map<string, ExpectedTensors & { indices: number[][] }>();
  const indices: number[] = [];
  const counts: number[] = [];
  const chosen: (readonly number[])[] = [];
  let places = 0;
  if (!visit(0)) return undefined;
  return row.stages === undefined ? [...groups.values()] : numberThrough(row, groups.values(), whole);

  function visit(variable: number): boolean {
    if (variable === row.counts.length) return place();
    const count = evaluateFormula(row.counts[variable] as Formula, configuration, indices);
    if (count === undefined || !(count <= MAX_COUNT)) return false;
    counts[variable] = count;
    const all = Array.from({ length: Math.max(0, Math.trunc(count)) }, (_, index) => index);
    if (!told.has(variable)) {
      chosen[variable] = all;
      // No formula and no predicate looks at it.
      indices[variable] = 0;
      return all.length === 0 || visit(variable + 1);
    }
    for (const index of all) {
      chosen[variable] = [index];
      indices[variable] = index;
      if (variable === 0 && layers !== undefined) configuration = layers(index);
      if (!visit(variable + 1)) return false;
    }
    return true;
  }

  function place(): boolean {
    places += 1;
    if (places > MAX_PLACES) return false;
    const stored = holds(row.when, configuration, indices, counts);
    if (stored === undefined) return false;
    if (!stored) return true;
    const shape = row.shape.map((formula) => {
      const size = formula === undefined ? undefined : evaluateFormula(formula, configuration, indices);
      // Where a formula was found for other values than these, it may say what no dimension can be.
      return size === undefined || size < 0 || !Number.isInteger(size) ? undefined : size;
    });
    // Places that differ in one index alone are told together, but where that sets the length of an inner list.
    const rest = told.size <= 1 ? counts : indices;
    const key = `${shape.join()} ${rest.join()}`;
    const group = groups.get(key);
    if (group === undefined)
      groups.set(key, { pattern: row.pattern, indices: chosen.map((each) => [...each]), shape, row });
    else for (const variable of told) group.indices[variable]?.push(indices[variable] as number);
    return true;
  }
}

/** The name of a pattern's tensor at a place. */
export function nameAt(pattern: string, indices: readonly number[]): string {
  return pattern.replace(/\{(\d+)\}/g, (_, variable) => String(indices[Number(variable)]));
}
