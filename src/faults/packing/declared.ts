import { PlaceSet } from "../../checkpoint/place-set.ts";
import { formatPattern } from "../../checkpoint/repeats.ts";
import { type Declaration, declaresWeights } from "../../quantization/declaration.ts";
import type { DeclarationLookup } from "../../quantization/declared.ts";
import { splitByState } from "../../quantization/declared-split.ts";
import { type FoldedWeights, isQuantized } from "../../quantization/folded-weights.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import type { Quantization } from "../../quantization/quantization.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { type PlainWeight, plainFaults, severityOfPlain, withoutNumbers } from "./plain.ts";
import { judgeQuantized, judgeUnnamed } from "./settings.ts";
import { findLooseSkips, findUnjudged } from "./skips.ts";

export interface OwnWeight {
  readonly group: FoldedWeights;
  readonly weight: Weight;
}

/** Holds what configurations declare of packing against what the headers show. */
export function findDeclaredFaults(scene: Scene): Fault[] {
  const { quantization, modules } = scene;
  const weights = modules.flatMap((group) => group.weights.map((weight): OwnWeight => ({ group, weight })));
  const quantized = weights.filter(({ weight }) => isQuantized(weight));
  const [lookup, ...others] = quantization.declarations;
  const unspoken = undeclared(quantization, quantized);
  if (lookup === undefined) return unspoken;
  const twice = [
    ...declaredTwice(lookup.declaration, others),
    ...quantization.declarations.flatMap(unusableValues),
    ...quantization.declarations.flatMap(findUnjudged),
  ];
  if (quantized.length === 0)
    return [...twice, ...unapplied(lookup.declaration, weights), ...findUnnamed(lookup, weights)];
  return [
    ...unspoken,
    ...twice,
    ...others.flatMap((other) => compareSkips(lookup, other, quantized)),
    ...judgeWeights(scene, lookup, weights),
    ...findUnnamed(lookup, weights),
    ...findLooseSkips(quantization, modules),
  ];
}

/** Quantized weights that nobody announces. */
function undeclared({ declarations, component }: Quantization, quantized: readonly OwnWeight[]): Fault[] {
  const isSaid = ({ declaration }: DeclarationLookup) =>
    declaresWeights(declaration) && !(declaration.isOfFiles && component.configs.has("config.json"));
  if (quantized.length === 0 || declarations.some(isSaid)) return [];
  const schemes = [...new Set(quantized.map(({ weight }) => weight.scheme))];
  const groups = [...new Set(quantized.map(({ group }) => group))];
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const at = PlaceSet.modules(
    groups.map(({ segments }) => segments),
    count,
  );
  const hasConfig = component.configs.has("config.json");
  const isRawCast = schemes.every((scheme) => scheme === "fp8-unscaled");
  const severity = !hasConfig ? "info" : isRawCast ? "warning" : "error";
  return [fault("declared.nothing", at, { schemes, hasConfig }, severity)];
}

/** Methods whose loaders quantize plain weights by the same configuration. */
const AT_LOAD_TIME: ReadonlySet<string> = new Set([
  "bitsandbytes",
  "torchao",
  "quanto",
  "hqq",
  "eetq",
  "fbgemm_fp8",
  "higgs",
]);

/** A promise of quantization without a quantized weight; one that nobody can name may be it. */
function unapplied(declaration: Declaration, weights: readonly OwnWeight[]): Fault[] {
  // The cache alone may be quantized: then no weight is to be.
  if (declaration.cache !== null && !declaresWeights(declaration)) return [];
  if (weights.some(({ weight }) => weight.scheme === "unknown")) return [];
  const severity = AT_LOAD_TIME.has(declaration.method) ? "warning" : "error";
  return [fault("declared.unapplied", PlaceSet.whole(), { declared: declaration }, severity)];
}

/** Several places that declare must say the same; methods that alias each other do. */
function declaredTwice(first: Declaration, others: readonly DeclarationLookup[]): Fault[] {
  return others.flatMap(({ declaration: other }) => {
    const differs =
      other.method !== first.method ||
      differ(other.weight?.bits, first.weight?.bits) ||
      differ(other.weight?.group, first.weight?.group) ||
      differ(other.weight?.block?.join(), first.weight?.block?.join());
    if (!differs || COMPLEMENTS.has(other.method)) return [];
    return [fault("declared.twice", PlaceSet.whole(), { first, other })];
  });
}

/** Numbers that no packing can have: nothing is read by them. */
function unusableValues({ declaration: { file, unusable } }: DeclarationLookup): Fault[] {
  return unusable.map(({ text, allowed }) =>
    fault("declared.unusable", PlaceSet.whole(), { file, text, allowed }),
  );
}

function differ<T>(a: T | null | undefined, b: T | null | undefined): boolean {
  return a != null && b != null && a !== b;
}

/** Files that only add a module map to what `config.json` says. */
const COMPLEMENTS: ReadonlySet<string> = new Set(["quanto", "ascend"]);

/** Modules that are stored quantized, and that another place says are skipped. */
function compareSkips(
  first: DeclarationLookup,
  other: DeclarationLookup,
  quantized: readonly OwnWeight[],
): Fault[] {
  if (COMPLEMENTS.has(other.declaration.method)) return [];
  const skipped = quantized
    .flatMap(({ group, weight }) => splitByState(other, group, weight))
    .filter(({ says, example }) => says.state === "ignored" && !mayBeIgnored(first, example));
  const by = skipped.map(({ says }) => (says.state === "ignored" ? says.by : ""))[0];
  if (by === undefined) return [];
  const count = skipped.reduce((sum, each) => sum + each.count, 0);
  const data = { first: first.declaration, other: other.declaration, by };
  return [
    fault(
      "declared.skips",
      PlaceSet.modules(
        skipped.map(({ segments }) => segments),
        count,
      ),
      data,
    ),
  ];
}

function mayBeIgnored(lookup: DeclarationLookup, name: string): boolean {
  const { state } = lookup.lookup(name);
  return state === "ignored" || state === "unjudged";
}

/** Every weight against what is said of it; of those that are plain, whether they should be. */
function judgeWeights(scene: Scene, lookup: DeclarationLookup, weights: readonly OwnWeight[]): Fault[] {
  const { quantization } = scene;
  const { declaration } = lookup;
  const plain: PlainWeight[] = [];
  const found: Fault[] = [];
  const packed = new Set(
    weights.filter(({ weight }) => isQuantized(weight)).map(({ group }) => withoutNumbers(group.pattern)),
  );
  for (const { group, weight } of weights) {
    for (const share of splitByState(lookup, group, weight)) {
      const at = PlaceSet.tensors(
        share.segments,
        weight.parameter === "" ? null : weight.parameter,
        share.count,
      );
      if (isQuantized(weight)) found.push(...judgeQuantized(declaration, weight, share.says, at));
      // Layers of prediction are left plain where the others are not.
      const isPackedElsewhere = () =>
        packed.has(withoutNumbers(formatPattern(share.segments))) && !isOfPrediction(scene, at);
      const severity = severityOfPlain(declaration, weight, share, isPackedElsewhere);
      if (severity !== undefined)
        plain.push({ share, weight, severity, isPrediction: isOfPrediction(scene, at) });
    }
  }
  const { kinds } = quantization;
  const parameters = plain.length === 0 ? 0 : quantization.parameters(kinds.root);
  return [...joinByEntry(found, weights), ...plainFaults(declaration.method, plain, parameters)];
}

/** Packed values that are declared, and that no scheme of the method reads. */
function findUnnamed(lookup: DeclarationLookup, weights: readonly OwnWeight[]): readonly Fault[] {
  const unnamed = weights.filter(({ weight }) => weight.scheme === "unknown");
  const found = unnamed.flatMap(({ group, weight }) =>
    splitByState(lookup, group, weight).flatMap(({ says, segments, count }) =>
      judgeUnnamed(
        lookup.declaration,
        weight,
        says,
        PlaceSet.tensors(segments, weight.parameter === "" ? null : weight.parameter, count),
      ),
    ),
  );
  return joinByEntry(found, unnamed);
}

/** Kinds that are about an entry of the declaration: one fault, whatever the number of weights that show it. */
const OF_THE_ENTRY: ReadonlySet<Fault["kind"]> = new Set([
  "declared.format",
  "declared.type",
  "declared.symmetric",
  "declared.unlisted",
  "declared.unnamed",
]);

/** Joins what is one fault of the declaration, seen at many weights. */
function joinByEntry(found: readonly Fault[], weights: readonly OwnWeight[]): readonly Fault[] {
  const entries = new Map<string, Fault>();
  for (const each of found) {
    if (!OF_THE_ENTRY.has(each.kind)) continue;
    const key = JSON.stringify([each.kind, each.data]);
    const known = entries.get(key);
    entries.set(key, known === undefined ? each : ({ ...known, at: join(known.at, each.at) } as Fault));
  }
  const others = found.filter(({ kind }) => !OF_THE_ENTRY.has(kind));
  return [...others, ...[...entries.values()].filter((each) => !isOfOtherNames(each, weights))];
}

function join(a: PlaceSet, b: PlaceSet): PlaceSet {
  return new PlaceSet([...a.places, ...b.places], a.count + b.count);
}

/** A list of what is quantized that names none of the weights is written in other names: no word about any module. */
function isOfOtherNames({ kind, at }: Fault, weights: readonly OwnWeight[]): boolean {
  if (kind !== "declared.unlisted") return false;
  const quantized = weights.filter(({ weight }) => isQuantized(weight));
  return at.count === quantized.reduce((sum, { group }) => sum + group.count, 0);
}

/** What exporters forget most: the layers behind the last one (sglang#36158). */
function isOfPrediction({ model }: Scene, at: PlaceSet): boolean {
  return model.tensorRoles.some(
    ({ scope, segments }) => scope === "mtp" && at.covers(PlaceSet.tensorPaths([segments])),
  );
}
