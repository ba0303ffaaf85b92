import type { Component } from "../checkpoint/checkpoint.ts";
import { Claims } from "../checkpoint/claims.ts";
import { member } from "../checkpoint/config.ts";
import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import type { MatchState } from "../patterns/matcher.ts";
import { StepBudget } from "../patterns/step-budget.ts";
import { type DeclaredActivations, dynamicInputs, staticInputs } from "./activations.ts";
import { type Declaration, makeDeclaration, NO_WEIGHT, type Override } from "./declaration.ts";
import { DeclaredNumbers } from "./declared-numbers.ts";
import { quantoInputs } from "./dialects/integrations.ts";
import { parseDeclaration } from "./dialects/parse.ts";
import { parseTorchaoMetadata } from "./dialects/torchao-metadata.ts";
import { parseFileMetadata } from "./file-metadata.ts";
import { fusedNames, isClassName, makeRule, type NameRule } from "./name-rules.ts";
import { RuleSet, type Unjudged } from "./rule-set.ts";
import type { DeclaredWeight } from "./scheme.ts";

/**
 * Steps that the entries of all configuration files of a component may take together: some half a second. Lists of ten
 * thousand names on a model of a hundred thousand modules take a tenth of it.
 */
export const MAX_RULE_STEPS = 12_000_000;

/** What a module's name makes of it by the configuration. */
export type DeclaredFor =
  | { readonly state: "ignored"; readonly by: string }
  | { readonly state: "quantized"; readonly weight: DeclaredWeight }
  | { readonly state: "untargeted" }
  /** An entry that may be about it is not judged (see `RuleSet`). */
  | { readonly state: "unjudged" };

/** Files besides `config.json` and the member of them that holds the declaration ("" for the file itself). */
const OTHER_DECLARATIONS = [
  ["hf_quant_config.json", "quantization"],
  ["quantize_config.json", ""],
  ["quant_config.json", ""],
  ["quantization_config.json", ""],
  ["params.json", "quantization"],
] as const;

/** All declarations of a component, the one that counts first; those of the files' own metadata where no configuration speaks. */
export function findDeclarations(component: Component): Declaration[] {
  const found: (Declaration | undefined)[] = [];
  for (const { configPath, value } of new Claims(component.configs.get("config.json")).quantization)
    found.push(parseDeclaration("config.json", configPath, value));
  for (const [file, configPath] of OTHER_DECLARATIONS) {
    const value = component.configs.get(file);
    found.push(parseDeclaration(file, configPath, configPath === "" ? value : member(value, configPath)));
  }
  found.push(parseAscend(component), parseQuantoMap(component));
  const declared = found.filter((declaration) => declaration !== undefined);
  const [first, ...others] = declared.map((each) => withClasses(each, component));
  if (first !== undefined) return [complete(first, others), ...others];
  const inFile = parseFileMetadata(component) ?? parseTorchaoMetadata(component);
  return inFile === undefined ? [] : [inFile];
}

/** What the first place leaves open is said by another of the same method: ModelOpt writes its group into a file of its own. */
function complete(first: Declaration, others: readonly Declaration[]): Declaration {
  const { weight } = first;
  const more = others.find(({ method, weight: other }) => method === first.method && other !== null)?.weight;
  if (weight === null || more == null || more.format !== weight.format) return first;
  const [bits, group, block] = [
    weight.bits ?? more.bits,
    weight.group ?? more.group,
    weight.block ?? more.block,
  ];
  return { ...first, weight: { ...weight, bits, group, block } };
}

/** What torchao's headers say of single parameters goes before what its configuration says of all. */
function withClasses(declaration: Declaration, component: Component): Declaration {
  if (declaration.method !== "torchao") return declaration;
  const own = parseTorchaoMetadata(component)?.overrides ?? [];
  return own.length === 0 ? declaration : { ...declaration, overrides: [...own, ...declaration.overrides] };
}

/** ModelSlim lists every tensor with its type: `"<module>.weight": "W8A8_DYNAMIC"` or `"FLOAT"`. */
function parseAscend(component: Component): Declaration | undefined {
  const file = "quant_model_description.json";
  const map = component.configs.get(file);
  if (typeof map !== "object" || map === null || Array.isArray(map)) return undefined;
  const numbers = new DeclaredNumbers();
  const method = "ascend";
  const overrides = Object.entries(map).flatMap(([tensor, type]): Override[] => {
    if (!tensor.endsWith(".weight") || typeof type !== "string") return [];
    const bits = numbers.bitsOfName(type, tensor);
    const weight = { ...NO_WEIGHT, method, format: type, bits, activations: ascendInputs(type) };
    const rule = makeRule(tensor.slice(0, -".weight".length), "exact");
    return [{ rule, weight: type === "FLOAT" ? "plain" : weight }];
  });
  return ofModules({ file, method, overrides, numbers });
}

function ascendInputs(type: string): DeclaredActivations {
  const bits = /^W\d+A(\d+)/.exec(type)?.[1];
  if (bits === undefined) return null;
  if (bits === "16") return "plain";
  const dtype = `${type.includes("FP") ? "fp" : "int"}${bits}`;
  return type.endsWith("_DYNAMIC")
    ? dynamicInputs(dtype, "token")
    : { ...staticInputs(dtype), hasScale: false };
}

/** quanto's map of modules to types: `{"weights": "qint4"}`. */
function parseQuantoMap(component: Component): Declaration | undefined {
  const file = "quanto_qmap.json";
  const map = component.configs.get(file);
  if (typeof map !== "object" || map === null || Array.isArray(map)) return undefined;
  const numbers = new DeclaredNumbers();
  const method = "quanto";
  const overrides = Object.entries(map).map(([name, value]): Override => {
    const type = member(value, "weights");
    const bits = numbers.bitsOfName(type, "weights");
    const activations = quantoInputs(member(value, "activations"), numbers);
    const weight = { ...NO_WEIGHT, method, bits, activations };
    return { rule: makeRule(name, "exact"), weight: type === "none" ? "plain" : weight };
  });
  return ofModules({ file, method, overrides, numbers });
}

/** The declaration of a file that is a map of modules and nothing else; undefined where it names none. */
function ofModules({
  file,
  method,
  overrides,
  numbers,
}: {
  readonly file: string;
  readonly method: string;
  readonly overrides: readonly Override[];
  readonly numbers: DeclaredNumbers;
}): Declaration | undefined {
  if (overrides.length === 0) return undefined;
  const { unusable } = numbers;
  return makeDeclaration({ file, configPath: "", method, weight: null, overrides, unusable });
}

/** What the patterns say of names that come to one place of their automaton. */
interface PatternVerdict {
  readonly ignored: NameRule | undefined;
  /** Position of the first override, Infinity where there is none. */
  readonly override: number;
  readonly isTarget: boolean;
}

/** Answers what a declaration says about module names, one after the other. */
export class DeclarationLookup {
  readonly declaration: Declaration;
  /** Whether entries name layers or experts by number, so that members of a fold may differ. */
  readonly namesNumbers: boolean;
  /** The patterns of all entries: of the skip list first, then of overrides, then of targets. */
  readonly patterns: RuleSet;
  private readonly exactIgnored: ReadonlyMap<string, NameRule>;
  private readonly exactOverrides: ReadonlyMap<string, DeclaredWeight | "plain">;
  private readonly exactTargets: ReadonlySet<string>;
  private readonly verdicts = new Map<MatchState, PatternVerdict>();
  private readonly rules: readonly NameRule[];
  private readonly firstOverride: number;
  private readonly firstTarget: number;
  private readonly isIgnoredUnjudged: boolean;
  private readonly firstUnjudgedOverride: number;
  private readonly isTargetUnjudged: boolean;

  /** `kinds` is the component whose names will be asked for; `budget` what all declarations of it may take together. */
  constructor(declaration: Declaration, kinds?: ModuleKinds, budget = new StepBudget(MAX_RULE_STEPS)) {
    this.declaration = declaration;
    const { ignored, overrides } = declaration;
    const targets = declaration.targets ?? [];
    this.exactIgnored = new Map(exactOnes(ignored).map((rule) => [rule.exact as string, rule]));
    // The first of two entries for one name counts, as in the dialects that say so.
    this.exactOverrides = new Map(
      overrides
        .filter(({ rule }) => rule.exact !== null)
        .reverse()
        .map(({ rule, weight }) => [rule.exact as string, weight]),
    );
    this.exactTargets = new Set(exactOnes(targets).map((rule) => rule.exact as string));
    this.rules = [...ignored, ...overrides.map(({ rule }) => rule), ...targets];
    this.namesNumbers = this.rules.some(({ pattern }) => /\d/.test(pattern));
    this.firstOverride = ignored.length;
    this.firstTarget = ignored.length + overrides.length;
    this.patterns = new RuleSet(this.rules, budget, kinds);
    const unjudged = [...this.patterns.unjudged.keys()].sort((a, b) => a - b);
    this.isIgnoredUnjudged = unjudged.some((position) => position < this.firstOverride);
    this.firstUnjudgedOverride = unjudged.find((position) => this.isOverride(position)) ?? NO_POSITION;
    this.isTargetUnjudged = unjudged.some((position) => position >= this.firstTarget);
  }

  /** Entries that are not judged, with the reason. */
  get unjudged(): { readonly rule: NameRule; readonly reason: Unjudged }[] {
    return [...this.patterns.unjudged].map(([position, reason]) => ({
      rule: this.rules[position] as NameRule,
      reason,
    }));
  }

  /** What holds for a module of this name, with the class that its weight's shape suggests. */
  lookup(name: string, className: "Linear" | "Embedding" | "other" = "Linear"): DeclaredFor {
    const candidates = [name, ...fusedNames(name)];
    const ignored = this.ignoredByName(candidates, className);
    if (ignored !== undefined) return { state: "ignored", by: ignored.pattern };
    const verdict = this.verdictOn(name);
    if (verdict === undefined) return { state: "unjudged" };
    if (verdict.ignored !== undefined) return { state: "ignored", by: verdict.ignored.pattern };
    if (this.isIgnoredUnjudged) return { state: "unjudged" };
    const own = this.overrideFor(candidates, verdict);
    if (own === "unjudged") return { state: "unjudged" };
    if (own === "plain") return { state: "ignored", by: name };
    if (own !== undefined) return { state: "quantized", weight: own };
    return this.usual(name, className, verdict);
  }

  private ignoredByName(candidates: readonly string[], className: string): NameRule | undefined {
    for (const candidate of candidates) {
      const exact = this.exactIgnored.get(candidate);
      if (exact !== undefined) return exact;
    }
    const byClass = this.exactIgnored.get(className);
    return byClass !== undefined && isClassName(byClass.pattern) ? byClass : undefined;
  }

  private overrideFor(
    candidates: readonly string[],
    verdict: PatternVerdict,
  ): DeclaredWeight | "plain" | "unjudged" | undefined {
    for (const candidate of candidates) {
      const exact = this.exactOverrides.get(candidate);
      if (exact !== undefined) return exact;
    }
    // The first that matches counts, and one before it that is not judged may.
    if (this.firstUnjudgedOverride < verdict.override) return "unjudged";
    return this.declaration.overrides[verdict.override - this.firstOverride]?.weight;
  }

  private usual(name: string, className: string, { isTarget }: PatternVerdict): DeclaredFor {
    const { targets } = this.declaration;
    const ofClass = isClassName(className) ? this.exactOverrides.get(className) : undefined;
    const weight = ofClass === undefined || ofClass === "plain" ? this.declaration.weight : ofClass;
    if (weight === null) return { state: "untargeted" };
    const isMeant =
      targets === null
        ? className === "Linear"
        : isTarget || this.exactTargets.has(name) || this.exactTargets.has(className);
    if (isMeant) return { state: "quantized", weight };
    return { state: this.isTargetUnjudged ? "unjudged" : "untargeted" };
  }

  /** What the patterns say; undefined where that would take more than the budget. */
  private verdictOn(name: string): PatternVerdict | undefined {
    if (!this.patterns.hasJudged) return NO_PATTERN;
    const state = this.patterns.read(name, this.patterns.start);
    if (state === undefined) return undefined;
    let verdict = this.verdicts.get(state);
    if (verdict === undefined) {
      const matches = this.patterns.matchesAt(state);
      const first = matches[0] ?? NO_POSITION;
      verdict = {
        ignored: first < this.firstOverride ? this.rules[first] : undefined,
        override: matches.find((position) => this.isOverride(position)) ?? NO_POSITION,
        isTarget: (matches.at(-1) ?? -1) >= this.firstTarget,
      };
      this.verdicts.set(state, verdict);
    }
    return verdict;
  }

  private isOverride(position: number): boolean {
    return position >= this.firstOverride && position < this.firstTarget;
  }
}

const NO_POSITION = Number.POSITIVE_INFINITY;
const NO_PATTERN: PatternVerdict = { ignored: undefined, override: NO_POSITION, isTarget: false };

function exactOnes(rules: readonly NameRule[]): NameRule[] {
  return rules.filter(({ exact }) => exact !== null);
}
