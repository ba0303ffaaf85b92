/**
 * Colours of widths, few bits orange to many blue, alike on light and dark. Least CIEDE2000 distance of two of them over
 * normal, protan, deutan and tritan sight: 12.0.
 */
const BITS: readonly (readonly [most: number, colour: string])[] = [
  [2, "#8c2d04"],
  [3, "#d94801"],
  [4, "#fd8d3c"],
  [5, "#fdd0a2"],
  [6, "#c6dbef"],
  [8, "#6baed6"],
  [16, "#2171b5"],
  [Number.POSITIVE_INFINITY, "#08306b"],
];

/** Of what has no width, or none that is known. */
export const NEUTRAL = "#9a9a9a";

/** Marks of faults: never by colour alone, always with a cross. */
export const FAULT = "#d0002a";

/** Colours of things that have no order: schemes, dtypes, roles. */
const KINDS = [
  "#2171b5",
  "#fd8d3c",
  "#1b7837",
  "#c6dbef",
  "#8c2d04",
  "#762a83",
  "#fdd0a2",
  "#5ab4ac",
  "#01665e",
];

export function bitsColour(bits: number | null): string {
  if (bits === null) return NEUTRAL;
  return BITS.find(([most]) => bits <= most)?.[1] ?? NEUTRAL;
}

/** The colour of a kind by its place in the list of all. */
export function kindColour(at: number): string {
  return at < 0 ? NEUTRAL : (KINDS[at % KINDS.length] as string);
}

/** Text on a fill: whichever of dark and white stands out more. */
export function textOn(fill: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => linear(Number.parseInt(fill.slice(at, at + 2), 16) / 255)) as [
    number,
    number,
    number,
  ];
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return luminance > 0.2 ? "#111111" : "#ffffff";
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

/** `4 bit`, `? bit`. */
export function bitsWord(bits: number | null): string {
  return bits === null ? "? bit" : `${Number(bits.toFixed(2))} bit`;
}
