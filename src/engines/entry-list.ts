/** Answers whether the engine leaves a module plain, by the name that the files have for it. */
export interface SkipList {
  /** Whether a module that it does not name is built by the method: of a list made from what is stored it is not. */
  readonly isBinding: boolean;
  /** The entry that names the module; null where none does, undefined where that cannot be told. */
  entryFor(name: string): string | null | undefined;
}

/** Entries times names that a list may take: some tenths of a second. */
const MAX_COMPARED = 20_000_000;

/** How an engine compares a module's name with an entry. */
export type Matches = (name: string, entry: string) => boolean;

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

/** SGLang's wildcards stand for whole names, or for one part of them. */
const wildcardPart: Matches = (name, entry) =>
  segments(name, entry) ||
  (/[*?]/.test(entry) &&
    [name, name.replace(/^language_model\./, ""), ...name.split(".")].some((part) =>
      matchesGlob(part, entry),
    ));

const FP8 = { vllm: exact, sglang: segments } as const;
const MODELOPT = { vllm: wildcard, sglang: wildcardPart } as const;
const PACKED = { vllm: substring, sglang: substring } as const;

/** By method and engine. */
export const MATCHERS: Readonly<Record<string, { readonly vllm: Matches; readonly sglang: Matches }>> = {
  fp8: FP8,
  mxfp8: FP8,
  modelopt: MODELOPT,
  awq: PACKED,
};

/** A list of names, compared by a rule of the engine's own. */
export class EntryList implements SkipList {
  readonly isBinding: boolean;
  private readonly written: readonly string[];
  private readonly entries: readonly string[];
  private readonly exactAt: ReadonlyMap<string, number>;
  private readonly rename: (name: string) => string;
  private readonly matches: Matches;
  private compared = 0;

  constructor(
    written: readonly string[],
    rename: (name: string) => string,
    matches: Matches,
    isBinding: boolean,
  ) {
    this.isBinding = isBinding;
    this.written = written;
    this.entries = written.map(rename);
    this.exactAt = new Map(this.entries.map((entry, at) => [entry, at]));
    this.rename = rename;
    this.matches = matches;
  }

  entryFor(name: string): string | null | undefined {
    const own = moduleBy(this.rename, name);
    const at = this.exactAt.get(own);
    if (at !== undefined) return this.written[at] ?? null;
    this.compared += this.entries.length;
    if (this.compared > MAX_COMPARED) return undefined;
    const found = this.entries.findIndex((entry) => this.matches(own, entry));
    return found < 0 ? null : (this.written[found] ?? null);
  }
}

/** A module's name as the class has it: rules for prefixes end in a dot, which only a tensor's name has behind it. */
export function moduleBy(rename: (name: string) => string, name: string): string {
  return rename(`${name}.weight`).replace(/\.weight$/, "");
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
