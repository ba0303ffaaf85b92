import { compare, type Differences, type Placed } from "./compare.ts";
import { readConfiguration } from "./configuration.ts";
import { expectTensors } from "./expect.ts";
import { proposeValues } from "./proposals.ts";
import { type Proposal, withKey } from "./question.ts";
import type { Layout, Row, Signature, Value } from "./signature.ts";

/** One key of the configuration that explains differences, and what they ask it to be. */
export interface KeyCause {
  /** As config.json spells it: `text_config.hidden_size`. */
  readonly key: string;
  /** Undefined where it is left out. */
  readonly stated: Value | undefined;
  /** What the class takes where it is left out. */
  readonly taken: Value | undefined;
  readonly told: Value;
  /** Other keys with which everything would be as it is with this one: headers do not tell them apart. */
  readonly others: readonly { readonly key: string; readonly told: Value }[];
  /** The differences that end with it. */
  readonly explained: Differences;
}

export interface Explanation {
  readonly causes: readonly KeyCause[];
  /** What no one key explains. */
  readonly left: Differences;
}

/** What is held against each other. */
export interface Sides {
  readonly signature: Signature;
  readonly layout: Layout;
  readonly rows: readonly Row[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly placed: Placed;
  /** Leaves out what is no fault, whatever the configuration. */
  readonly reckon: (differences: Differences) => Differences;
}

/** Keys that may be wrong at once; more are another model. */
const MAX_CAUSES = 6;
/** Values that are tried for one cause: each costs a comparison. */
const MAX_TRIED = 96;
/** A value that breaks more than this share of what it mends is not what the file should say. */
const MAX_BROKEN = 0.1;

/**
 * Explains differences by single keys, the one that mends most first. What no key explains is left: there the tensors are
 * at fault.
 */
export function explainByKeys(sides: Sides, differences: Differences): Explanation {
  const causes: KeyCause[] = [];
  let { config } = sides;
  let left = differences;
  for (let cause = 0; cause < MAX_CAUSES && countAll(left) > 0; cause += 1) {
    const tried = tryAll({ ...sides, config }, left);
    const [best] = tried;
    if (best === undefined) break;
    const alike = tried.filter(
      (each) => each !== best && each.proposal.path !== best.proposal.path && each.after === best.after,
    );
    if (!best.isAlias) causes.push(toCause({ ...sides, config }, best, alike, left));
    config = withKey(config, best.proposal.path, best.proposal.value);
    left = best.differences;
  }
  return { causes, left };
}

interface Tried {
  readonly proposal: Proposal;
  readonly differences: Differences;
  readonly explained: number;
  readonly after: number;
  readonly isStated: boolean;
  /** Stated under a name that the class is not known to read: no contradiction. */
  readonly isAlias: boolean;
}

/** Every value that mends more than it breaks, the best first. */
function tryAll(sides: Sides, differences: Differences): Tried[] {
  const before = countByPattern(differences);
  const proposals = proposeValues({ ...sides, differences }).slice(0, MAX_TRIED);
  return proposals
    .flatMap((proposal): Tried[] => {
      const config = withKey(sides.config, proposal.path, proposal.value);
      const expectation = expectTensors(sides.signature, config, sides.layout);
      if (expectation.status !== "known") return [];
      const found = compare(expectation, sides.placed);
      if (found === undefined) return [];
      const after = sides.reckon(found);
      const counts = countByPattern(after);
      const { explained, broken } = balance(before, counts);
      if (explained === 0 || broken > explained * MAX_BROKEN) return [];
      const isStated = stated(sides, proposal.path).key !== undefined;
      const isAlias = !isStated && isSaidElsewhere(sides, proposal.value);
      return [{ proposal, differences: after, explained, after: countAll(after), isStated, isAlias }];
    })
    .sort((a, b) => a.after - b.after || Number(b.isStated) - Number(a.isStated));
}

/**
 * Whether a number that a key would have to have, which is left out, stands under a key that the class is not known to
 * read: an older name of it, and no contradiction.
 */
function isSaidElsewhere({ signature, config }: Sides, value: Value): boolean {
  if (typeof value !== "number" || value < LEAST_TELLING) return false;
  const known = new Set([...Object.keys(signature.defaults), ...Object.keys(signature.aliases)]);
  return Object.entries(config).some(([key, other]) => other === value && !known.has(key));
}

/** Smaller numbers stand in any configuration. */
const LEAST_TELLING = 16;

function balance(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): { explained: number; broken: number } {
  let explained = 0;
  let broken = 0;
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const change = (after.get(key) ?? 0) - (before.get(key) ?? 0);
    if (change < 0) explained -= change;
    else broken += change;
  }
  return { explained, broken };
}

/** Tensors that differ, by what they are: a fault that is exchanged for another is none that is mended. */
function countByPattern({ missing, excess, mismatched }: Differences): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (key: string, count: number) => counts.set(key, (counts.get(key) ?? 0) + count);
  for (const { expected, count } of missing) add(`- ${expected.pattern}`, count);
  for (const { pattern, count } of excess) add(`+ ${pattern}`, count);
  for (const { expected, stored, count } of mismatched)
    for (const [axis, each] of expected.shape.entries())
      if (each !== undefined && each !== stored.shape?.[axis]) add(`${axis} ${expected.pattern}`, count);
  return counts;
}

function countAll(differences: Differences): number {
  let sum = 0;
  for (const count of countByPattern(differences).values()) sum += count;
  return sum;
}

function toCause(sides: Sides, best: Tried, alike: readonly Tried[], before: Differences): KeyCause {
  const { path, value } = best.proposal;
  const { key, value: said } = stated(sides, path);
  const others = new Map<string, Value>();
  for (const { proposal } of alike) {
    const name = stated(sides, proposal.path).key ?? proposal.path;
    if (!others.has(name)) others.set(name, proposal.value);
  }
  return {
    key: key ?? path,
    stated: said,
    taken: readConfiguration(sides.signature, sides.config).get(path),
    told: value,
    others: Array.from(others, ([other, told]) => ({ key: other, told })),
    explained: without(before, best.differences),
  };
}

/** The key as the file spells it, undefined where it is left out. */
function stated(
  { signature, config }: Pick<Sides, "signature" | "config">,
  path: string,
): { readonly key: string | undefined; readonly value: Value | undefined } {
  const names = [
    path,
    ...Object.entries(signature.aliases).flatMap(([name, of]) => (of === path ? [name] : [])),
  ];
  for (const name of names) {
    let value: unknown = config;
    for (const part of name.split("."))
      value =
        typeof value === "object" && value !== null && Object.hasOwn(value, part)
          ? (value as Record<string, unknown>)[part]
          : undefined;
    if (value !== undefined) return { key: name, value: value as Value };
  }
  return { key: undefined, value: undefined };
}

/** Differences of the first that are not in the second, by pattern. */
function without(before: Differences, after: Differences): Differences {
  const counts = countByPattern(after);
  const isGone = (keys: readonly string[], count: number) =>
    keys.reduce((sum, key) => sum + (counts.get(key) ?? 0), 0) < count;
  return {
    ...before,
    missing: before.missing.filter(({ expected, count }) => isGone([`- ${expected.pattern}`], count)),
    excess: before.excess.filter(({ pattern, count }) => isGone([`+ ${pattern}`], count)),
    mismatched: before.mismatched.filter(({ expected, stored, count }) =>
      expected.shape.some(
        (each, axis) =>
          each !== undefined &&
          each !== stored.shape?.[axis] &&
          isGone([`${axis} ${expected.pattern}`], count),
      ),
    ),
  };
}
