import { formatBytes } from "../format/bytes.ts";
import { formatShortCount } from "../format/count.ts";
import type { BoxData } from "./data.ts";
import { type Content, el } from "./element.ts";
import { bitsColour, kindColour, NEUTRAL, textOn } from "./palette.ts";

/** What the area of a box stands for. */
export type Area = "bytes" | "parameters" | "equal";
/** What its colour stands for. */
export type Colour = "bits" | "scheme" | "dtype" | "role" | "change";

/** Whether the boxes are of a comparison: bytes that modules grew or shrank by. */
export function isComparison({ role }: BoxData): boolean {
  return role === "change";
}

/** What modules of a comparison did, blue before orange. */
const CHANGES = ["shrunk", "grown"] as const;

/** A box with its place in CSS pixels. */
export interface Placed {
  readonly box: BoxData;
  /** Places of its ancestors and its own among its siblings. */
  readonly trail: readonly number[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Boxes too thin to be drawn, which it stands for; 0 for a box of its own. */
  readonly joined: number;
  /** A box of nearly the whole height beside whose name little is to be seen. */
  readonly isSpine: boolean;
}

/** Pixels: a spine, the thinnest box that is drawn, and the least width of a column. */
const SPINE = 24;
export const THINNEST = 2;
const LEAST_COLUMN = 90;

/** From this share on a box is nearly all there is. */
const NEARLY_ALL = 0.9;

const COUNTS: Readonly<Record<Area, (box: BoxData) => number>> = {
  bytes: (box) => box.bytes,
  parameters: (box) => box.parameters,
  equal: (box) => leaves(box),
};

function leaves(box: BoxData): number {
  return box.children.length === 0 ? 1 : box.children.reduce((sum, child) => sum + leaves(child), 0);
}

/** Lays out what is below `root`, which is the first column; boxes below `thinnest` pixels join. */
export function layOut(
  root: BoxData,
  trail: readonly number[],
  area: Area,
  width: number,
  height: number,
  thinnest = THINNEST,
): Placed[] {
  const depth = depthOf(root);
  const count = COUNTS[area];
  const spines = spineColumns(root, count, depth);
  const wide = Math.max(1, depth - spines.filter(Boolean).length);
  const column = Math.max(LEAST_COLUMN, (width - SPINE * (depth - wide)) / wide);
  const placed: Placed[] = [];
  const place = (
    box: BoxData,
    own: readonly number[],
    level: number,
    x: number,
    y: number,
    tall: number,
  ): void => {
    const isSpine = spines[level] === true;
    const wideness = isSpine ? SPINE : column;
    placed.push({ box, trail: own, x, y, width: wideness, height: tall, joined: 0, isSpine });
    const total = box.children.reduce((sum, child) => sum + count(child), 0);
    if (total === 0) return;
    let at = y;
    let joined = 0;
    let joinedTall = 0;
    box.children.forEach((child, k) => {
      const share = (count(child) / total) * tall;
      if (share < thinnest) {
        joined++;
        joinedTall += share;
        return;
      }
      place(child, [...own, k], level + 1, x + wideness, at, share);
      at += share;
    });
    if (joined > 0 && joinedTall >= 0.5)
      placed.push({
        box,
        trail: own,
        x: x + wideness,
        y: at,
        width: spines[level + 1] === true ? SPINE : column,
        height: joinedTall,
        joined,
        isSpine: false,
      });
  };
  place(root, trail, 0, 0, 0, height);
  return placed;
}

function depthOf(box: BoxData): number {
  return 1 + box.children.reduce((most, child) => Math.max(most, depthOf(child)), 0);
}

/** Columns whose largest box is nearly all of the root: chains such as `model › layers › {0-61}` would take the room. */
function spineColumns(root: BoxData, count: (box: BoxData) => number, depth: number): boolean[] {
  const whole = count(root);
  const spines: boolean[] = [];
  let level: readonly BoxData[] = [root];
  for (let at = 0; at < depth; at++) {
    const most = level.reduce((best, box) => Math.max(best, count(box)), 0);
    spines.push(
      level.every((box) => box.children.length > 0 || count(box) < whole / 50) && most > NEARLY_ALL * whole,
    );
    level = level.flatMap((box) => box.children);
  }
  return spines;
}

/** The box at the end of a trail; undefined where the trail leads nowhere. */
export function boxAt(root: BoxData, trail: readonly number[]): BoxData | undefined {
  let box: BoxData | undefined = root;
  for (const at of trail) box = box?.children[at];
  return box;
}

/** The values that colours stand for, most of the area first. */
export function colourKeys(root: BoxData, colour: Exclude<Colour, "bits">): string[] {
  if (colour === "change") return [...CHANGES];
  const sums = new Map<string, number>();
  const visit = (box: BoxData) => {
    if (box.children.length === 0)
      sums.set(keyOf(box, colour), (sums.get(keyOf(box, colour)) ?? 0) + box.bytes);
    for (const child of box.children) visit(child);
  };
  visit(root);
  return [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([key]) => key);
}

function keyOf(box: BoxData, colour: Exclude<Colour, "bits">): string {
  return (colour === "change" ? box.role : box[colour]) ?? "none";
}

/** The colouring that tells most: where one width has nearly all, what modules are for says more. */
export function bestColour(root: BoxData): Colour {
  if (isComparison(root)) return "change";
  const sums = new Map<number | null, number>();
  let unlike = 0;
  const visit = (box: BoxData) => {
    if (box.children.length === 0) sums.set(box.bits, (sums.get(box.bits) ?? 0) + box.bytes);
    if (box.children.length === 0 && box.role === null) unlike += box.bytes;
    for (const child of box.children) visit(child);
  };
  visit(root);
  // Boxes that are cut hold modules of many roles.
  if (unlike > root.bytes / 2) return "bits";
  return [...sums.values()].some((bytes) => bytes > 0.98 * root.bytes) ? "role" : "bits";
}

export function fillOf(box: BoxData, colour: Colour, keys: readonly string[]): string {
  if (box.children.length > 0) return "#8886";
  if (colour === "bits") return bitsColour(box.bits);
  return kindColour(keys.indexOf(keyOf(box, colour)));
}

/** The name of a box, its size beside it, as far as there is room: text keeps its size, and goes. */
export function boxLabel({ box, width, height, joined, isSpine }: Placed): Content {
  if (joined > 0) return height < 12 ? null : label(`${joined} more`, width);
  if (isSpine || height < 12) return null;
  const name = box.name === "" ? "all" : box.name;
  return label(`${name}  ${sizeOfBox(box)}`, width);
}

/** `1.2 GB`; of a comparison `+1.2 GB`, `−1.2 GB`, and of parents all that changed, whichever way. */
export function sizeOfBox({ bytes, role }: BoxData): string {
  const sign = role === "grown" ? "+" : role === "shrunk" ? "−" : role === "change" ? "±" : "";
  return `${sign}${formatBytes(bytes)}`;
}

/** Pixels of a character of 12 px text, at most. */
const CHARACTER = 7;

function label(text: string, width: number): string {
  const room = Math.floor((width - 8) / CHARACTER);
  if (text.length <= room) return text;
  return room < 4 ? "" : `${text.slice(0, room - 1)}…`;
}

/** What a box is, in words: for its title and for those who cannot see it. */
export function boxWords(box: BoxData): string {
  const name = box.path === "" ? "all of it" : box.path;
  const times = box.count > 1 ? `, ${box.count} modules` : "";
  if (box.role === "change") return `${name}, ${formatBytes(box.bytes)} changed`;
  if (box.role === "grown" || box.role === "shrunk")
    return `${name}${times}, ${formatBytes(box.bytes)} ${box.role === "grown" ? "more" : "less"}`;
  return `${name}${times}, ${formatBytes(box.bytes)}, ${formatShortCount(box.parameters)} parameters`;
}

/** What is written on a box, whichever way round: the name that it is called by begins with it. */
export function shownLabel(placed: Placed): string {
  const { box, height, isSpine } = placed;
  if (isSpine && height > 60) return label(box.name === "" ? "all" : box.name, height);
  const text = boxLabel(placed);
  return typeof text === "string" && text !== "" ? text : box.name;
}

export function drawBox(placed: Placed, colour: Colour, keys: readonly string[]): Content {
  const { box, x, y, width, height, joined, isSpine } = placed;
  const fill = joined > 0 ? NEUTRAL : fillOf(box, colour, keys);
  const ink = box.children.length > 0 && joined === 0 ? "currentColor" : textOn(fill);
  const text = boxLabel(placed);
  const turned = isSpine && height > 60 ? shownLabel(placed) : null;
  return [
    el("rect", {
      x,
      y,
      width: Math.max(1, width - 1),
      height: Math.max(0.5, height - 1),
      fill,
      ...(box.differs === null || joined > 0 || colour === "change"
        ? {}
        : { stroke: "currentColor", "stroke-width": 2 }),
    }),
    text === null || text === ""
      ? null
      : el("text", { x: x + 4, y: y + Math.min(height / 2 + 4, 14), fill: ink }, text),
    turned === null
      ? null
      : el(
          "text",
          {
            transform: `translate(${x + 16} ${y + height / 2}) rotate(-90)`,
            "text-anchor": "middle",
            fill: ink,
          },
          turned,
        ),
    stripe(placed, colour, keys),
  ];
}

/** Of a parent, a thin bar of what its modules are: an average stood for a width that nothing had. */
function stripe(
  { box, x, y, width, height, joined }: Placed,
  colour: Colour,
  keys: readonly string[],
): Content {
  if (box.children.length === 0 || joined > 0 || height < 8) return null;
  const sums = new Map<string, number>();
  const visit = (each: BoxData) => {
    if (each.children.length === 0) {
      const fill = fillOf(each, colour, keys);
      sums.set(fill, (sums.get(fill) ?? 0) + each.bytes);
    }
    for (const child of each.children) visit(child);
  };
  visit(box);
  let at = y;
  return [...sums].map(([fill, bytes]) => {
    const tall = ((height - 1) * bytes) / Math.max(1, box.bytes);
    const bar = el("rect", { x: x + width - 5, y: at, width: 4, height: Math.max(0, tall), fill });
    at += tall;
    return bar;
  });
}
