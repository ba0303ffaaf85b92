import { StepBudget } from "../patterns/step-budget.ts";
import { type Declaration, declaresWeights } from "./declaration.ts";
import type { DeclarationLookup, DeclaredFor } from "./declared.ts";
import { classOf, splitByState } from "./declared-split.ts";
import { FP8_BLOCK_SCALE_SUFFIX, FP8_SCALE_SUFFIX, RENAMED_SUFFIXES, SCHEMES_OF_METHOD } from "./methods.ts";
import type { Weight } from "./module-weights.ts";
import type { NameRule } from "./name-rules.ts";
import type { Quantization } from "./quantization.ts";
import type { Unjudged } from "./rule-set.ts";
import { type DeclaredWeight, FINDING_SEVERITY, type FindingCode, type Severity } from "./scheme.ts";
import { findLooseEntries, type LooseEntry } from "./skip-entries.ts";
import { isQuantized, type ModuleGroup } from "./weight-groups.ts";

/** Where a configuration and the headers differ. */
export interface Disagreement {
  readonly module: string;
  readonly count: number;
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly declared: string;
  readonly stored: string;
}

/** Holds what the configuration declares against what the headers show. */
export function findDisagreements(
  quantization: Quantization,
  modules: readonly ModuleGroup[],
): Disagreement[] {
  const weights = modules.flatMap((group) => group.weights.map((weight) => ({ group, weight })));
  const quantized = weights.filter(({ weight }) => isQuantized(weight));
  const [lookup] = quantization.declarations;
  if (lookup === undefined) return quantized.length > 0 ? undeclared(quantization, quantized) : [];
  const places = [
    ...comparePlaces(quantization.declarations.map((each) => each.declaration)),
    ...quantization.declarations.flatMap(unusableValues),
    ...quantization.declarations.flatMap(unjudgedEntries),
  ];
  if (quantized.length === 0) {
    // The cache alone may be quantized: then no weight is to be.
    const isCacheOnly = lookup.declaration.hasCacheScales && !declaresWeights(lookup.declaration);
    return isCacheOnly ? places : [...places, ...nothingQuantized(lookup.declaration)];
  }
  const found = weights.flatMap(({ group, weight }) => judgeWeight(lookup, group, weight));
  const skips = quantization.declarations.slice(1).flatMap((other) => compareSkips(lookup, other, quantized));
  const budget = new StepBudget(quantization.ruleStepsLeft);
  return [...places, ...skips, ...found, ...judgeEntries(lookup, modules, budget)];
}

function disagreement(
  code: FindingCode,
  module: string,
  count: number,
  declared: string,
  stored: string,
  severity: Severity = FINDING_SEVERITY[code],
): Disagreement {
  return { module, count, code, severity, declared, stored };
}

function undeclared(
  quantization: Quantization,
  quantized: readonly { group: ModuleGroup; weight: Weight }[],
): Disagreement[] {
  const schemes = [...new Set(quantized.map(({ weight }) => weight.scheme))].join(", ");
  const count = quantized.reduce((sum, { group }) => sum + group.count, 0);
  const hasConfig = quantization.component.configs.has("config.json");
  if (!hasConfig) return [];
  const isRawCast = quantized.every(({ weight }) => weight.scheme === "fp8-unscaled");
  const severity = isRawCast ? "warning" : "error";
  return [disagreement("CONFIG_METHOD_MISMATCH", "", count, "no quantization", schemes, severity)];
}

function nothingQuantized(declaration: Declaration): Disagreement[] {
  return [
    disagreement("CONFIG_METHOD_MISMATCH", "", 0, describeDeclaration(declaration), "no quantized tensor"),
  ];
}

function describeDeclaration({ method, weight }: Declaration): string {
  const parts = [method];
  if (weight?.bits != null) parts.push(`${weight.bits} bits`);
  if (weight?.group != null) parts.push(`groups of ${weight.group}`);
  if (weight?.block != null) parts.push(`blocks of ${weight.block.join("×")}`);
  return parts.join(", ");
}

/** Several places that declare must say the same; methods that alias each other do. */
function comparePlaces(declarations: readonly Declaration[]): Disagreement[] {
  const [first, ...others] = declarations;
  if (first === undefined) return [];
  return others.flatMap((other) => {
    const differs =
      other.method !== first.method ||
      differ(other.weight?.bits, first.weight?.bits) ||
      differ(other.weight?.group, first.weight?.group) ||
      differ(other.weight?.block?.join(), first.weight?.block?.join());
    if (!differs || COMPLEMENTS.has(other.method)) return [];
    const declared = `${first.file} ${first.place}: ${describeDeclaration(first)}`.replace("  ", " ");
    const stored = `${other.file} ${other.place}: ${describeDeclaration(other)}`.replace(" :", ":");
    return [disagreement("CONFIG_PLACES_DISAGREE", "", 0, declared, stored)];
  });
}

/** Modules that are stored quantized, and that another place says are skipped. */
function compareSkips(
  first: DeclarationLookup,
  other: DeclarationLookup,
  quantized: readonly { readonly group: ModuleGroup; readonly weight: Weight }[],
): Disagreement[] {
  if (COMPLEMENTS.has(other.declaration.method)) return [];
  const skipped = quantized
    .flatMap(({ group, weight }) => splitByState(other, group, weight))
    .filter(({ says, example }) => says.state === "ignored" && !mayBeIgnored(first, example));
  const by = skipped.map(({ says }) => (says.state === "ignored" ? says.by : ""))[0];
  if (by === undefined) return [];
  const count = skipped.reduce((sum, each) => sum + each.count, 0);
  const modules = count === 1 ? "1 module" : `${count} modules`;
  const declared = `${first.declaration.file}: ${modules} quantized, as stored`;
  const stored = `${other.declaration.file}: skipped by ${by}`;
  return [disagreement("CONFIG_PLACES_DISAGREE", "", count, declared, stored)];
}

function mayBeIgnored(lookup: DeclarationLookup, name: string): boolean {
  const { state } = lookup.lookup(name);
  return state === "ignored" || state === "unjudged";
}

/** Numbers that no packing can have: nothing is read by them. */
function unusableValues({ declaration: { file, unusable } }: DeclarationLookup): Disagreement[] {
  return unusable.map(({ text, allowed }) =>
    disagreement("CONFIG_VALUE_UNUSABLE", "", 1, `${file}: ${text}`, `not used: ${allowed} is meant`),
  );
}

const WHY_UNJUDGED: Readonly<Record<Unjudged, string>> = {
  beyond: "patterns beyond those that unfold reads",
  costly: "more work than one configuration is given",
};

/** What was not judged is said, so that silence about the rest is not taken for agreement. */
function unjudgedEntries({ declaration, unjudged }: DeclarationLookup): Disagreement[] {
  return (Object.keys(WHY_UNJUDGED) as Unjudged[]).flatMap((reason) =>
    tellUnjudged(
      declaration,
      unjudged.filter((each) => each.reason === reason).map(({ rule }) => rule),
      WHY_UNJUDGED[reason],
    ),
  );
}

function tellUnjudged({ file }: Declaration, rules: readonly NameRule[], why: string): Disagreement[] {
  const [first] = rules;
  if (first === undefined) return [];
  const declared = rules.length === 1 ? first.pattern : `${first.pattern} and ${rules.length - 1} more`;
  return [
    disagreement("CONFIG_ENTRIES_UNJUDGED", "", rules.length, `${file}: ${declared}`, `not judged: ${why}`),
  ];
}

/** Files that only add a module map to what `config.json` says. */
const COMPLEMENTS = new Set(["quanto", "ascend"]);

function differ<T>(a: T | null | undefined, b: T | null | undefined): boolean {
  return a != null && b != null && a !== b;
}

/** Modules that quantizers leave alone, whether the configuration lists them or not. */
const NEVER_MIND =
  /(?:^|[._])(?:gate|router|shared_expert_gate|in_proj_(?:a|b|ba)|eh_proj|lm_head|head|embed_out|embed\w*|wte|wpe|tok_embeddings|word_embeddings|score|classifier|norm\w*)$|^output$|(?:^|\.)mtp\.fc$|(?:^|\.)(?:vision\w*|visual|audio\w*|multi_modal_projector|mm_projector|projector|image\w*|merger|patch_embed\w*)(?:\.|$)/;

function judgeWeight(lookup: DeclarationLookup, group: ModuleGroup, weight: Weight): Disagreement[] {
  return splitByState(lookup, group, weight).flatMap(({ example, pattern, count, says }) => {
    if (isQuantized(weight)) return judgeQuantized(lookup.declaration, count, weight, pattern, says);
    return judgePlain(lookup.declaration, count, weight, pattern, example, says);
  });
}

function judgePlain(
  declaration: Declaration,
  count: number,
  weight: Weight,
  pattern: string,
  example: string,
  says: DeclaredFor,
): Disagreement[] {
  if (weight.scheme !== "none" || classOf(example, weight) !== "Linear" || says.state !== "quantized")
    return [];
  if (NEVER_MIND.test(example) || declaration.method === "mxfp4") return [];
  const hasList = declaration.ignored.length > 0 || declaration.overrides.length > 0;
  const severity =
    declaration.method === "fp8" && !hasList ? "info" : FINDING_SEVERITY.CONFIG_QUANTIZED_BUT_PLAIN;
  const stored = `${weight.payloadTensor.dtype}, not quantized`;
  return [disagreement("CONFIG_QUANTIZED_BUT_PLAIN", pattern, count, declaration.method, stored, severity)];
}

function judgeQuantized(
  declaration: Declaration,
  count: number,
  weight: Weight,
  path: string,
  says: DeclaredFor,
): Disagreement[] {
  if (says.state === "ignored")
    return [
      disagreement("CONFIG_IGNORED_BUT_QUANTIZED", path, count, `skipped by ${says.by}`, weight.scheme),
    ];
  const allowed = Object.hasOwn(SCHEMES_OF_METHOD, declaration.method)
    ? SCHEMES_OF_METHOD[declaration.method]
    : undefined;
  if (allowed !== undefined && !allowed.includes(weight.scheme))
    return [
      disagreement("CONFIG_METHOD_MISMATCH", path, count, describeDeclaration(declaration), weight.scheme),
    ];
  if (says.state !== "quantized") return [];
  return judgeSettings(says.weight, weight, path, count);
}

const ONE_SCALE = { tensor: "one scale a tensor", channel: "one scale a row" } as const;

/** One scale, or one for each row: kernels that expect the one take the first of the others for all (vllm#20076). */
function judgeStrategy(
  { strategy }: DeclaredWeight,
  { granularity, logicalShape }: Weight,
  path: string,
  count: number,
): Disagreement[] {
  if (strategy === null || strategy === granularity || (logicalShape?.at(-2) ?? 1) === 1) return [];
  if (granularity !== "tensor" && granularity !== "channel") return [];
  return [disagreement("CONFIG_STRATEGY_MISMATCH", path, count, ONE_SCALE[strategy], ONE_SCALE[granularity])];
}

/** Engines look scales up by the spelling of the declared method. */
function judgeSuffixes(
  declared: DeclaredWeight,
  weight: Weight,
  path: string,
  count: number,
): Disagreement[] {
  const { method, block } = declared;
  const usual = method === "fp8" && block !== null ? FP8_BLOCK_SCALE_SUFFIX : FP8_SCALE_SUFFIX[method ?? ""];
  const isFp8 = weight.payloadTensor.dtype.startsWith("F8_");
  const expected = (suffix: string) => {
    if (isFp8 && (suffix === "weight_scale" || suffix === "weight_scale_inv")) return usual ?? suffix;
    return Object.hasOwn(RENAMED_SUFFIXES, suffix) ? (RENAMED_SUFFIXES[suffix] as string) : suffix;
  };
  return weight.parts
    .filter(({ suffix }) => expected(suffix) !== suffix)
    .map(({ suffix }) =>
      disagreement("CONFIG_SUFFIX_MISMATCH", path, count, `scales named ${expected(suffix)}`, suffix),
    );
}

/** Schemes of other bits that a method stores beside its own without saying so. */
function isExempt(weight: Weight, declared: DeclaredWeight): boolean {
  if (declared.method === "fp8" && (weight.scheme === "fp4-e8m0" || weight.scheme === "nvfp4")) return true;
  // compressed-tensors keeps 4-bit integers one a byte; ModelSlim does the same in places.
  return weight.scheme === "int8" && (declared.bits ?? 8) < 8;
}

function judgeSettings(
  declared: DeclaredWeight,
  weight: Weight,
  path: string,
  count: number,
): Disagreement[] {
  if (isExempt(weight, declared)) return [];
  const found: Disagreement[] = [];
  const { bits, group, block } = declared;
  if (
    bits !== null &&
    weight.bits !== null &&
    Number.isInteger(weight.bits) &&
    !EXACT_BITS_UNTOLD.has(weight.scheme) &&
    bits !== weight.bits
  )
    found.push(disagreement("CONFIG_BITS_MISMATCH", path, count, `${bits} bits`, `${weight.bits} bits`));
  if (
    group !== null &&
    group > 0 &&
    weight.granularity === "group" &&
    weight.group !== null &&
    weight.group > 0 &&
    group !== weight.group
  )
    found.push(
      disagreement("CONFIG_GROUP_MISMATCH", path, count, `groups of ${group}`, `groups of ${weight.group}`),
    );
  if (
    group !== null &&
    group > 0 &&
    weight.granularity === "channel" &&
    SHOWS_GROUPS.has(weight.scheme) &&
    isWiderThan(weight, group)
  )
    found.push(disagreement("CONFIG_GROUP_MISMATCH", path, count, `groups of ${group}`, "one scale a row"));
  found.push(
    ...judgeStrategy(declared, weight, path, count),
    ...judgeSuffixes(declared, weight, path, count),
  );
  if (
    block !== null &&
    weight.block !== null &&
    weight.granularity === "block" &&
    (block[0] !== weight.block[0] || block[1] !== weight.block[1])
  )
    found.push(disagreement("CONFIG_BLOCK_MISMATCH", path, count, block.join("×"), weight.block.join("×")));
  return found;
}

/** Formats whose configuration holds an average of bits. */
const EXACT_BITS_UNTOLD = new Set(["exl2", "exl3", "aqlm", "vptq", "quip-sharp", "spqr", "torchao-intx"]);
const SHOWS_GROUPS = new Set(["gptq", "awq-gemm", "ct-pack-int"]);

function isWiderThan(weight: Weight, group: number): boolean {
  const input = weight.logicalShape?.at(-1);
  return input !== undefined && input > group;
}

/** Entries of the skip list that skip nothing by the dialect's own rule. */
function judgeEntries(
  lookup: DeclarationLookup,
  modules: readonly ModuleGroup[],
  budget: StepBudget,
): Disagreement[] {
  const { declaration } = lookup;
  const { entries, unjudged } = findLooseEntries(lookup, modules, budget);
  const found = entries.flatMap((loose) => judgeEntry(declaration, loose));
  return [
    ...found,
    ...tellUnjudged(declaration, unjudged, "whether they match under another name is too much work"),
  ];
}

function judgeEntry({ method }: Declaration, loose: LooseEntry): Disagreement[] {
  const { entry, reach, pattern, example, count } = loose;
  const found: Disagreement[] = [];
  if (reach === "nothing") {
    const stored = `no module of that name; ${example} is meant${loose.isQuantized ? " and is quantized" : ""}`;
    found.push(disagreement("CONFIG_NAME_DRIFT", pattern, count, entry, stored));
  }
  if (loose.isQuantized) {
    const declared = `skipped by ${entry} if read loosely, by the rule of ${method} not skipped`;
    found.push(
      disagreement("CONFIG_IGNORED_BUT_QUANTIZED", pattern, count, declared, "quantized", "warning"),
    );
  }
  return found;
}
