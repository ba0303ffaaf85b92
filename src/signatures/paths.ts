import type { Condition, Formula, Predicate } from "./signature.ts";

/** A formula with other names for its keys. */
export function renameKeysOfFormula(formula: Formula, rename: (path: string) => string): Formula {
  if (typeof formula === "number") return formula;
  switch (formula[0]) {
    case "k":
    case "S":
      return [formula[0], rename(formula[1])];
    case "i":
      return formula;
    case "e":
      return ["e", rename(formula[1]), formula[2]];
    case "L":
      return formula[2] === undefined ? ["L", rename(formula[1])] : ["L", rename(formula[1]), formula[2]];
    default: {
      const [operator, ...parts] = formula;
      return [operator, ...parts.map((part) => renameKeysOfFormula(part, rename))] as unknown as Formula;
    }
  }
}

/** A condition with other names for its keys. */
export function renameKeysOfCondition(condition: Condition, rename: (path: string) => string): Condition {
  return condition.map((all) =>
    all.map(([predicate, wanted]) => [renameKeysOfPredicate(predicate, rename), wanted] as const),
  );
}

function renameKeysOfPredicate(predicate: Predicate, rename: (path: string) => string): Predicate {
  if (predicate[0] === "!=f")
    return ["!=f", renameKeysOfFormula(predicate[1], rename), renameKeysOfFormula(predicate[2], rename)];
  if (predicate[0] === "i%f")
    return ["i%f", predicate[1], renameKeysOfFormula(predicate[2], rename), predicate[3]];
  const paths = pathsOf(predicate);
  return predicate.map((part, place) =>
    paths.includes(place) ? rename(part as string) : part,
  ) as unknown as Predicate;
}

/** Which parts of a predicate name keys. */
function pathsOf(predicate: Predicate): readonly number[] {
  if (predicate[0] === "=k" || predicate[0] === ">k") return [1, 2];
  if (predicate[0] === "i%k=k") return [2, 3];
  if (typeof predicate[1] === "string") return [1];
  return typeof predicate[2] === "string" ? [2] : [];
}
