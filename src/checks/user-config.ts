import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { SEVERITIES, type Severity } from "./check.ts";
import {
  type Expectations,
  type ExpectedCount,
  parseBytes,
  parseDtype,
  parseExpectedCount,
  suggest,
} from "./expectations.ts";
import { parseScheme } from "./expected-scheme.ts";
import { CHECKS, checkOf } from "./registry.ts";
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
 * without a reason are `USAGE` errors, which name the file as `file` does. `makeMatcher` turns globs into functions.
 */
export function parseUserConfig(value: unknown, makeMatcher: MakeMatcher, file: string): UserConfig {
  try {
    return parseConfig(value, makeMatcher);
  } catch (error) {
    if (!(error instanceof UnfoldError) || error.code !== "USAGE") throw error;
    const hint = error.hint === null ? {} : { hint: error.hint };
    throw new UnfoldError("USAGE", { message: `${quoteForMessage(file)}: ${error.message}` }, hint);
  }
}

function parseConfig(value: unknown, makeMatcher: MakeMatcher): UserConfig {
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
  throw fault("failOn", "must be one of error, warning, info, never");
}

function parseRules(value: unknown): SeverityOverrides {
  const rules = asObject(value, "rules");
  for (const [rule, severity] of Object.entries(rules)) {
    knownRule(rule, `rules[${JSON.stringify(rule)}]`);
    if (severity !== "off" && !(SEVERITIES as readonly unknown[]).includes(severity))
      throw fault(`rules[${JSON.stringify(rule)}]`, "must be one of error, warning, info, off");
  }
  return rules as SeverityOverrides;
}

function knownRule(rule: string, configPath: string): string {
  if (checkOf(rule) !== undefined) return rule;
  const ids = CHECKS.map(({ id }) => id);
  throw fault(configPath, "is no check", suggest(rule, ids, "unfold check --list-rules names all."));
}

function parseIgnore(value: unknown, at: number): Ignore {
  const ignore = asObject(value, `ignore[${at}]`);
  onlyKeys(ignore, ["rule", "where", "reason"], `ignore[${at}]`);
  const rule = knownRule(asText(ignore.rule, `ignore[${at}].rule`), `ignore[${at}].rule`);
  const reason = asText(ignore.reason, `ignore[${at}].reason`);
  const where = ignore.where === undefined ? {} : { where: asText(ignore.where, `ignore[${at}].where`) };
  return { rule, reason, ...where };
}

function parseExpect(value: unknown, makeMatcher: MakeMatcher): Expectations {
  const expect = asObject(value, "expect");
  onlyKeys(expect, ["schemes", "params", "layers", "dtypes", "maxBytes", "maxShardBytes"], "expect");
  const { schemes, params, layers, dtypes, maxBytes, maxShardBytes } = expect;
  if (layers !== undefined && !(Number.isSafeInteger(layers) && (layers as number) >= 0))
    throw fault("expect.layers", "must be a whole number");
  return {
    ...(schemes === undefined ? {} : { schemes: asArray(schemes, "expect.schemes").map(asScheme) }),
    ...(params === undefined ? {} : { parameters: asCount(params) }),
    ...(layers === undefined ? {} : { layers: layers as number }),
    ...(dtypes === undefined ? {} : { dtypes: parseDtypes(dtypes, makeMatcher) }),
    ...(maxBytes === undefined ? {} : { maxBytes: asBytes(maxBytes, "expect.maxBytes") }),
    ...(maxShardBytes === undefined ? {} : { maxShardBytes: asBytes(maxShardBytes, "expect.maxShardBytes") }),
  };
}

function asScheme(value: unknown, at: number): string {
  const configPath = `expect.schemes[${at}]`;
  return atConfigPath(configPath, () => parseScheme(asText(value, configPath)));
}

function asCount(value: unknown): ExpectedCount {
  const text = typeof value === "number" ? String(value) : asText(value, "expect.params");
  return atConfigPath("expect.params", () => parseExpectedCount(text));
}

function parseDtypes(value: unknown, makeMatcher: MakeMatcher): Expectations["dtypes"] & object {
  return Object.entries(asObject(value, "expect.dtypes")).map(([glob, dtype]) => {
    const configPath = `expect.dtypes[${JSON.stringify(glob)}]`;
    return {
      glob,
      matches: makeMatcher(glob),
      dtype: atConfigPath(configPath, () => parseDtype(asText(dtype, configPath))),
    };
  });
}

function asBytes(value: unknown, configPath: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return atConfigPath(configPath, () => parseBytes(asText(value, configPath)));
}

/** The parsers of options name what was typed; in a file it takes the place too. */
function atConfigPath<T>(configPath: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UnfoldError) || error.message.startsWith(configPath)) throw error;
    throw fault(`${configPath}:`, error.message, error.hint ?? undefined);
  }
}

function asObject(value: unknown, configPath: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw fault(configPath, "must be an object");
}

function asArray(value: unknown, configPath: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw fault(configPath, "must be a list");
}

function asText(value: unknown, configPath: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw fault(configPath, "must be a text, not empty");
}

function onlyKeys(object: Record<string, unknown>, keys: readonly string[], configPath: string): void {
  for (const key of Object.keys(object))
    if (!keys.includes(key)) {
      const hint = suggest(key, keys, "");
      throw fault(
        `${configPath}: ${JSON.stringify(key)}`,
        `is none of ${keys.join(", ")}`,
        hint === "" ? undefined : hint,
      );
    }
}

function fault(configPath: string, problem: string, hint?: string): UnfoldError {
  return new UnfoldError(
    "USAGE",
    { message: `${configPath} ${problem}` },
    hint === undefined ? {} : { hint },
  );
}
