import type { PatternSegment } from "../checkpoint/repeats.ts";
import type { DeclarationLookup, DeclaredFor } from "./declared.ts";
import { type FoldedWeights, isQuantized, weightPath } from "./folded-weights.ts";
import type { Weight } from "./module-weights.ts";
import type { DeclaredWeight } from "./scheme.ts";
import { isTable } from "./surroundings.ts";

/** Modules of a group looked up one by one where a configuration speaks of single layers; beyond it, none is judged. */
const MAX_LOOKUPS = 300_000;

/** Members of a group of which the configuration says the same. */
export interface DeclaredShare {
  /** Path of one of them. */
  readonly example: string;
  /** The path of their modules. */
  readonly segments: readonly PatternSegment[];
  readonly count: number;
  readonly says: DeclaredFor;
}

/**
 * What a configuration says of the members of a group. Where it names layers by number (`model.layers.0.mlp`), they
 * are asked one by one; else one stands for all.
 */
export function splitByState(
  lookup: DeclarationLookup,
  group: FoldedWeights,
  weight: Weight,
): DeclaredShare[] {
  const example = weightPath(group.example, weight);
  const className = classOf(example, weight);
  if (group.count > MAX_LOOKUPS && lookup.namesNumbers)
    return [{ example, segments: group.segments, count: group.count, says: { state: "unjudged" } }];
  if (group.count === 1 || !lookup.namesNumbers)
    return [
      { example, segments: group.segments, count: group.count, says: lookup.lookup(example, className) },
    ];
  const shares = new Map<string, { paths: (readonly number[])[]; says: DeclaredFor }>();
  for (const numbers of membersOf(group.segments)) {
    const says = lookup.lookup(weightPath(pathOf(group.segments, numbers), weight), className);
    const key = says.state === "quantized" ? settingsOf(says.weight) : says.state;
    const share = shares.get(key);
    if (share === undefined) shares.set(key, { paths: [numbers], says });
    else share.paths.push(numbers);
  }
  return [...shares.values()].map(({ paths, says }) => ({
    example: weightPath(pathOf(group.segments, paths[0] as readonly number[]), weight),
    segments: narrow(group.segments, paths),
    count: paths.length,
    says,
  }));
}

const SETTINGS = new WeakMap<DeclaredWeight, string>();

/** What tells settings apart; members of a group share their few objects. */
function settingsOf(weight: DeclaredWeight): string {
  let known = SETTINGS.get(weight);
  if (known === undefined) {
    known = JSON.stringify(weight);
    SETTINGS.set(weight, known);
  }
  return known;
}

/** Numbers for each list of a pattern, all combinations. */
function* membersOf(segments: readonly PatternSegment[], from = 0): Generator<readonly number[]> {
  for (let k = from; k < segments.length; k++) {
    const part = segments[k] as PatternSegment;
    if (typeof part === "string") continue;
    for (const member of part.members) for (const rest of membersOf(segments, k + 1)) yield [member, ...rest];
    return;
  }
  yield [];
}

function pathOf(segments: readonly PatternSegment[], numbers: readonly number[]): string {
  let at = 0;
  return segments
    .map((part) => (typeof part === "string" ? part : `${part.prefix}${numbers[at++]}`))
    .join(".");
}

/** The lists of a pattern cut down to the members that occur. */
function narrow(
  segments: readonly PatternSegment[],
  paths: readonly (readonly number[])[],
): PatternSegment[] {
  let at = 0;
  return segments.map((part) => {
    if (typeof part === "string") return part;
    const place = at++;
    const members = [...new Set(paths.map((numbers) => numbers[place] as number))].sort((a, b) => a - b);
    return members.length === 1 ? `${part.prefix}${members[0]}` : { prefix: part.prefix, members };
  });
}

const EXPERTS = /(?:^|\.)experts(?:\.|$)/;

/** The class that a module is likely to have, for dialects that target classes. */
export function classOf(path: string, weight: Weight): "Linear" | "Embedding" | "other" {
  const { shape } = weight.payloadTensor;
  if (isTable(path)) return "Embedding";
  if (isQuantized(weight)) return "Linear";
  // Stacked experts are a parameter of their own, `experts.gate_up_proj`, and linears all the same.
  const isStack = shape.length === 3 && EXPERTS.test(path);
  const isMatrix = isStack || (shape.length === 2 && weight.payloadTensor.name === "weight");
  return isMatrix && !/norm/i.test(path) ? "Linear" : "other";
}
