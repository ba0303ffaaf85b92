import type { PlaceRow } from "../architecture/place-rows.ts";
import { formatIndexRanges } from "../format/ranges.ts";

/** What is folded: something of a number of modules, at the places that its pattern prints. */
interface PatternRow {
  readonly pattern: string;
  readonly places: readonly PlaceRow[];
  readonly count: number;
}

/** A number between underscores, as kohya's trainers write the paths of modules: `lora_te1_…_layers_0_mlp_fc1`. */
const NUMBER = /_(?:0|[1-9]\d{0,8})(?=[_.]|$)/g;

/**
 * Folds modules that are alike and whose names differ in numbers between underscores only: they repeat as dotted ones do.
 * Each pattern is exact: one number is folded after the other, the last first, where all else is equal.
 */
export function foldUnderscores<Row extends PatternRow>(
  rows: readonly Row[],
  { likeness, join }: FoldWays<Row> = { likeness: likenessOf, join: firstOf },
): readonly Row[] {
  const folding = rows.map((row): Folding<Row> => {
    const parts = partsOf(row.pattern);
    return { row, parts, like: parts.length > 1 ? likeness(row) : "" };
  });
  let folded = folding;
  const most = folding.reduce((max, { parts }) => Math.max(max, parts.length), 0);
  // Words stand at even positions, numbers at odd ones.
  for (let at = most - 2; at > 0; at -= 2) folded = foldAt(folded, at, join);
  return folded.length === rows.length ? rows : folded.map(({ row }) => row);
}

/** Which rows are alike, and what one row says for several beside its pattern, places and count. */
export interface FoldWays<Row> {
  readonly likeness: (row: Row) => string;
  readonly join: (rows: readonly [Row, ...Row[]]) => Row;
}

function firstOf<Row>([first]: readonly [Row, ...Row[]]): Row {
  return first;
}

interface Folding<Row> {
  readonly row: Row;
  readonly parts: readonly string[];
  readonly like: string;
}

/** `lora_te1_layers_0_mlp.alpha` → `lora_te1_layers_`, `0`, `_mlp.alpha`. */
function partsOf(pattern: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { 0: text, index } of pattern.matchAll(NUMBER)) {
    parts.push(pattern.slice(from, index + 1), text.slice(1));
    from = index + text.length;
  }
  return [...parts, pattern.slice(from)];
}

/** All that a row says beside its name, place and count. */
function likenessOf({ pattern: _, places: __, count: ___, ...rest }: PatternRow): string {
  return JSON.stringify(rest);
}

function foldAt<Row extends PatternRow>(
  all: readonly Folding<Row>[],
  at: number,
  join: FoldWays<Row>["join"],
): Folding<Row>[] {
  const groups = new Map<string, Folding<Row>[]>();
  for (const [k, each] of all.entries()) {
    const isMeant = at < each.parts.length;
    const key = isMeant ? JSON.stringify([each.parts.with(at, "#"), each.like, each.row.count]) : String(k);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  return Array.from(groups.values(), (group) => joined(group, at, join));
}

function joined<Row extends PatternRow>(
  group: readonly Folding<Row>[],
  at: number,
  join: FoldWays<Row>["join"],
): Folding<Row> {
  const [first] = group as readonly [Folding<Row>, ...Folding<Row>[]];
  if (group.length === 1) return first;
  const numbers = group.map(({ parts }) => Number(parts[at])).sort((a, b) => a - b);
  const parts = first.parts.with(at, `{${formatIndexRanges(numbers)}}`);
  const count = group.reduce((sum, { row }) => sum + row.count, 0);
  const places = group.flatMap(({ row }) => row.places);
  const row = join(group.map((each) => each.row) as [Row, ...Row[]]);
  return { ...first, parts, row: { ...row, pattern: parts.join(""), places, count } };
}
