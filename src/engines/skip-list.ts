import { member } from "../checkpoint/config.ts";
import { StepBudget } from "../patterns/step-budget.ts";
import type { Declaration } from "../quantization/declaration.ts";
import { DeclarationLookup, MAX_RULE_STEPS } from "../quantization/declared.ts";
import { makeRule, type NameRule } from "../quantization/name-rules.ts";
import type { Ask } from "./ask.ts";
import type { Declared } from "./declared.ts";
import { EntryList, MATCHERS, moduleBy, type SkipList } from "./entry-list.ts";
import { renamer } from "./renaming.ts";

/** Entries read of a list from outside. */
const MAX_ENTRIES = 200_000;

/** The skip list of a declaration by the engine's own way to match it; undefined where it has none. */
export function skipListOf(ask: Ask, declared: Declared): SkipList | undefined {
  const { method } = declared;
  if (method === "compressed-tensors") return lookupList(ask, declared);
  if (method === "gptq") return gptqList(ask, declared);
  const matches = MATCHERS[method]?.[ask.engine === "sglang" ? "sglang" : "vllm"];
  if (matches === undefined) return undefined;
  const written = entriesOf(declared);
  // Without a list of its own vLLM takes what is stored plain in AWQ for the list.
  const isBinding = method !== "awq" || ask.engine === "sglang" || written.length > 0;
  const list = new EntryList(written, renamer(ask), matches, isBinding);
  const layers = method === "modelopt" ? mixedLayersOf(ask) : undefined;
  return layers === undefined ? list : new MixedList(list, layers);
}

/** Layers that MIXED_PRECISION names, each with its algorithm: in the declaration, or in ModelOpt's own file. */
function mixedLayersOf({ component, declared }: Ask): readonly string[] | undefined {
  if (!/^mixed_precision$/i.test(String(member(declared?.value, "quant_algo")))) return undefined;
  const file = member(component.configs.get("hf_quant_config.json"), "quantization");
  for (const place of [declared?.value, file]) {
    const layers = member(place, "quantized_layers");
    if (typeof layers === "object" && layers !== null) return Object.keys(layers).slice(0, MAX_ENTRIES);
  }
  return [];
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  fp8: ["ignored_layers", "modules_to_not_convert"],
  mxfp8: ["ignored_layers", "modules_to_not_convert"],
  modelopt: ["exclude_modules", "ignore"],
  awq: ["modules_to_not_convert"],
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

/** What stands for the entry of modules that no layer of MIXED_PRECISION is about. */
export const NOT_LISTED = "not in quantized_layers";

/** Of MIXED_PRECISION what is listed is quantized, and nothing else. */
class MixedList implements SkipList {
  readonly isBinding = true;
  private readonly excluded: SkipList;
  private readonly layers: ReadonlySet<string>;

  constructor(excluded: SkipList, layers: readonly string[]) {
    this.excluded = excluded;
    this.layers = new Set(layers.flatMap(withParents).map(bare));
  }

  entryFor(name: string): string | null | undefined {
    const entry = this.excluded.entryFor(name);
    if (entry !== null) return entry;
    return this.layers.has(bare(name)) ? null : NOT_LISTED;
  }
}

/** A layer, and the modules above it that engines keep as one: `experts`, and what holds fused parts. */
function withParents(layer: string): string[] {
  const at = layer.indexOf(".experts.");
  return at < 0 ? [layer] : [layer, layer.slice(0, at + ".experts".length)];
}

/** Names of text models differ in what stands before their layers. */
function bare(name: string): string {
  return name.replace(/^(?:model\.|language_model\.)*/, "");
}

/** GPTQ: rules for single modules, and in vLLM a list of all that is quantized. */
function gptqList(ask: Ask, { parsed }: Declared): SkipList | undefined {
  if (parsed === undefined) return undefined;
  const isServedByList = ask.engine === "vllm" && parsed.listing !== null;
  const declaration = { ...parsed, ignored: [], ...(isServedByList ? {} : { targets: null, listing: null }) };
  const lookup = new DeclarationLookup(declaration, undefined, new StepBudget(MAX_RULE_STEPS));
  const rename = renamer(ask);
  return {
    isBinding: ask.engine === "sglang" || isServedByList,
    entryFor: (name) => {
      const found = lookup.lookup(moduleBy(rename, name));
      if (found.state === "ignored") return found.by;
      if (found.state === "untargeted") return parsed.listing;
      return found.state === "quantized" ? null : undefined;
    },
  };
}

/** compressed-tensors: entries and targets are names, or regular expressions, or classes. */
export const NO_TARGET = "no target";

/** Whether a group of settings names a module by its own name: heads are of no class that groups are made for. */
export function isNamedTarget(ask: Ask, { parsed }: Declared, name: string): boolean | undefined {
  if (parsed === undefined) return undefined;
  const rename = renamer(ask);
  const named = { ...renamed(parsed, rename), weight: null };
  const lookup = new DeclarationLookup(named, undefined, new StepBudget(MAX_RULE_STEPS));
  const { state } = lookup.lookup(moduleBy(rename, name), "other");
  return state === "unjudged" ? undefined : state === "quantized";
}

function lookupList(ask: Ask, { parsed }: Declared): SkipList | undefined {
  if (parsed === undefined) return undefined;
  const rename = renamer(ask);
  const lookup = new DeclarationLookup(renamed(parsed, rename), undefined, new StepBudget(MAX_RULE_STEPS));
  return {
    isBinding: true,
    entryFor: (name) => {
      const found = lookup.lookup(moduleBy(rename, name));
      if (found.state === "ignored") return found.by;
      if (found.state === "untargeted") return NO_TARGET;
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
