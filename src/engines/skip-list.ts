import { member } from "../checkpoint/config.ts";
import { StepBudget } from "../patterns/step-budget.ts";
import type { Declaration } from "../quantization/declaration.ts";
import { DeclarationLookup, MAX_RULE_STEPS } from "../quantization/declared.ts";
import { makeRule, type NameRule } from "../quantization/name-rules.ts";
import type { Ask } from "./ask.ts";
import type { Declared } from "./declared.ts";
import { renamer } from "./renaming.ts";

/** Answers whether the engine leaves a module plain, by the name that the files have for it. */
export interface SkipList {
  /** The entry that names the module; null where none does, undefined where that cannot be told. */
  entryFor(name: string): string | null | undefined;
}

/** Entries times names that a list may take: some tenths of a second. */
const MAX_COMPARED = 20_000_000;

/** Entries read of a list from outside. */
const MAX_ENTRIES = 200_000;

/** The skip list of a declaration by the engine's own way to match it; undefined where it has none. */
export function skipListOf(ask: Ask, declared: Declared): SkipList | undefined {
  const { method } = declared;
  if (method === "compressed-tensors") return lookupList(ask, declared);
  const written = entriesOf(declared);
  const rename = renamer(ask);
  const entries = written.map(rename);
  const matches = MATCHERS[method]?.[ask.engine === "sglang" ? "sglang" : "vllm"];
  if (matches === undefined) return undefined;
  return new EntryList(written, entries, rename, matches);
}

type Matches = (name: string, entry: string) => boolean;

const exact: Matches = (name, entry) =>
  name === entry || (entry.includes("experts") && isExpertList(name) && entry.includes(name));
const substring: Matches = (name, entry) => name.includes(entry);
const segments: Matches = (name, entry) => {
  const path = `.${name}.`;
  const bare = entry.replace(/^model\./, "");
  return path.includes(`.${entry}.`) || path.includes(`.${bare}.`) || exact(name, entry);
};
const wildcard: Matches = (name, entry) => {
  if (name.includes(entry) || name.replace(/^language_model\./, "").includes(entry)) return true;
  return /[*?[]/.test(entry) && globs(entry).some((glob) => matchesGlob(name, glob));
};

/** Experts of a layer are one module in the engines, whatever the files have. */
function isExpertList(name: string): boolean {
  return name.endsWith(".experts");
}

const FP8 = { vllm: exact, sglang: segments } as const;
const MODELOPT = { vllm: wildcard, sglang: wildcard } as const;
const PACKED = { vllm: substring, sglang: substring } as const;

const MATCHERS: Readonly<Record<string, { readonly vllm: Matches; readonly sglang: Matches }>> = {
  fp8: FP8,
  mxfp8: FP8,
  modelopt: MODELOPT,
  awq: PACKED,
  gptq: PACKED,
};

const KEYS: Readonly<Record<string, readonly string[]>> = {
  fp8: ["ignored_layers", "modules_to_not_convert"],
  mxfp8: ["ignored_layers", "modules_to_not_convert"],
  modelopt: ["exclude_modules", "ignore"],
  awq: ["modules_to_not_convert"],
  gptq: ["modules_to_not_convert"],
};

/** The entries as written: of several keys the first that holds any. */
export function entriesOf({ method, value }: Declared): string[] {
  for (const key of KEYS[method] ?? []) {
    const list = member(value, key);
    if (Array.isArray(list) && list.length > 0)
      return list.slice(0, MAX_ENTRIES).filter((each) => typeof each === "string" && each !== "");
  }
  return [];
}

class EntryList implements SkipList {
  private readonly written: readonly string[];
  private readonly entries: readonly string[];
  private readonly exactAt: ReadonlyMap<string, number>;
  private readonly rename: (name: string) => string;
  private readonly matches: Matches;
  private compared = 0;

  constructor(
    written: readonly string[],
    entries: readonly string[],
    rename: (name: string) => string,
    matches: Matches,
  ) {
    this.written = written;
    this.entries = entries;
    this.exactAt = new Map(entries.map((entry, at) => [entry, at]));
    this.rename = rename;
    this.matches = matches;
  }

  entryFor(name: string): string | null | undefined {
    const own = this.rename(name);
    const at = this.exactAt.get(own);
    if (at !== undefined) return this.written[at] ?? null;
    this.compared += this.entries.length;
    if (this.compared > MAX_COMPARED) return undefined;
    const found = this.entries.findIndex((entry) => this.matches(own, entry));
    return found < 0 ? null : (this.written[found] ?? null);
  }
}

/** compressed-tensors: entries and targets are names, or regular expressions, or classes. */
function lookupList(ask: Ask, { parsed }: Declared): SkipList | undefined {
  if (parsed === undefined) return undefined;
  const rename = renamer(ask);
  const lookup = new DeclarationLookup(renamed(parsed, rename), undefined, new StepBudget(MAX_RULE_STEPS));
  return {
    entryFor: (name) => {
      const found = lookup.lookup(rename(name));
      if (found.state === "ignored") return found.by;
      if (found.state === "untargeted") return "no target";
      return found.state === "quantized" ? null : undefined;
    },
  };
}

/** Names with a dot are renamed as the class renames them; classes and regular expressions stay. */
function renamed(declaration: Declaration, rename: (name: string) => string): Declaration {
  const change = (rule: NameRule): NameRule =>
    rule.exact?.includes(".") === true ? makeRule(rename(rule.exact), "compressed-tensors") : rule;
  return {
    ...declaration,
    ignored: declaration.ignored.map(change),
    overrides: declaration.overrides.map(({ rule, weight }) => ({ rule: change(rule), weight })),
    targets: declaration.targets?.map(change) ?? null,
  };
}

/** ModelOpt's `x*` stands for the module and for all below it. */
function globs(entry: string): string[] {
  return entry.endsWith("*") && !entry.endsWith(".*") ? [entry, `${entry.slice(0, -1)}.*`] : [entry];
}

/** fnmatch without classes: `*` and `?`, in steps that the two lengths bound. */
function matchesGlob(name: string, glob: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let position = 0;
  while (position < name.length) {
    if (at < glob.length && (glob[at] === "?" || glob[at] === name[position]) && glob[at] !== "*") {
      at++;
      position++;
    } else if (glob[at] === "*") {
      star = at++;
      resume = position;
    } else if (star >= 0) {
      at = star + 1;
      position = ++resume;
    } else return false;
  }
  while (glob[at] === "*") at++;
  return at === glob.length;
}
