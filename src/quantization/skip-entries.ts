import { formatPattern, type PatternSegment } from "../checkpoint/repeats.ts";
import type { MatchState } from "../patterns/matcher.ts";
import type { StepBudget } from "../patterns/step-budget.ts";
import type { DeclarationLookup } from "./declared.ts";
import { classOf } from "./declared-split.ts";
import { type FoldedWeights, isQuantized, weightPath } from "./folded-weights.ts";
import { ModuleIndex, tensorNames } from "./module-index.ts";
import { isClassName, literalRun, literalSegments, type NameRule } from "./name-rules.ts";
import { nearNames } from "./near-names.ts";
import { type RuleSet, readParts } from "./rule-set.ts";

/**
 * What an entry of a skip list comes to. `module`: by the rule of its dialect it names a module or a parameter.
 * `container`: by that rule only a module that holds others; the others it does not skip. `nothing`: no name at all.
 */
export type Reach = "module" | "container" | "nothing";

/** An entry that by its dialect's rule skips nothing, and what it means by a looser reading. */
export interface LooseEntry {
  readonly entry: string;
  readonly reach: Exclude<Reach, "module">;
  /** The path of what is named: `model.layers.{0-5}.self_attn`; of what is meant the quantized part, where there is any. */
  readonly segments: readonly PatternSegment[];
  /** One name that the pattern stands for. */
  readonly example: string;
  /** Modules with tensors, at or below what is named. */
  readonly count: number;
  readonly isQuantized: boolean;
  /** Stored plain, and not skipped by any other entry: engines that go by the list build it packed. */
  readonly isTargeted: boolean;
  /** An exact name of compressed-tensors for what only holds modules: its tools list these too. */
  readonly isExactHolder: boolean;
}

/** Steps that one module costs which is held against an entry, and one number of a list that is put together. */
const STEPS_OF_A_CANDIDATE = 20;
const STEPS_OF_A_MEMBER = 10;
/** Steps of one word of the model that a word of an entry is compared with. */
const STEPS_OF_A_WORD = 1;
/** Steps of an entry that is told: it becomes up to two findings, which are worded and sorted. */
const STEPS_OF_A_FINDING = 200;

export interface LooseEntries {
  readonly entries: readonly LooseEntry[];
  /** Entries beyond the budget, which were not looked at. */
  readonly unjudged: readonly NameRule[];
}

/**
 * Entries of a skip list that match nothing which could be skipped, read loosely: with or without a wrapper's prefix,
 * or as a part of the name. Where an entry names a layer or an expert by number, it is that one that it is held
 * against, so that one wrong entry among those of all layers is found.
 */
export function findLooseEntries(
  lookup: DeclarationLookup,
  modules: readonly FoldedWeights[],
  budget: StepBudget,
): LooseEntries {
  const rules = lookup.declaration.ignored;
  if (rules.length === 0) return { entries: [], unjudged: [] };
  const index = new ModuleIndex(modules, budget);
  const { words } = index;
  const reaches = reachOfPatterns(lookup.patterns, modules);
  const entries: LooseEntry[] = [];
  for (const [position, rule] of rules.entries()) {
    if (lookup.patterns.unjudged.has(position) || isClassName(rule.pattern)) continue;
    const patternReach = rule.exact === null ? (reaches.get(position) ?? "nothing") : undefined;
    const named = literalSegments(rule.pattern);
    const candidates = named === undefined ? [] : index.candidates(named);
    if (!budget.spend((1 + candidates.length) * STEPS_OF_A_CANDIDATE))
      return { entries, unjudged: rules.slice(position) };
    const meant = candidates.flatMap((group) => meantIn(group, named ?? []));
    if (meant.length === 0) {
      if (patternReach !== undefined && patternReach !== "nothing") continue;
      if (!budget.spend(words.size * STEPS_OF_A_WORD)) return { entries, unjudged: rules.slice(position) };
      const near = nearMiss(lookup, rule, namesNear(rule, named, words), index);
      if (near !== undefined) entries.push(near);
      continue;
    }
    const reach =
      rule.exact === null
        ? (patternReach ?? "nothing")
        : reachOfName(rule.exact.split("."), index.candidates(rule.exact.split(".")));
    if (reach === "module") continue;
    budget.spend(STEPS_OF_A_FINDING + membersIn(meant) * STEPS_OF_A_MEMBER);
    entries.push(looseEntry(lookup, rule, reach, meant));
  }
  return { entries, unjudged: [] };
}

/** Names that an entry may mean: of plain names those near them; of a pattern its longest run of names, and those near it. */
function namesNear(
  rule: NameRule,
  named: readonly string[] | undefined,
  words: ReadonlySet<string>,
): (readonly string[])[] {
  const run = rule.exact === null || named === undefined ? (literalRun(rule.pattern) ?? []) : [];
  const own = named === undefined ? [run] : nearNames(named, words);
  return [...own, ...nearNames(run, words)];
}

/**
 * What an entry means that by its words is nowhere: modules of a near name which are plain and nothing else skips.
 * Anything else is a part that is not stored, and no matter.
 */
function nearMiss(
  lookup: DeclarationLookup,
  rule: NameRule,
  names: readonly (readonly string[])[],
  index: ModuleIndex,
): LooseEntry | undefined {
  for (const name of names) {
    const meant = index.candidates(name).flatMap((group) => meantIn(group, name));
    if (meant.length === 0) continue;
    const entry = looseEntry(lookup, rule, "nothing", meant);
    if (entry.isTargeted) return entry;
  }
  return undefined;
}

function membersIn(meant: readonly Meant[]): number {
  let count = 0;
  for (const { segments } of meant)
    for (const part of segments) count += typeof part === "string" ? 1 : part.members.length;
  return count;
}

function looseEntry(
  lookup: DeclarationLookup,
  rule: NameRule,
  reach: LooseEntry["reach"],
  meant: readonly Meant[],
): LooseEntry {
  const quantized = meant.filter(({ group }) => group.weights.some(isQuantized));
  const targeted = quantized.length > 0 ? [] : meant.filter((each) => isTargetedPlain(lookup, each));
  const chosen = quantized.length > 0 ? quantized : targeted.length > 0 ? targeted : meant;
  const segments = joinParts(chosen.map((each) => each.segments));
  const isOfTools = reach === "container" && rule.exact !== null;
  return {
    entry: rule.pattern,
    reach,
    segments,
    example: formatPattern(segments.map(firstOf)),
    count: chosen.reduce((sum, { count }) => sum + count, 0),
    isQuantized: quantized.length > 0,
    isTargeted: targeted.length > 0,
    isExactHolder: isOfTools && lookup.declaration.method === "compressed-tensors",
  };
}

/** Whether what is meant is stored plain, and by the declaration is to be quantized all the same. */
function isTargetedPlain(lookup: DeclarationLookup, { group, segments }: Meant): boolean {
  const path = [...segments, ...group.segments.slice(segments.length)].map(firstOf);
  const module = formatPattern(path);
  return group.weights.some((weight) => {
    const name = weightPath(module, weight);
    return weight.scheme === "none" && lookup.lookup(name, classOf(name, weight)).state === "quantized";
  });
}

function reachOfName(named: readonly string[], candidates: readonly FoldedWeights[]): Reach {
  let reach: Reach = "nothing";
  for (const group of candidates) {
    if (runsAt(group.segments, named, 0)) {
      if (named.length === group.segments.length) return "module";
      reach = "container";
    } else if (isParameterOf(group, named)) return "module";
  }
  return reach;
}

function isParameterOf(group: FoldedWeights, named: readonly string[]): boolean {
  const owner = group.segments.length;
  const tensor = named.slice(owner).join(".");
  return runsAt(group.segments, named.slice(0, owner), 0) && tensorNames(group).includes(tensor);
}

/** How far each pattern reaches, by its position: all names are read once, whatever the number of patterns. */
function reachOfPatterns(patterns: RuleSet, modules: readonly FoldedWeights[]): ReadonlyMap<number, Reach> {
  const reaches = new Map<number, Reach>();
  if (!patterns.hasJudged) return reaches;
  const told: Readonly<Record<"module" | "container", Set<MatchState>>> = {
    module: new Set(),
    container: new Set(),
  };
  const tell = (places: readonly MatchState[], reach: "module" | "container"): void => {
    for (const place of places) {
      if (told[reach].has(place)) continue;
      told[reach].add(place);
      for (const position of patterns.matchesAt(place))
        if (reach === "module" || !reaches.has(position)) reaches.set(position, reach);
    }
  };
  for (const group of modules) {
    let places: readonly MatchState[] = [patterns.start];
    group.segments.forEach((part, depth) => {
      if (depth > 0) tell(places, "container");
      places = readParts(patterns, places, depth === 0 ? "" : ".", part);
    });
    tell(places, "module");
    const before = group.segments.length === 0 ? "" : ".";
    for (const name of tensorNames(group)) tell(readParts(patterns, places, before, name), "module");
  }
  return reaches;
}

interface Meant {
  readonly group: FoldedWeights;
  /** The path down to what the entry names, with only the numbers that it leaves open. */
  readonly segments: readonly PatternSegment[];
  readonly count: number;
}

/** Where in a group's path the names of an entry run one after the other. */
function meantIn(group: FoldedWeights, named: readonly string[]): Meant[] {
  const { segments } = group;
  for (let at = 0; at < segments.length; at++) {
    const own = named.slice(0, segments.length - at);
    if (!runsAt(segments, own, at)) continue;
    // A parameter's name may follow its module's: `lm_head.weight`.
    const rest = named.slice(own.length).join(".");
    if (rest !== "" && !tensorNames(group).includes(rest)) continue;
    const whole = segments.map((part, k) =>
      k >= at && k < at + own.length ? (own[k - at] as string) : part,
    );
    const count = whole.reduce((all, part) => all * (typeof part === "string" ? 1 : part.members.length), 1);
    return [{ group, segments: whole.slice(0, at + own.length), count }];
  }
  return [];
}

/** Whether the names stand in the path from a place on, one after the other. */
function runsAt(segments: readonly PatternSegment[], named: readonly string[], at: number): boolean {
  if (named.length === 0 || at + named.length > segments.length) return false;
  return named.every((segment, k) => {
    const part = segments[at + k] as PatternSegment;
    if (typeof part === "string") return part === segment;
    const digits = segment.slice(part.prefix.length);
    return (
      segment.startsWith(part.prefix) && /^\d{1,9}$/.test(digits) && isMember(part.members, Number(digits))
    );
  });
}

/** Looked for by halves: members ascend, and there may be as many as there are modules. */
function isMember(members: readonly number[], wanted: number): boolean {
  let low = 0;
  for (let high = members.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((members[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return members[low] === wanted;
}

/** Paths like the first one, with the members of all: dense and sparse layers have groups of their own. */
function joinParts(paths: readonly (readonly PatternSegment[])[]): readonly PatternSegment[] {
  const [first = []] = paths;
  const shape = shapeOf(first);
  const alike = paths.filter((segments) => shapeOf(segments) === shape);
  return first.map((part, k) => {
    if (typeof part === "string") return part;
    const members = alike.flatMap((segments) => (segments[k] as Exclude<PatternSegment, string>).members);
    return { prefix: part.prefix, members: [...new Set(members)].sort((a, b) => a - b) };
  });
}

function shapeOf(segments: readonly PatternSegment[]): string {
  return JSON.stringify(segments.map((part) => (typeof part === "string" ? part : [part.prefix])));
}

function firstOf(part: PatternSegment): PatternSegment {
  return typeof part === "string" ? part : `${part.prefix}${part.members[0]}`;
}
