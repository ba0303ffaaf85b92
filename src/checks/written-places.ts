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

function readPlaces(places: string): Segment[][] {
  return places
    .split(/, (?![^{]*\})/)
    .filter((place) => place !== "")
    .map((place) => place.split(/\.(?![^{]*\})/).map(readSegment));
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
