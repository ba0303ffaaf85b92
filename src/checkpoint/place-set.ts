import { countShown } from "../format/shown.ts";
import { formatPattern, type PatternSegment } from "./repeats.ts";

/** A numbered segment that stands for members which are alike, whichever they are: printed `*`. */
export const ALIKE = { alike: true } as const;

export type PlaceSegment = PatternSegment | typeof ALIKE;

/** Modules whose paths differ in numbers only, or one tensor of each of them. */
export interface Place {
  /** Path of the module; empty for the root. */
  readonly module: readonly PlaceSegment[];
  /** The tensor's name in its module, with dots where it lies deeper (`weight.absmax`); null for the module itself. */
  readonly tensor: string | null;
}

/** Patterns shown of places that do not join into one. */
const MAX_SHOWN = 5;

/** Names given in full for places; their patterns stand for all. */
const MAX_NAMED = 3;

/**
 * Places of a component as data: what is compared, counted and printed of them is asked here, and nobody reads a
 * printed place. A name of the checkpoint that looks like a pattern (`blk{0-3}`) is a name.
 */
export class PlaceSet {
  readonly places: readonly Place[];
  /** How many modules or tensors the places stand for. */
  readonly count: number;
  private segments: readonly (readonly Segment[])[] | undefined;

  constructor(places: readonly Place[], count: number = places.reduce((sum, each) => sum + sizeOf(each), 0)) {
    this.places = places;
    this.count = count;
  }

  /** No place of its own: the component as a whole, so many times. */
  static whole(count = 1): PlaceSet {
    return new PlaceSet([], count);
  }

  static modules(patterns: readonly (readonly PlaceSegment[])[], count?: number): PlaceSet {
    return new PlaceSet(
      patterns.map((module) => ({ module, tensor: null })),
      count,
    );
  }

  static tensors(module: readonly PlaceSegment[], tensor: string | null, count?: number): PlaceSet {
    return new PlaceSet([{ module, tensor }], count);
  }

  /** Places of tensors given by their whole paths, the last segment of which is the tensor. */
  static tensorPaths(patterns: readonly (readonly PatternSegment[])[], count?: number): PlaceSet {
    const places = patterns.map((parts): Place => {
      const last = parts.at(-1);
      return typeof last === "string"
        ? { module: parts.slice(0, -1), tensor: last }
        : { module: parts, tensor: null };
    });
    return new PlaceSet(places, count);
  }

  /** One module or tensor by its full name, as a checkpoint or a file of the source spells it. */
  static named(name: string): PlaceSet {
    return PlaceSet.modules([name.split(".")]);
  }

  get isWhole(): boolean {
    return this.places.length === 0;
  }

  /** `model.layers.{0-61}.mlp.up_proj.weight`, several with commas; null for the component as a whole. */
  format(most: number = MAX_SHOWN): string | null {
    if (this.places.length === 0) return null;
    const shown = this.places.slice(0, countShown(this.places.length, most)).map(formatPlace);
    const rest = this.places.length - shown.length;
    return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
  }

  /** The first names that the places stand for. Of members that are alike, whichever they are, there is no name. */
  names(most: number = MAX_NAMED): string[] {
    const names: string[] = [];
    for (const place of this.places) {
      if (names.length >= most) break;
      names.push(...namesOf(place, most - names.length));
    }
    return names;
  }

  /** Whether each of the other's places is one of these, or below one. Nothing covers the component as a whole. */
  covers(other: PlaceSet): boolean {
    if (other.places.length === 0) return false;
    const outside = this.asSegments();
    return other.asSegments().every((inside) => outside.some((around) => coversPath(around, inside)));
  }

  /** Reports hold rows made of places (`placeRows`) and their printed form, never the set itself. */
  toJSON(): undefined {
    return undefined;
  }

  /** The modules of these tensors, or the modules around these. */
  parents(): PlaceSet {
    const places = this.places.map(({ module, tensor }): Place => {
      const path = tensor === null ? module : [...module, ...tensor.split(".")];
      return { module: path.slice(0, -1), tensor: null };
    });
    return new PlaceSet(places, this.count);
  }

  /** Modules of this name in each of the modules. */
  below(name: string): PlaceSet {
    const places = this.places.map(({ module }): Place => ({ module: [...module, name], tensor: null }));
    return new PlaceSet(places, this.count);
  }

  /** The same with another count: how many there are of what was seen there. */
  counted(count: number): PlaceSet {
    return new PlaceSet(this.places, count);
  }

  /** The first of the places alone, with the count of all. */
  first(): PlaceSet {
    return new PlaceSet(this.places.slice(0, 1), this.count);
  }

  /** Last name of every place: `q_proj` of `model.layers.{0-5}.self_attn.q_proj`; of a numbered list its stem. */
  leaves(): string[] {
    return this.places.map(({ module, tensor }) => {
      const last = tensor === null ? module.at(-1) : tensor.split(".").at(-1);
      if (last === undefined || typeof last === "string") return last ?? "";
      return isAlike(last) ? "" : last.prefix;
    });
  }

  private asSegments(): readonly (readonly Segment[])[] {
    this.segments ??= this.places.map(({ module, tensor }) => [
      ...module.flatMap(readPart),
      ...(tensor === null ? [] : tensor.split(".").map(readName)),
    ]);
    return this.segments;
  }
}

/** The one writer of a pattern with its tensor: `model.layers.{0-61}.mlp.experts.*.w1.weight`. */
export function formatPlace({ module, tensor }: Place): string {
  const path = module.map((part) => (isAlike(part) ? "*" : formatPattern([part]))).join(".");
  if (tensor === null) return path;
  return path === "" && module.length === 0 ? tensor : `${path}.${tensor}`;
}

export function isAlike(part: PlaceSegment): part is typeof ALIKE {
  return typeof part !== "string" && "alike" in part;
}

function sizeOf({ module }: Place): number {
  return module.reduce(
    (all, part) => all * (typeof part === "string" || isAlike(part) ? 1 : part.members.length),
    1,
  );
}

function namesOf({ module, tensor }: Place, most: number): string[] {
  let names: string[] = [""];
  let isFirst = true;
  for (const part of [...module, ...(tensor === null ? [] : [tensor])]) {
    const segments =
      typeof part === "string"
        ? [part]
        : isAlike(part)
          ? ["*"]
          : part.members.slice(0, most).map((member) => `${part.prefix}${member}`);
    const before = isFirst ? [""] : names.map((name) => `${name}.`);
    names = before.flatMap((name) => segments.map((segment) => name + segment)).slice(0, most);
    isFirst = false;
  }
  return names;
}

/** A segment to compare: a name, or numbers behind a stem as runs; `all` for members that are alike. */
interface Segment {
  readonly stem: string;
  readonly numbers: readonly (readonly [first: number, last: number])[] | "all" | undefined;
}

function readPart(part: PlaceSegment): Segment[] {
  // Adapters and prefixes put several names into one segment.
  if (typeof part === "string") return part.split(".").map(readName);
  if (isAlike(part)) return [{ stem: "", numbers: "all" }];
  return [{ stem: part.prefix, numbers: toRuns(part.members) }];
}

function readName(name: string): Segment {
  const match = /^(.*?)(\d{1,9})$/s.exec(name);
  if (match === null) return { stem: name, numbers: undefined };
  const number = Number(match[2]);
  return { stem: match[1] as string, numbers: [[number, number]] };
}

function toRuns(members: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const member of members) {
    const open = runs.at(-1);
    if (open !== undefined && member === open[1] + 1) open[1] = member;
    else runs.push([member, member]);
  }
  return runs;
}

function coversPath(outside: readonly Segment[], inside: readonly Segment[]): boolean {
  return (
    outside.length > 0 &&
    outside.length <= inside.length &&
    outside.every((segment, at) => coversSegment(segment, inside[at] as Segment))
  );
}

function coversSegment(outside: Segment, inside: Segment): boolean {
  if (outside.numbers === undefined || inside.numbers === undefined)
    return outside.stem === inside.stem && outside.numbers === inside.numbers;
  // Members that are alike: what holds for some of them holds for them.
  if (outside.numbers === "all" || inside.numbers === "all") return true;
  const ranges = outside.numbers;
  return (
    outside.stem === inside.stem &&
    inside.numbers.every(([first, last]) => ranges.some(([from, to]) => from <= first && last <= to))
  );
}
