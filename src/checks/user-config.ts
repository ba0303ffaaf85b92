import { UnfoldError } from "../errors.ts";
import { SEVERITIES, type Severity } from "./check.ts";
import { type Expectations, parseBytes, parseExpectedCount } from "./expectations.ts";
import { checkOf } from "./registry.ts";
import type { SeverityOverrides } from "./run.ts";

/** `unfold.config.json`, narrowed: what is checked, how strictly, and what is known and accepted. */
export interface UserConfig {
  readonly failOn?: Severity | "never";
  readonly severities: SeverityOverrides;
  readonly ignores: readonly Ignore[];
  readonly expectations: Expectations;
}

export interface Ignore {
  readonly rule: string;
  /** Glob over places and shards; undefined for all findings of the rule. */
  readonly where?: string;
  readonly reason: string;
}

type MakeMatcher = (glob: string) => (name: string) => boolean;

/**
 * Reads a configuration object. Nothing in it is passed over in silence: unknown keys, unknown rules and an ignore
 * without a reason are `USAGE` errors. `makeMatcher` turns globs into functions.
 */
export function parseUserConfig(value: unknown, makeMatcher: MakeMatcher): UserConfig {
  const object = asObject(value, "the configuration");
  onlyKeys(object, ["$schema", "failOn", "rules", "ignore", "expect"], "the configuration");
  const failOn = object.failOn === undefined ? {} : { failOn: asThreshold(object.failOn) };
  return {
    ...failOn,
    severities: parseRules(object.rules ?? {}),
    ignores: asArray(object.ignore ?? [], "ignore").map(parseIgnore),
    expectations: parseExpect(object.expect ?? {}, makeMatcher),
  };
}

export function asThreshold(value: unknown): Severity | "never" {
  if (value === "never" || (SEVERITIES as readonly unknown[]).includes(value))
    return value as Severity | "never";
  throw fault("failOn", "is one of error, warning, info, never");
}

function parseRules(value: unknown): SeverityOverrides {
  const rules = asObject(value, "rules");
  for (const [rule, severity] of Object.entries(rules)) {
    if (checkOf(rule) === undefined)
      throw fault(`rules[${JSON.stringify(rule)}]`, "is no check: see unfold check --list-rules");
    if (severity !== "off" && !(SEVERITIES as readonly unknown[]).includes(severity))
      throw fault(`rules[${JSON.stringify(rule)}]`, "is one of error, warning, info, off");
  }
  return rules as SeverityOverrides;
}

function parseIgnore(value: unknown, at: number): Ignore {
  const ignore = asObject(value, `ignore[${at}]`);
  onlyKeys(ignore, ["rule", "where", "reason"], `ignore[${at}]`);
  const rule = asText(ignore.rule, `ignore[${at}].rule`);
  if (checkOf(rule) === undefined)
    throw fault(`ignore[${at}].rule`, "is no check: see unfold check --list-rules");
  const reason = asText(ignore.reason, `ignore[${at}].reason`);
  const where = ignore.where === undefined ? {} : { where: asText(ignore.where, `ignore[${at}].where`) };
  return { rule, reason, ...where };
}

function parseExpect(value: unknown, makeMatcher: MakeMatcher): Expectations {
  const expect = asObject(value, "expect");
  onlyKeys(expect, ["schemes", "params", "layers", "dtypes", "maxBytes", "maxShardBytes"], "expect");
  const { schemes, params, layers, dtypes, maxBytes, maxShardBytes } = expect;
  if (layers !== undefined && !(Number.isSafeInteger(layers) && (layers as number) >= 0))
    throw fault("expect.layers", "is a whole number");
  return {
    ...(schemes === undefined
      ? {}
      : { schemes: asArray(schemes, "expect.schemes").map((each) => asText(each, "expect.schemes")) }),
    ...(params === undefined ? {} : { parameters: parseExpectedCount(asText(params, "expect.params")) }),
    ...(layers === undefined ? {} : { layers: layers as number }),
    ...(dtypes === undefined ? {} : { dtypes: parseDtypes(dtypes, makeMatcher) }),
    ...(maxBytes === undefined ? {} : { maxBytes: asBytes(maxBytes, "expect.maxBytes") }),
    ...(maxShardBytes === undefined ? {} : { maxShardBytes: asBytes(maxShardBytes, "expect.maxShardBytes") }),
  };
}

function parseDtypes(value: unknown, makeMatcher: MakeMatcher): Expectations["dtypes"] & object {
  return Object.entries(asObject(value, "expect.dtypes")).map(([glob, dtype]) => ({
    glob,
    matches: makeMatcher(glob),
    dtype: asText(dtype, `expect.dtypes[${JSON.stringify(glob)}]`),
  }));
}

function asBytes(value: unknown, place: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return parseBytes(asText(value, place));
}

function asObject(value: unknown, place: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw fault(place, "is an object");
}

function asArray(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw fault(place, "is a list");
}

function asText(value: unknown, place: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw fault(place, "is a text, not empty");
}

function onlyKeys(object: Record<string, unknown>, keys: readonly string[], place: string): void {
  for (const key of Object.keys(object))
    if (!keys.includes(key)) throw fault(`${place}: ${JSON.stringify(key)}`, `is none of ${keys.join(", ")}`);
}

function fault(place: string, problem: string): UnfoldError {
  return new UnfoldError("USAGE", { message: `unfold.config.json: ${place} ${problem}` });
}
