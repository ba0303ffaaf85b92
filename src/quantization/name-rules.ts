import { compileGlob, compileRegex } from "./linear-regex.ts";

/** How a configuration's patterns are matched against module names, by dialect. */
export type NameDialect =
  | "compressed-tensors"
  | "transformers"
  | "glob"
  | "quark"
  | "quark-override"
  | "regex-start"
  | "regex-search"
  | "substring"
  | "exact"
  | "exact-weight";

/** A pattern of a configuration, ready to be asked. */
export interface NameRule {
  readonly pattern: string;
  /** Name without any wildcard: looked up, not tried on every module. Null for a real pattern. */
  readonly exact: string | null;
  /** Undefined where the pattern is beyond what unfold judges. */
  readonly matches: ((name: string) => boolean) | undefined;
}

/** Class names that compressed-tensors targets; the header does not hold classes, shapes stand for them. */
const CLASS_NAMES = /^(?:Linear|Embedding|Conv[123]d|LayerNorm|RMSNorm)$/;

export function isClassName(pattern: string): boolean {
  return CLASS_NAMES.test(pattern);
}

export function makeRule(pattern: string, dialect: NameDialect): NameRule {
  switch (dialect) {
    case "compressed-tensors":
      return pattern.startsWith("re:") ? startRule(pattern, pattern.slice(3)) : exactRule(pattern);
    case "quark":
      return pattern.startsWith("re:") ? startRule(pattern, pattern.slice(3)) : exactRule(pattern);
    case "quark-override":
      return pattern.includes("*") ? globRule(pattern) : substringRule(pattern);
    case "transformers":
      return transformersRule(pattern);
    case "glob":
      return /[*?[]/.test(pattern) ? globRule(pattern) : exactRule(pattern);
    case "regex-start":
      return startRule(pattern, pattern);
    case "regex-search": {
      if (/^[\w.-]*$/.test(pattern)) return exactRule(pattern);
      const regex = compileRegex(pattern);
      return { pattern, exact: null, matches: regex?.matchesSomewhere };
    }
    case "substring":
      return substringRule(pattern);
    case "exact":
      return exactRule(pattern);
    case "exact-weight":
      return exactRule(pattern.replace(/\.weight$/, ""), pattern);
  }
}

function exactRule(name: string, pattern = name): NameRule {
  return { pattern, exact: name, matches: (candidate) => candidate === name };
}

function substringRule(pattern: string): NameRule {
  return { pattern, exact: null, matches: (name) => name.includes(pattern) };
}

function startRule(pattern: string, regex: string): NameRule {
  return { pattern, exact: null, matches: compileRegex(regex)?.matchesStart };
}

/** ModelOpt's `prefix.*` and its older `prefix*` mean the module itself and all below it. */
function globRule(pattern: string): NameRule {
  return { pattern, exact: null, matches: compileGlob(pattern)?.matchesWhole };
}

/** transformers: the key as a regular expression at the start of the name, or as its end. */
function transformersRule(pattern: string): NameRule {
  const regex = compileRegex(pattern);
  if (regex === undefined) return { pattern, exact: null, matches: undefined };
  return { pattern, exact: null, matches: (name) => name.endsWith(pattern) || regex.matchesStart(name) };
}

/** Prefixes that wrappers add or drop between a configuration and its tensors. */
const WRAPPERS =
  /^(?:model\.language_model\.|language_model\.model\.|language_model\.|model\.|module\.|transformer\.)/;

/**
 * The names that an entry comes down to under a looser reading: without a wrapper's prefix, `.linear` behind it, and
 * wildcards at its ends. Undefined for a pattern that is more than names.
 */
export function literalSegments(pattern: string): string[] | undefined {
  const bare = pattern
    .replace(/^re:\^?/, "")
    .replace(/^\.?\*\.?/, "")
    .replace(/\.linear$/, "")
    .replace(/\.?\*$/, "")
    .replaceAll("\\.", ".")
    .replace(/\$$/, "");
  if (bare.length < 3 || /[*?[\]()|+\\]/.test(bare)) return undefined;
  return stripWrappers(bare).split(".");
}

function stripWrappers(name: string): string {
  let bare = name;
  for (let next = bare.replace(WRAPPERS, ""); next !== bare; next = bare.replace(WRAPPERS, "")) bare = next;
  return bare;
}

/** Names of fused modules that stand for a shard: `qkv_proj` for `k_proj`. */
export function fusedNames(name: string): string[] {
  const dot = name.lastIndexOf(".");
  const prefix = name.slice(0, dot + 1);
  const leaf = name.slice(dot + 1);
  if (/^[qkv]_proj$/.test(leaf)) return [`${prefix}qkv_proj`];
  if (/^(?:gate|up)_proj$/.test(leaf)) return [`${prefix}gate_up_proj`];
  return [];
}
