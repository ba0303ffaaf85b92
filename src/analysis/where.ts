import { UnfoldError } from "../errors.ts";
import { BYTE_UNITS } from "../format/byte-units.ts";
import { DTYPE_BITS, isDtype } from "../safetensors/dtype.ts";
import type { TensorRow } from "./list.ts";

const OPERATORS = ["<=", ">=", "!=", "=", "<", ">", "~"] as const;
/** Two conditions in one text would be read as one odd value. */
const JOINED = /\s(?:and|or|&&|\|\|)\s/i;
type Operator = (typeof OPERATORS)[number];

const FIELDS = ["name", "dtype", "shape", "rank", "elements", "bytes", "shard"] as const;
type Field = (typeof FIELDS)[number];

const UNITS: Readonly<Record<string, number>> = { ...BYTE_UNITS, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** How a condition on names decides; handed in, as a pattern that cannot be read is told in the words of its option. */
export type GlobMatcher = (glob: string) => (text: string) => boolean;

/**
 * A condition as typed, `dtype=F32`, `bytes>=1MB`, `shape=[*,3072]`, `name~*.experts.*`, as a function on rows. Throws
 * `USAGE` with the fields and operators there are.
 */
export function parseWhere(text: string, matchGlob: GlobMatcher): (row: TensorRow) => boolean {
  if (JOINED.test(text)) {
    const hint = "Give --where once for each condition; all must hold.";
    throw new UnfoldError(
      "USAGE",
      { message: `${JSON.stringify(text)} is more than one condition` },
      { hint },
    );
  }
  const match = /^\s*([a-z]+)\s*(<=|>=|!=|==?|<|>|~)\s*(.*?)\s*$/.exec(text);
  const field = (match?.[1] === "size" ? "bytes" : match?.[1]) as Field;
  if (match === null || !FIELDS.includes(field)) {
    const hint = `A condition is FIELD OPERATOR VALUE; fields: ${FIELDS.join(", ")}; operators: ${OPERATORS.join(" ")}. For example --where 'bytes>=1MB'.`;
    throw new UnfoldError(
      "USAGE",
      { message: `cannot read the condition ${JSON.stringify(text)}` },
      { hint },
    );
  }
  const operator = (match[2] === "==" ? "=" : match[2]) as Operator;
  const value = match[3] as string;
  switch (field) {
    case "name":
    case "shard":
      return onText(field, operator, value, matchGlob);
    case "dtype":
      return onText(field, operator, operator === "~" ? value.toUpperCase() : knownDtype(value), matchGlob);
    case "shape":
      return onShape(operator, value);
    case "rank":
      return onNumber(operator, value, (row) => row.shape.length);
    case "elements":
      return onNumber(operator, value, (row) => row.elements);
    case "bytes":
      return onNumber(operator, value, (row) => row.bytes);
    default:
      return field satisfies never;
  }
}

/** A dtype in any case; one that the format does not have is a slip, not an empty answer. */
function knownDtype(value: string): string {
  const dtype = value.toUpperCase();
  if (isDtype(dtype)) return dtype;
  const hint = `The dtypes of the format: ${Object.keys(DTYPE_BITS).join(", ")}.`;
  throw new UnfoldError("USAGE", { message: `${JSON.stringify(value)} is no dtype` }, { hint });
}

function onText(
  field: "name" | "dtype" | "shard",
  operator: Operator,
  value: string,
  matchGlob: GlobMatcher,
) {
  if (operator === "~") {
    const matches = matchGlob(value);
    return (row: TensorRow) => matches(row[field]);
  }
  if (operator === "=") return (row: TensorRow) => row[field] === value;
  if (operator === "!=") return (row: TensorRow) => row[field] !== value;
  throw new UnfoldError("USAGE", { message: `${field} takes =, != or ~, not ${operator}` });
}

/** `[6144,3072]`, with `*` for any dimension. */
function onShape(operator: Operator, value: string): (row: TensorRow) => boolean {
  const inside = /^\[(.*)\]$/.exec(value)?.[1] ?? value;
  const wanted = inside.trim() === "" ? [] : inside.split(/[,x]/).map((part) => part.trim());
  if (
    (operator !== "=" && operator !== "!=") ||
    !wanted.every((part) => part === "*" || /^\d+$/.test(part))
  ) {
    throw new UnfoldError("USAGE", { message: "shape takes = or != and a list such as [*,3072]" });
  }
  const equals = (row: TensorRow) =>
    row.shape.length === wanted.length &&
    wanted.every((part, k) => part === "*" || Number(part) === row.shape[k]);
  return operator === "=" ? equals : (row) => !equals(row);
}

function onNumber(
  operator: Operator,
  value: string,
  of: (row: TensorRow) => number,
): (row: TensorRow) => boolean {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(value);
  const unit = UNITS[(match?.[2] ?? "?").toUpperCase()];
  if (match === null || unit === undefined) {
    throw new UnfoldError("USAGE", {
      message: `${JSON.stringify(value)} is no number with a unit such as 1MB or 2K`,
    });
  }
  const limit = Number(match[1]) * unit;
  switch (operator) {
    case "=":
      return (row) => of(row) === limit;
    case "!=":
      return (row) => of(row) !== limit;
    case "<":
      return (row) => of(row) < limit;
    case "<=":
      return (row) => of(row) <= limit;
    case ">":
      return (row) => of(row) > limit;
    case ">=":
      return (row) => of(row) >= limit;
    case "~":
      throw new UnfoldError("USAGE", { message: "~ is for name, dtype and shard" });
    default:
      return operator satisfies never;
  }
}
