import { NUMBERED_NAME, type PatternSegment } from "./pattern-segment.ts";

/** A numbered segment of a pattern, whose members become more. */
interface List {
  readonly prefix: string;
  readonly members: number[];
  isSorted: boolean;
  /** Sums of the members' hashes: equal sets have equal ones, in whatever order they came. */
  low: number;
  high: number;
  /** As it was, for a pattern that is joined with no other. */
  readonly part: PatternSegment;
}

type Segment = string | List;

interface Joined {
  readonly segments: Segment[];
  readonly keys: readonly string[];
  /** Counts up: of several that a pattern joins with, the first that came is taken. */
  readonly serial: number;
}

/**
 * Patterns that differ in one list only, as one: `layers.{0-16}` and `layers.{18-61}` become `layers.{0-16,18-61}`. Each
 * pattern is looked up by what remains when one of its lists is taken out, so that 6,000 layers of a kind each cost no
 * comparison with each other.
 */
export class PatternJoiner {
  /** In the order of their coming; one that grows is as new. */
  private readonly joined = new Set<Joined>();
  private serial = 0;
  private readonly byRest = new Map<string, Joined>();

  add(parts: readonly PatternSegment[]): void {
    let segments = parts.map(toSegment);
    for (;;) {
      const keys = segments.map((segment, at) => (typeof segment === "string" ? "" : restKey(segments, at)));
      const match = this.findMatch(segments, keys);
      if (match === undefined) {
        this.insert({ segments, keys, serial: this.serial++ });
        return;
      }
      this.remove(match.other);
      segments = unite(match.other.segments, segments, match.at);
    }
  }

  patterns(): (readonly PatternSegment[])[] {
    return Array.from(this.joined, ({ segments }) => segments.map(toPart));
  }

  private findMatch(
    segments: readonly Segment[],
    keys: readonly string[],
  ): { other: Joined; at: number } | undefined {
    let match: { other: Joined; at: number } | undefined;
    for (const [at, key] of keys.entries()) {
      const other = key === "" ? undefined : this.byRest.get(key);
      if (other === undefined || (match !== undefined && match.other.serial <= other.serial)) continue;
      if (isEqualBut(other.segments, segments, at)) match = { other, at };
    }
    return match;
  }

  private insert(pattern: Joined): void {
    this.joined.add(pattern);
    for (const key of pattern.keys) if (key !== "") this.byRest.set(key, pattern);
  }

  private remove(pattern: Joined): void {
    this.joined.delete(pattern);
    for (const key of pattern.keys) if (key !== "") this.byRest.delete(key);
  }
}

function toSegment(part: PatternSegment): Segment {
  const match = typeof part === "string" ? NUMBERED_NAME.exec(part) : null;
  if (typeof part === "string" && match === null) return part;
  const prefix = typeof part === "string" ? (match?.[1] as string) : part.prefix;
  const members = typeof part === "string" ? [Number(match?.[2])] : [...part.members];
  const list: List = { prefix, members, isSorted: true, low: 0, high: 0, part };
  for (const member of members) addHash(list, member);
  return list;
}

function toPart(segment: Segment): PatternSegment {
  if (typeof segment === "string") return segment;
  sortMembers(segment);
  const { part, prefix, members } = segment;
  const isAsItWas = members.length === (typeof part === "string" ? 1 : part.members.length);
  return isAsItWas ? part : { prefix, members };
}

/** The pattern without the members of one of its lists. */
function restKey(segments: readonly Segment[], without: number): string {
  return segments
    .map((segment, at) => {
      if (typeof segment === "string") return JSON.stringify(segment);
      const { prefix, members, low, high } = segment;
      return at === without ? `${prefix}#` : `${prefix}#${members.length},${low},${high}`;
    })
    .join(".");
}

/** Equal hashes are a hint; only equal members are the same list. */
function isEqualBut(a: readonly Segment[], b: readonly Segment[], at: number): boolean {
  return (
    a.length === b.length &&
    a.every((segment, k) => {
      const other = b[k];
      if (typeof segment === "string" || typeof other === "string" || other === undefined)
        return segment === other;
      if (segment.prefix !== other.prefix) return false;
      if (k === at) return true;
      sortMembers(segment);
      sortMembers(other);
      return (
        segment.members.length === other.members.length &&
        segment.members.every((member, m) => member === other.members[m])
      );
    })
  );
}

/** The longer list takes the members of the shorter in. Paths are distinct, so the two have none in common. */
function unite(a: readonly Segment[], b: readonly Segment[], at: number): Segment[] {
  const lists = [a[at] as List, b[at] as List];
  const [long, short] = lists.sort((x, y) => y.members.length - x.members.length) as [List, List];
  for (const member of short.members) {
    if (member < (long.members.at(-1) as number)) long.isSorted = false;
    long.members.push(member);
    addHash(long, member);
  }
  return a.map((segment, k) => (k === at ? long : segment));
}

function sortMembers(list: List): void {
  if (!list.isSorted) list.members.sort((a, b) => a - b);
  list.isSorted = true;
}

function addHash(list: List, member: number): void {
  list.low = (list.low + mix(member, 0x9e3779b1)) | 0;
  list.high = (list.high + mix(member, 0x85ebca6b)) | 0;
}

function mix(value: number, factor: number): number {
  let hash = Math.imul(value + 1, factor);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
