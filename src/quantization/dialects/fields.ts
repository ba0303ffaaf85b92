import { member } from "../../checkpoint/config.ts";
import { type Declaration, MAX_DECLARED_ENTRIES, NO_WEIGHT } from "../declaration.ts";
import type { DeclaredNumbers } from "../declared-numbers.ts";
import { makeRule, type NameDialect } from "../name-rules.ts";
import type { DeclaredWeight } from "../scheme.ts";

/** What a reader of one dialect makes of its object. */
export type Parsed = Pick<Declaration, "weight"> & Partial<Declaration>;

/** The reader of one dialect. */
export type Dialect = (config: object, method: string, numbers: DeclaredNumbers) => Parsed;

export function text(value: unknown, key: string): string | null {
  const found = member(value, key);
  return typeof found === "string" && found !== "" ? found : null;
}

export function boolean(value: unknown, key: string): boolean | null {
  const found = member(value, key);
  return typeof found === "boolean" ? found : null;
}

/** A list of texts, or one alone. */
export function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, MAX_DECLARED_ENTRIES)
    .filter((entry): entry is string => typeof entry === "string" && entry !== "");
}

export function entries(value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).slice(0, MAX_DECLARED_ENTRIES);
}

export function escapeRegex(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Keys of skip lists of transformers' integrations. */
export const SKIP_LISTS = [
  "modules_to_not_convert",
  "ignored_layers",
  "skip_modules",
  "ignore",
  "exclude",
] as const;

/** A weight with the entries of skip lists, each once. */
export function withIgnored(
  config: object,
  dialect: NameDialect,
  keys: readonly string[],
  weight: DeclaredWeight,
): Parsed {
  const names = new Set(keys.flatMap((key) => strings(member(config, key))));
  return { weight, ignored: [...names].map((name) => makeRule(name, dialect)) };
}

/** What a flat object says of all weights. */
export function weightOf(
  config: object,
  method: string,
  numbers: DeclaredNumbers,
  isAverage = false,
): DeclaredWeight {
  return { ...NO_WEIGHT, method, ...changes(config, numbers, isAverage) };
}

const BITS_KEYS = ["bits", "w_bit", "nbits"] as const;
const GROUP_KEYS = ["group_size", "q_group_size"] as const;

/** Bits, group and symmetry under their many names, only those that are there. */
export function changes(
  value: unknown,
  numbers: DeclaredNumbers,
  isAverage = false,
): Partial<DeclaredWeight> {
  const [bits = null] = BITS_KEYS.map((key) =>
    isAverage ? numbers.averageBits(value, key) : numbers.bits(value, key),
  ).filter((each) => each !== null);
  const [group] = GROUP_KEYS.map((key) => numbers.group(value, key)).filter((each) => each !== undefined);
  const zero = boolean(value, "zero_point");
  const symmetric = boolean(value, "sym") ?? (zero === null ? null : !zero);
  const indexed = boolean(value, "desc_act");
  return {
    ...(bits === null ? {} : { bits }),
    ...(group === undefined ? {} : { group }),
    ...(symmetric === null ? {} : { symmetric }),
    ...(indexed === null ? {} : { indexed }),
  };
}
