import { formatPattern, type PatternPart } from "../checkpoint/repeats.ts";
import { isClassName, literalSegments, type NameRule } from "./name-rules.ts";
import { isQuantized, type ModuleGroup } from "./weight-groups.ts";

/**
 * What an entry of a skip list comes to. `module`: by the rule of its dialect it names a module or a parameter.
 * `container`: by that rule only a module that holds others; the others it does not skip. `nothing`: no name at all.
 */
export type Reach = "module" | "container" | "nothing";

/** An entry that by its dialect's rule skips nothing, and what it means by a looser reading. */
export interface LooseEntry {
  readonly entry: string;
  readonly reach: Exclude<Reach, "module">;
  /** What is named, as a pattern: `model.layers.{0-5}.self_attn`; of what is meant the quantized part, where there is any. */
  readonly pattern: string;
  /** One name that the pattern stands for. */
  readonly example: string;
  /** Modules with tensors, at or below what is named. */
  readonly count: number;
  readonly isQuantized: boolean;
}

/** Entries looked at; longer lists are of plain names, which were looked up already. */
const MAX_ENTRIES = 2000;

/** Names tried by patterns in all; what is left then is not judged. */
const MAX_TRIED = 3_000_000;

/**
 * Entries of a skip list that match nothing which could be skipped, read loosely: with or without a wrapper's prefix,
 * or as a part of the name. Where an entry names a layer or an expert by number, it is that one that it is held
 * against, so that one wrong entry among those of all layers is found.
 */
export function findLooseEntries(
  rules: readonly NameRule[],
  modules: readonly ModuleGroup[],
): readonly LooseEntry[] {
  const budget = { left: MAX_TRIED };
  return rules.slice(0, MAX_ENTRIES).flatMap((rule) => {
    const segments = literalSegments(rule.pattern);
    if (segments === undefined || rule.matches === undefined || isClassName(rule.pattern)) return [];
    const meant = modules.flatMap((group) => meantIn(group, segments));
    if (meant.length === 0) return [];
    const reach = rule.exact === null ? reachOf(rule, modules, budget) : reachOfName(rule.exact, modules);
    if (reach === "module" || budget.left <= 0) return [];
    const quantized = meant.filter(({ group }) => group.weights.some(isQuantized));
    const chosen = quantized.length > 0 ? quantized : meant;
    const parts = joinParts(chosen.map((each) => each.parts));
    return [
      {
        entry: rule.pattern,
        reach,
        pattern: formatPattern(parts),
        example: formatPattern(parts.map(firstOf)),
        count: chosen.reduce((sum, { count }) => sum + count, 0),
        isQuantized: quantized.length > 0,
      },
    ];
  });
}

function reachOfName(name: string, modules: readonly ModuleGroup[]): Reach {
  const segments = name.split(".");
  let reach: Reach = "nothing";
  for (const group of modules) {
    if (runsAt(group.parts, segments, 0)) {
      if (segments.length === group.parts.length) return "module";
      reach = "container";
    } else if (isParameterOf(group, segments)) return "module";
  }
  return reach;
}

function isParameterOf(group: ModuleGroup, segments: readonly string[]): boolean {
  const owner = group.parts.length;
  const tensor = segments.slice(owner).join(".");
  return runsAt(group.parts, segments.slice(0, owner), 0) && tensorNames(group).includes(tensor);
}

function tensorNames({ loose, weights }: ModuleGroup): string[] {
  return [...loose, ...weights.flatMap(({ parts }) => parts)].map(({ tensor }) => tensor.name);
}

/** Tries a pattern on one module of each list, and on those whose numbers it spells. */
function reachOf(rule: NameRule, modules: readonly ModuleGroup[], budget: { left: number }): Reach {
  const numbers = new Set((rule.pattern.match(/\d{1,9}/g) ?? []).map(Number));
  const matches = (name: string) => {
    budget.left--;
    return rule.matches?.(name) === true;
  };
  let reach: Reach = "nothing";
  for (const group of modules) {
    const tensors = tensorNames(group);
    for (const name of namesWith(group.parts, numbers)) {
      if (budget.left <= 0) return reach;
      if (matches(name) || tensors.some((tensor) => matches(`${name}.${tensor}`))) return "module";
      if (reach === "nothing" && parentsOf(name).some(matches)) reach = "container";
    }
  }
  return reach;
}

function* namesWith(
  parts: readonly PatternPart[],
  numbers: ReadonlySet<number>,
  at = 0,
  before = "",
): Generator<string> {
  const part = parts[at];
  if (part === undefined) {
    yield before;
    return;
  }
  const names =
    typeof part === "string"
      ? [part]
      : part.members
          .filter((member, k) => k === 0 || numbers.has(member))
          .map((member) => `${part.stem}${member}`);
  for (const name of names)
    yield* namesWith(parts, numbers, at + 1, before === "" ? name : `${before}.${name}`);
}

function parentsOf(name: string): string[] {
  const segments = name.split(".");
  return segments.slice(1).map((_, k) => segments.slice(0, k + 1).join("."));
}

interface Meant {
  readonly group: ModuleGroup;
  /** The path down to what the entry names, with only the numbers that it leaves open. */
  readonly parts: readonly PatternPart[];
  readonly count: number;
}

/** Where in a group's path the names of an entry run one after the other. */
function meantIn(group: ModuleGroup, segments: readonly string[]): Meant[] {
  const { parts } = group;
  for (let at = 0; at < parts.length; at++) {
    // A parameter's name may follow its module's: `lm_head.weight`.
    const rest = segments.slice(parts.length - at).join(".");
    if (rest !== "" && !tensorNames(group).includes(rest)) continue;
    const own = segments.slice(0, parts.length - at);
    if (!runsAt(parts, own, at)) continue;
    const named = parts.map((part, k) => (k >= at && k < at + own.length ? (own[k - at] as string) : part));
    const count = named.reduce((all, part) => all * (typeof part === "string" ? 1 : part.members.length), 1);
    return [{ group, parts: named.slice(0, at + own.length), count }];
  }
  return [];
}

/** Whether the names stand in the path from a place on, one after the other. */
function runsAt(parts: readonly PatternPart[], segments: readonly string[], at: number): boolean {
  if (segments.length === 0 || at + segments.length > parts.length) return false;
  return segments.every((segment, k) => {
    const part = parts[at + k] as PatternPart;
    if (typeof part === "string") return part === segment;
    const digits = segment.slice(part.stem.length);
    return segment.startsWith(part.stem) && /^\d+$/.test(digits) && part.members.includes(Number(digits));
  });
}

/** Paths like the first one, with the members of all: dense and sparse layers have groups of their own. */
function joinParts(paths: readonly (readonly PatternPart[])[]): readonly PatternPart[] {
  const [first = []] = paths;
  const shape = shapeOf(first);
  const alike = paths.filter((parts) => shapeOf(parts) === shape);
  return first.map((part, k) => {
    if (typeof part === "string") return part;
    const members = alike.flatMap((parts) => (parts[k] as Exclude<PatternPart, string>).members);
    return { stem: part.stem, members: [...new Set(members)].sort((a, b) => a - b) };
  });
}

function shapeOf(parts: readonly PatternPart[]): string {
  return JSON.stringify(parts.map((part) => (typeof part === "string" ? part : [part.stem])));
}

function firstOf(part: PatternPart): PatternPart {
  return typeof part === "string" ? part : `${part.stem}${part.members[0]}`;
}
