import type { PlaceSet } from "../../checkpoint/place-set.ts";
import type { PatternSegment } from "../../checkpoint/repeats.ts";
import { type Differences, type Excess, fits, type Missing, type Stray } from "../../signatures/compare.ts";
import type { StoredTensors } from "../../signatures/stored.ts";
import { placesAt, placesOf } from "./places.ts";

/** What is missing under one name and stored under another. */
interface Renamed {
  readonly at: PlaceSet;
  readonly stored: PlaceSet;
}

interface Sorted {
  readonly renamed: readonly Renamed[];
  /** What is left of each. */
  readonly missing: readonly Missing[];
  readonly excess: readonly Excess[];
  readonly loose: readonly Stray[];
}

/** A stray or an excess as something that may be what is missing. */
interface Candidate {
  readonly segments: readonly string[];
  readonly stored: StoredTensors;
  readonly count: number;
  readonly source: Stray | Excess;
}

/** Pairs that are looked at; beyond it names are told as they are. */
const MAX_PAIRS = 250_000;

/**
 * Finds stored names that are nearly missing ones: as many tensors of the shape that is missing, at a name that differs in
 * one segment. Pairs that differ in the same segments are one renaming.
 */
export function findRenamed({ missing, excess }: Differences, strays: readonly Stray[]): Sorted {
  const candidates: Candidate[] = [
    ...strays.map((source) => ({
      segments: source.segments.map(toWord),
      stored: source.stored,
      count: source.stored.count,
      source,
    })),
    ...excess.map((source) => ({
      segments: source.stored.segments.map(toWord),
      stored: source.stored,
      count: source.count,
      source,
    })),
  ];
  const taken = new Set<unknown>();
  const groups = new Map<string, { missing: Missing[]; stored: Candidate[] }>();
  if (missing.length * candidates.length <= MAX_PAIRS)
    for (const each of missing) {
      const words = each.expected.pattern.split(".").map((segment) => segment.replace(/\{\d+\}$/, "#"));
      const match = candidates
        .filter(({ source, count, stored }) => {
          return !taken.has(source) && count === each.count && fits(each.expected.shape, stored);
        })
        .map((candidate) => ({ candidate, change: changeOf(words, candidate.segments) }))
        .find(({ change }) => change !== undefined);
      if (match?.change === undefined) continue;
      taken.add(each).add(match.candidate.source);
      const group = groups.get(match.change) ?? { missing: [], stored: [] };
      groups.set(match.change, group);
      group.missing.push(each);
      group.stored.push(match.candidate);
    }
  return {
    renamed: Array.from(groups.values(), ({ missing: lost, stored }) => ({
      at: placesAt(lost.map(({ expected, boxes }) => ({ pattern: expected.pattern, boxes }))),
      stored: placesOf(stored.map(({ stored: each, count }) => ({ segments: each.stored, count }))),
    })),
    missing: missing.filter((each) => !taken.has(each)),
    excess: excess.filter((each) => !taken.has(each)),
    loose: strays.filter((each) => !taken.has(each)),
  };
}

/** How one name becomes the other, where that is one segment that is another, too many or too few. */
function changeOf(wanted: readonly string[], stored: readonly string[]): string | undefined {
  if (Math.abs(wanted.length - stored.length) > 1) return undefined;
  let start = 0;
  while (start < wanted.length && wanted[start] === stored[start]) start += 1;
  let end = 0;
  const most = Math.min(wanted.length, stored.length) - start;
  while (end < most && wanted.at(-1 - end) === stored.at(-1 - end)) end += 1;
  const from = wanted.slice(start, wanted.length - end);
  const to = stored.slice(start, stored.length - end);
  return from.length <= 1 && to.length <= 1 ? `${from.join()} ${to.join()}` : undefined;
}

function toWord(segment: PatternSegment): string {
  return typeof segment === "string" ? segment.replace(/^\d+$/, "#") : `${segment.prefix}#`;
}
