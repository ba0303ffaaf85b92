import type { Configuration, Formula, Member, Value } from "./signature.ts";

/**
 * The value of a formula for a configuration and the indices of a name. Undefined where a key is missing or no number:
 * the dimension is then not known.
 */
export function evaluateFormula(
  formula: Formula,
  configuration: Configuration,
  indices: readonly number[],
): number | undefined {
  if (typeof formula === "number") return formula;
  switch (formula[0]) {
    case "k":
      return numberOf(configuration.get(formula[1]));
    case "e":
      return numberOf(memberOf(configuration.get(formula[1]), formula[2], indices));
    case "L": {
      const value = configuration.get(formula[1]);
      return lengthOf(formula[2] === undefined ? value : memberOf(value, formula[2], indices));
    }
    case "S":
      return sumOf(configuration.get(formula[1]));
    case "i":
      return indices[formula[1]];
    default: {
      const [operator, ...parts] = formula;
      let result: number | undefined;
      for (const part of parts) {
        const value = evaluateFormula(part, configuration, indices);
        if (value === undefined) return undefined;
        result = result === undefined ? value : calculate(operator, result, value);
      }
      if (result === undefined || !Number.isFinite(result)) return undefined;
      return parts.length === 1 ? whole(operator, result) : result;
    }
  }
}

function memberOf(list: Value | undefined, member: Member, indices: readonly number[]): Value | undefined {
  if (!Array.isArray(list)) return undefined;
  const place = memberIndex(member, indices, list.length);
  return place === undefined ? undefined : list[place];
}

/** Where a list's member lies; undefined outside the list. */
export function memberIndex(member: Member, indices: readonly number[], length: number): number | undefined {
  const place = typeof member === "number" ? member : relative(member, indices, length);
  return place >= 0 && place < length ? place : undefined;
}

function relative(member: Exclude<Member, number>, indices: readonly number[], length: number): number {
  if (member[0] === "z") return length - 1 - member[1];
  const index = indices[member[1]] ?? Number.NaN;
  if (member[0] === "m") return index % length;
  return member[0] === "i" ? index + member[2] : length - 1 - index + member[2];
}

function numberOf(value: Value | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function lengthOf(value: Value | undefined): number | undefined {
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : undefined;
}

function sumOf(value: Value | undefined): number | undefined {
  if (!Array.isArray(value)) return undefined;
  let sum = 0;
  for (const each of value as readonly Value[]) {
    if (typeof each !== "number") return undefined;
    sum += each;
  }
  return sum;
}

function calculate(operator: string, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "*":
      return a * b;
    case "-":
      return a - b;
    case "//":
      return Math.floor(a / b);
    case "/":
      return a / b;
    case "%":
      return ((a % b) + b) % b;
    case "**":
      return a ** b;
    case "max":
      return Math.max(a, b);
    case "min":
      return Math.min(a, b);
    default:
      return Number.NaN;
  }
}

function whole(operator: string, value: number): number {
  switch (operator) {
    case "neg":
      return -value;
    case "ceil":
      return Math.ceil(value);
    case "floor":
      return Math.floor(value);
    case "int":
      return Math.trunc(value);
    case "round":
      return roundHalfEven(value);
    default:
      return value;
  }
}

/** Python rounds a half to the even neighbour. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Keys that a formula needs. */
export function keysOf(formula: Formula): string[] {
  if (typeof formula === "number") return [];
  switch (formula[0]) {
    case "k":
    case "e":
    case "L":
    case "S":
      return [formula[1]];
    case "i":
      return [];
    default: {
      const [, ...parts] = formula;
      return parts.flatMap(keysOf);
    }
  }
}

/** Indices of the name that a formula needs. */
export function variablesOf(formula: Formula): number[] {
  if (typeof formula === "number") return [];
  switch (formula[0]) {
    case "k":
    case "S":
      return [];
    case "i":
      return [formula[1]];
    case "e":
    case "L": {
      const member = formula[2];
      return member === undefined || typeof member === "number" || member[0] === "z" ? [] : [member[1]];
    }
    default: {
      const [, ...parts] = formula;
      return parts.flatMap(variablesOf);
    }
  }
}
