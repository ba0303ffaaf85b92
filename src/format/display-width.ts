import stringWidth from "string-width";

/**
 * ASCII, and what unfold itself draws and writes with beyond it: · × – — … → ✓ ✗, lines and boxes. All take one column.
 * Names are nearly always ASCII too, so the package, whose patterns take 20 ms to be made, is nearly never needed.
 */
const ONE_COLUMN_EACH = /^[\x20-\x7e\u00b7\u00d7\u2013\u2014\u2026\u2192\u2500-\u257f\u2713\u2717]*$/;

/**
 * Code units of a text that are measured character by character, at some 10 µs each. What a longer text has beyond them
 * counts a column a unit: it is cut before it is shown, or stands where nothing is cut.
 */
const MAX_MEASURED = 1000;

/** Code units that a column may take: a base with a few marks, or a family of emoji over two. */
const UNITS_A_COLUMN = 8;

/** Columns that a text without control characters takes on a terminal. */
export function displayWidth(text: string): number {
  if (ONE_COLUMN_EACH.test(text)) return text.length;
  if (text.length <= MAX_MEASURED) return stringWidth(text);
  return stringWidth(text.slice(0, MAX_MEASURED)) + text.length - MAX_MEASURED;
}

/** Cuts a text in its middle so that it takes at most `width` columns; both ends tell it from its neighbours. */
export function fitWidth(text: string, width: number, mark = "…"): string {
  if (displayWidth(text) <= width) return text;
  // What is set in stays so.
  const blanks = text.length - text.trimStart().length;
  if (blanks > 0 && blanks < width)
    return text.slice(0, blanks) + fitWidth(text.slice(blanks), width - blanks, mark);
  const room = width - mark.length;
  if (room <= 0) return mark.slice(0, width);
  if (NUMBERS.test(text)) return cutAtCommas(text, width, mark);
  if (WORDS.test(text)) {
    const atItems = cutAtItems(text, width, mark);
    if (atItems !== undefined) return atItems;
  }
  const atDots = cutAtDots(text, width, mark);
  if (atDots !== undefined) return atDots;
  const tail = Math.floor(room / 2);
  return `${cutWidth(text, room - tail)}${mark}${cutWidthFromEnd(text, tail)}`;
}

/** Layers as a set has them: `0,2,6-8,30`. */
const NUMBERS = /^\d[\d-]*(?:,[\d…-]+){2,}$/;

/** The first and the last members of a list of numbers, each whole, as many as there is room for: half a number is another one. */
function cutAtCommas(text: string, width: number, mark: string): string {
  const items = text.split(",").filter((item) => item !== "…");
  const last = items.pop() as string;
  const ends = [last];
  const starts: string[] = [];
  const joined = () => [...starts, mark, ...ends].join(",");
  for (let whole = joined(); displayWidth(whole) <= width && items.length > 0; ) {
    const isStart = starts.length <= ends.length;
    const next = (isStart ? items.shift() : items.pop()) as string;
    if (isStart) starts.push(next);
    else ends.unshift(next);
    whole = joined();
    if (displayWidth(whole) <= width) continue;
    if (isStart) starts.pop();
    else ends.shift();
    break;
  }
  const shown = joined();
  return displayWidth(shown) <= width ? shown : mark.slice(0, width);
}

/** Names in a row, as many as are told and how many are not: `q_proj, k_proj, 5 more`. */
const WORDS = /^[^ ,]+(?:, [^ ,]+)+(?:, [\d,]+ more)?$/;

/** The first names of a list, each whole, and a sign that there are more; undefined where not one has room. */
function cutAtItems(text: string, width: number, mark: string): string | undefined {
  const end = `, ${mark}`;
  let head: string | undefined;
  for (let at = text.indexOf(", "); at >= 0; at = text.indexOf(", ", at + 1)) {
    if (at > width * UNITS_A_COLUMN || displayWidth(text.slice(0, at) + end) > width) break;
    head = text.slice(0, at) + end;
  }
  return head;
}

/**
 * A dotted name without segments before its last ones, of which as many stay as there is room for: `…layers.3.mlp.down_proj`.
 * Names beside each other begin alike and differ at their ends. Undefined where not even the last one fits.
 */
function cutAtDots(text: string, width: number, mark: string): string | undefined {
  if (text.includes(" ")) return undefined;
  const last = text.lastIndexOf(".");
  if (last <= 0) return undefined;
  if (text.indexOf(".") === last) return cutAtUnderscores(text, last, width, mark);
  const fits = (dot: number) =>
    text.length - dot <= width * UNITS_A_COLUMN && displayWidth(mark + text.slice(dot + 1)) <= width;
  if (!fits(last)) return undefined;
  let from = last;
  for (let dot = last; dot > 0 && fits(dot); dot = text.lastIndexOf(".", dot - 1)) from = dot;
  const tail = mark + text.slice(from + 1);
  const room = width - displayWidth(tail);
  let head = "";
  for (let at = text.indexOf("."); at >= 0 && at < from && at < width; at = text.indexOf(".", at + 1)) {
    const longer = text.slice(0, at + 1);
    if (displayWidth(longer) > room) break;
    head = longer;
  }
  return head + tail;
}

/** A path whose parts underscores join (kohya), and its leaf: `…_self_attn_k_proj.alpha`; its leaf alone is every module's. */
function cutAtUnderscores(text: string, last: number, width: number, mark: string): string | undefined {
  const least = text.length - width * UNITS_A_COLUMN;
  for (let at = text.indexOf("_"); at >= 0 && at < last; at = text.indexOf("_", at + 1)) {
    const tail = mark + text.slice(at);
    if (at >= least && displayWidth(tail) <= width) return tail;
  }
  const leaf = mark + text.slice(last + 1);
  return text.length - last <= width * UNITS_A_COLUMN && displayWidth(leaf) <= width ? leaf : undefined;
}

/** As much of a text's beginning as takes at most `width` columns. */
export function cutWidth(text: string, width: number): string {
  return takeWidth(graphemesOf(text.slice(0, width * UNITS_A_COLUMN)), width).join("");
}

function cutWidthFromEnd(text: string, width: number): string {
  const graphemes = graphemesOf(text.slice(Math.max(0, text.length - width * UNITS_A_COLUMN)));
  return takeWidth(graphemes.reverse(), width).reverse().join("");
}

export function padEndWidth(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

export function padStartWidth(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - displayWidth(text))) + text;
}

let segmenter: Intl.Segmenter | undefined;

/** What a terminal shows as one character each. A half of a pair that a cut left at an end is none. */
function graphemesOf(text: string): string[] {
  const whole = text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
  if (ONE_COLUMN_EACH.test(whole)) return whole.split("");
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(whole), ({ segment }) => segment);
}

function takeWidth(graphemes: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let columns = 0;
  for (const grapheme of graphemes) {
    columns += displayWidth(grapheme);
    if (columns > width) break;
    taken.push(grapheme);
  }
  return taken;
}
