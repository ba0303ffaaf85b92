/** Numbers of one segment of a written place: `{0-2,5}`, `7`, or all of them, `*`. */
type Numbers = readonly (readonly [first: number, last: number])[] | "all";

interface Segment {
  readonly stem: string;
  /** Undefined for a name without numbers. */
  readonly numbers: Numbers | undefined;
}

/**
 * Whether each place of the second list is one of the first, or below one: `model.layers.{0-3}.mlp` covers
 * `model.layers.{1,2}.mlp.up_proj`. Places are written as reports have them, several with commas between; a list that
 * was cut ("and 3 more") covers what is left of it.
 */
export function coversPlaces(covering: string, covered: string): boolean {
  const inside = readPlaces(covered);
  const outside = readPlaces(covering);
  return inside.length > 0 && inside.every((place) => outside.some((other) => covers(other, place)));
}

/** Names that a written place is expanded to at most: experts of all layers of a large model are some 50,000. */
const MAX_EXPANDED = 100_000;

/** All names that written places stand for; undefined where these are too many, or the list of places was cut. */
export function expandPlaces(places: string): string[] | undefined {
  const names: string[] = [];
  for (const place of splitPlaces(places)) {
    if (/ and [\d,]+ more$/.test(place)) return undefined;
    let expanded = [""];
    for (const [text, list] of place.matchAll(/\{([\d,-]+)\}|[^{]+|\{/g)) {
      const members = list === undefined ? [text] : list.split(",").flatMap(numbersOf);
      if (names.length + expanded.length * members.length > MAX_EXPANDED) return undefined;
      expanded = expanded.flatMap((before) => members.map((member) => before + member));
    }
    names.push(...expanded);
  }
  return names;
}

function numbersOf(range: string): string[] {
  const [first, last] = readRange(range);
  const count = Math.min(last - first + 1, MAX_EXPANDED + 1);
  return count > 0 ? Array.from({ length: count }, (_, at) => String(first + at)) : [];
}

function splitPlaces(places: string): string[] {
  return places.split(/, (?![^{]*\})/).filter((place) => place !== "");
}

function readPlaces(places: string): Segment[][] {
  return splitPlaces(places).map((place) => place.split(/\.(?![^{]*\})/).map(readSegment));
}

function readSegment(text: string): Segment {
  if (text === "*") return { stem: "", numbers: "all" };
  const list = /^(.*?)\{(\d{1,9}(?:-\d{1,9})?(?:,\d{1,9}(?:-\d{1,9})?)*)\}$/s.exec(text);
  const match = list ?? /^(.*?)(\d{1,9})$/s.exec(text);
  if (match === null) return { stem: text, numbers: undefined };
  const [, stem, numbers] = match as unknown as [string, string, string];
  return { stem, numbers: numbers.split(",").map(readRange) };
}

function readRange(range: string): [number, number] {
  const [first, last = first] = range.split("-").map(Number) as [number, number?];
  return [first, last];
}

function covers(outside: readonly Segment[], inside: readonly Segment[]): boolean {
  return (
    outside.length <= inside.length &&
    outside.every((segment, at) => coversSegment(segment, inside[at] as Segment))
  );
}

function coversSegment(outside: Segment, inside: Segment): boolean {
  if (outside.numbers === undefined || inside.numbers === undefined)
    return outside.stem === inside.stem && outside.numbers === inside.numbers;
  // `*` is written for members that are alike: what holds for some of them holds for it.
  if (outside.numbers === "all" || inside.numbers === "all") return true;
  const ranges = outside.numbers;
  return (
    outside.stem === inside.stem &&
    inside.numbers.every(([first, last]) => ranges.some(([from, to]) => from <= first && last <= to))
  );
}
