import type { Component } from "../checkpoint/checkpoint.ts";
import { Claims } from "../checkpoint/claims.ts";
import { member } from "../checkpoint/config.ts";
import { type Declaration, parseDeclaration } from "./declaration.ts";
import { parseFileMetadata } from "./file-metadata.ts";
import { fusedNames, isClassName, makeRule, type NameRule } from "./name-rules.ts";
import type { DeclaredWeight } from "./scheme.ts";

/** What a module's name makes of it by the configuration. */
export type DeclaredFor =
  | { readonly state: "ignored"; readonly by: string }
  | { readonly state: "quantized"; readonly weight: DeclaredWeight }
  | { readonly state: "untargeted" };

/** Files besides `config.json` and the member of them that holds the declaration ("" for the file itself). */
const OTHER_PLACES = [
  ["hf_quant_config.json", "quantization"],
  ["quantize_config.json", ""],
  ["quant_config.json", ""],
  ["quantization_config.json", ""],
  ["params.json", "quantization"],
] as const;

/** All declarations of a component, the one that counts first; those of the files' own metadata where no configuration speaks. */
export function findDeclarations(component: Component): Declaration[] {
  const found: (Declaration | undefined)[] = [];
  for (const { place, value } of new Claims(component.configs.get("config.json")).quantization)
    found.push(parseDeclaration("config.json", place, value));
  for (const [file, place] of OTHER_PLACES) {
    const value = component.configs.get(file);
    found.push(parseDeclaration(file, place, place === "" ? value : member(value, place)));
  }
  found.push(parseAscend(component), parseQuantoMap(component));
  const declared = found.filter((declaration) => declaration !== undefined);
  const inFile = declared.length > 0 ? undefined : parseFileMetadata(component);
  return inFile === undefined ? declared : [inFile];
}

const NO_WEIGHT: DeclaredWeight = {
  method: null,
  format: null,
  bits: null,
  group: null,
  block: null,
  strategy: null,
  symmetric: null,
  indexed: null,
  shape: null,
};

/** ModelSlim lists every tensor with its type: `"<module>.weight": "W8A8_DYNAMIC"` or `"FLOAT"`. */
function parseAscend(component: Component): Declaration | undefined {
  const file = "quant_model_description.json";
  const map = component.configs.get(file);
  if (typeof map !== "object" || map === null || Array.isArray(map)) return undefined;
  const overrides = Object.entries(map).flatMap(([tensor, type]) => {
    if (!tensor.endsWith(".weight") || typeof type !== "string") return [];
    const bits = /^W(\d)/.exec(type)?.[1];
    const weight = {
      ...NO_WEIGHT,
      method: "ascend",
      format: type,
      bits: bits === undefined ? null : Number(bits),
    };
    return [
      {
        rule: makeRule(tensor.slice(0, -".weight".length), "exact"),
        weight: type === "FLOAT" ? ("plain" as const) : weight,
      },
    ];
  });
  if (overrides.length === 0) return undefined;
  return {
    file,
    place: "",
    method: "ascend",
    weight: null,
    ignored: [],
    overrides,
    targets: null,
    isStatic: false,
    hasCacheScales: false,
  };
}

/** quanto's map of modules to types: `{"weights": "qint4"}`. */
function parseQuantoMap(component: Component): Declaration | undefined {
  const file = "quanto_qmap.json";
  const map = component.configs.get(file);
  if (typeof map !== "object" || map === null || Array.isArray(map)) return undefined;
  const overrides = Object.entries(map).map(([name, value]) => {
    const type = member(value, "weights");
    const bits = typeof type === "string" ? /(?:int|float)(\d)/.exec(type)?.[1] : undefined;
    const weight = { ...NO_WEIGHT, method: "quanto", bits: bits === undefined ? null : Number(bits) };
    return { rule: makeRule(name, "exact"), weight: type === "none" ? ("plain" as const) : weight };
  });
  if (overrides.length === 0) return undefined;
  return {
    file,
    place: "",
    method: "quanto",
    weight: null,
    ignored: [],
    overrides,
    targets: null,
    isStatic: false,
    hasCacheScales: false,
  };
}

/** Matches tried of real patterns against names; beyond it a name is not judged. Names without wildcards are free. */
const MATCH_BUDGET = 3_000_000;

/** Answers what a declaration says about module names, one after the other. */
export class DeclarationLookup {
  readonly declaration: Declaration;
  private readonly exactIgnored: ReadonlyMap<string, NameRule>;
  private readonly patternsIgnored: readonly NameRule[];
  private readonly exactOverrides: ReadonlyMap<string, DeclaredWeight | "plain">;
  /** Whether entries name layers or experts by number, so that members of a fold may differ. */
  readonly namesNumbers: boolean;
  private budget = MATCH_BUDGET;

  constructor(declaration: Declaration) {
    this.declaration = declaration;
    const exact = declaration.ignored.filter((rule) => rule.exact !== null);
    this.exactIgnored = new Map(exact.map((rule) => [rule.exact as string, rule]));
    this.patternsIgnored = declaration.ignored.filter((rule) => rule.exact === null);
    const overrides = declaration.overrides.filter(({ rule }) => rule.exact !== null);
    // The first of two entries for one name counts, as in the dialects that say so.
    this.exactOverrides = new Map(
      overrides.reverse().map(({ rule, weight }) => [rule.exact as string, weight]),
    );
    const rules = [
      ...declaration.ignored,
      ...declaration.overrides.map(({ rule }) => rule),
      ...(declaration.targets ?? []),
    ];
    this.namesNumbers = rules.some(({ pattern }) => /\d/.test(pattern));
  }

  /** What holds for a module of this name, with the class that its weight's shape suggests. */
  lookup(name: string, className: "Linear" | "Embedding" | "other" = "Linear"): DeclaredFor {
    const ignored = this.ignoredBy(name, className);
    if (ignored !== undefined) return { state: "ignored", by: ignored };
    const own = this.overrideFor(name);
    if (own === "plain") return { state: "ignored", by: name };
    if (own !== undefined) return { state: "quantized", weight: own };
    const { weight } = this.declaration;
    if (weight === null || !this.isTarget(name, className)) return { state: "untargeted" };
    return { state: "quantized", weight };
  }

  /** The entry of the skip list that a name matches by the dialect's own rule. */
  ignoredBy(name: string, className: string): string | undefined {
    for (const candidate of [name, ...fusedNames(name)]) {
      const exact = this.exactIgnored.get(candidate);
      if (exact !== undefined) return exact.pattern;
    }
    const byClass = this.exactIgnored.get(className);
    if (byClass !== undefined && isClassName(byClass.pattern)) return byClass.pattern;
    return this.patternsIgnored.find((rule) => this.matches(rule, name))?.pattern;
  }

  private overrideFor(name: string): DeclaredWeight | "plain" | undefined {
    for (const candidate of [name, ...fusedNames(name)]) {
      const exact = this.exactOverrides.get(candidate);
      if (exact !== undefined) return exact;
    }
    return this.declaration.overrides.find(({ rule }) => rule.exact === null && this.matches(rule, name))
      ?.weight;
  }

  private isTarget(name: string, className: string): boolean {
    const { targets } = this.declaration;
    if (targets === null) return className === "Linear";
    return targets.some(
      (rule) =>
        rule.exact === name || rule.exact === className || (rule.exact === null && this.matches(rule, name)),
    );
  }

  private matches(rule: NameRule, name: string): boolean {
    if (rule.matches === undefined || this.budget-- <= 0) return false;
    return rule.matches(name);
  }
}
