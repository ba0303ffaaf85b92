import { parseGlob } from "../patterns/glob.ts";
import { ANY_TEXT, literalSequence, type Sequence } from "../patterns/pieces.ts";
import { parseRegex } from "../patterns/regex.ts";

/** How a configuration's patterns are matched against module names, by dialect. */
export type NameDialect =
  | "compressed-tensors"
  | "torchao"
  | "transformers"
  | "glob"
  | "quark"
  | "quark-override"
  | "regex-start"
  | "regex-search"
  | "substring"
  | "exact"
  | "exact-weight";

/** One way for a name to match: all of it, or with `isPrefix` its start. */
export interface Alternative {
  readonly sequence: Sequence;
  readonly isPrefix: boolean;
}

/** An entry of a configuration that names modules. */
export interface NameRule {
  readonly pattern: string;
  /** Name without any wildcard: looked up, not tried on every module. Null for a real pattern. */
  readonly exact: string | null;
  /** What a pattern comes to, undefined where it is beyond what unfold judges. Parsed when asked: lists are long. */
  readonly alternatives: () => readonly Alternative[] | undefined;
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
    case "torchao":
      return pattern.startsWith("re:") ? wholeRule(pattern, pattern.slice(3)) : exactRule(pattern);
    case "quark":
      return pattern.startsWith("re:") ? startRule(pattern, pattern.slice(3)) : makeRule(pattern, "glob");
    case "quark-override":
      return pattern.includes("*") ? globRule(pattern) : substringRule(pattern);
    case "transformers":
      return transformersRule(pattern);
    case "glob":
      return /[*?[]/.test(pattern) ? globRule(pattern) : exactRule(pattern);
    case "regex-start":
      return startRule(pattern, pattern);
    case "regex-search":
      return /^[\w.-]*$/.test(pattern) ? exactRule(pattern) : searchRule(pattern);
    case "substring":
      return substringRule(pattern);
    case "exact":
      return exactRule(pattern);
    case "exact-weight":
      return exactRule(pattern.replace(/\.weight$/, ""), pattern);
  }
}

function exactRule(name: string, pattern = name): NameRule {
  return { pattern, exact: name, alternatives: () => [{ sequence: literalSequence(name), isPrefix: false }] };
}

function substringRule(pattern: string): NameRule {
  const alternatives = () => [{ sequence: [ANY_TEXT, ...literalSequence(pattern)], isPrefix: true }];
  return { pattern, exact: null, alternatives };
}

function startRule(pattern: string, regex: string): NameRule {
  const alternatives = () => parseRegex(regex)?.map((sequence) => ({ sequence, isPrefix: true }));
  return { pattern, exact: null, alternatives };
}

function wholeRule(pattern: string, regex: string): NameRule {
  const alternatives = () => parseRegex(regex)?.map((sequence) => ({ sequence, isPrefix: false }));
  return { pattern, exact: null, alternatives };
}

function searchRule(pattern: string): NameRule {
  const alternatives = () =>
    parseRegex(pattern)?.map((sequence) => ({ sequence: [ANY_TEXT, ...sequence], isPrefix: true }));
  return { pattern, exact: null, alternatives };
}

/** ModelOpt's `prefix.*` and its older `prefix*` mean the module itself and all below it. */
function globRule(pattern: string): NameRule {
  const alternatives = () => parseGlob(pattern, false)?.map((sequence) => ({ sequence, isPrefix: false }));
  return { pattern, exact: null, alternatives };
}

/** transformers: the key as a regular expression at the start of the name, or as its end. */
function transformersRule(pattern: string): NameRule {
  const alternatives = () => {
    const atStart = parseRegex(pattern)?.map((sequence) => ({ sequence, isPrefix: true }));
    const atEnd = { sequence: [ANY_TEXT, ...literalSequence(pattern)], isPrefix: false };
    return atStart && [...atStart, atEnd];
  };
  return { pattern, exact: null, alternatives };
}

/** Characters of an entry that is read loosely; names of modules have some hundred. */
const MAX_NAME_CHARACTERS = 1000;

/**
 * The longest run of plain names in a pattern, which is what its author meant by it: `mlp.gate` of
 * `re:model\\.layers\\..*\\.mlp\\.gate$`. Undefined where there is none.
 */
export function literalRun(pattern: string): string[] | undefined {
  if (pattern.length > MAX_NAME_CHARACTERS) return undefined;
  const names = pattern
    .replace(/^re:\^?/, "")
    .replaceAll("\\.", DOT)
    .replace(/\$$/, "")
    // What stands for any text, in regular expressions and globs.
    .replace(/\.[*+]\??|\\d\+?|\[[^\]]*\][*+]?|\*+|\?/g, WILD)
    .replaceAll(DOT, ".")
    .split(".")
    .map((name) => (name.startsWith(WILD) ? name.slice(WILD.length) : name));
  let best: string[] = [];
  let run: string[] = [];
  for (const name of names) {
    run = /^[\w-]+$/.test(name) ? [...run, name] : [];
    if (run.join(".").length > best.join(".").length) best = run;
  }
  return best.length > 0 ? best : undefined;
}

/** Signs that no name holds, for a dot of a name and for any text. */
const DOT = "\u0001";
const WILD = "\u0000";

/** Prefixes that wrappers add or drop between a configuration and its tensors. */
const WRAPPERS =
  /^(?:model\.language_model\.|language_model\.model\.|language_model\.|model\.|module\.|transformer\.)/;

/**
 * The names that an entry comes down to under a looser reading: without a wrapper's prefix, `.linear` behind it, and
 * wildcards at its ends. Undefined for a pattern that is more than names.
 */
export function literalSegments(pattern: string): string[] | undefined {
  if (pattern.length > MAX_NAME_CHARACTERS) return undefined;
  const bare = pattern
    .replace(/^re:\^?/, "")
    .replace(/^\.?\*\.?/, "")
    .replace(/\.linear$/, "")
    .replace(/\.?\*$/, "")
    .replaceAll("\\.", ".")
    .replace(/\$$/, "");
  if (bare.length < 3 || /[*?[\]()|+\\]/.test(bare)) return undefined;
  // A dot at the end is a slip of the pen, or a prefix that some engine compares.
  return stripWrappers(bare.replace(/\.+$/, "")).split(".");
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
