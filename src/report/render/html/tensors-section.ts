import { formatBytes } from "../../../format/bytes.ts";
import { formatCount, formatQuantity } from "../../../format/count.ts";
import { formatShape } from "../../../format/shape.ts";
import type { TensorData } from "../../../page/data.ts";
import { type Content, el, right, table } from "../../../page/element.ts";
import { patternOf } from "../../../page/tensors.ts";
import type { PageComponent } from "./page-report.ts";

type Folded = NonNullable<PageComponent["tensors"]>;

/** Characters of names that the page holds. What is beyond is counted, and left to `ls`. */
const MAX_CHARACTERS = 60_000;
/** Characters that a row takes beside its name. */
const ROW_CHARACTERS = 60;
/** Rows of the table that is there before any script. */
const MAX_SHOWN = 120;

/** As many rows as a page takes. */
export function tensorData({ shards, rows }: Folded, share = 1): TensorData {
  const spreads = new Map<string, number>();
  const fitting = countFitting(rows, MAX_CHARACTERS * share);
  const kept = rows.slice(0, fitting).map(({ shards: runs, ...row }) => {
    const key = runs.join();
    const spread = spreads.get(key) ?? spreads.size;
    spreads.set(key, spread);
    return { ...row, spread };
  });
  return {
    ...withoutEnds(shards),
    rows: kept,
    spreads: Array.from(spreads.keys(), (key) => key.split(",").map(Number)),
    left: rows.slice(fitting).reduce((sum, { count }) => sum + count, 0),
  };
}

/** What paths begin and end with stands once: a hundred shards are named alike but for a number. */
function withoutEnds(paths: readonly string[]): Pick<TensorData, "shards" | "shardEnds"> {
  const [first = ""] = paths;
  const shortest = Math.min(...paths.map(({ length }) => length));
  if (paths.length < 2) return { shards: paths };
  let before = 0;
  while (before < shortest && paths.every((each) => each[before] === first[before])) before++;
  let after = 0;
  while (after < shortest - before && paths.every((each) => each.at(-1 - after) === first.at(-1 - after)))
    after++;
  return {
    shards: paths.map((each) => each.slice(before, each.length - after)),
    shardEnds: [first.slice(0, before), first.slice(first.length - after)],
  };
}

function countFitting(rows: Folded["rows"], most: number): number {
  let characters = 0;
  const over = rows.findIndex(({ parts }) => {
    characters += parts.reduce((sum, part) => sum + part.length, ROW_CHARACTERS);
    return characters > most;
  });
  return over < 0 ? rows.length : over;
}

export function tensorsSection(data: TensorData): Content {
  const count = data.rows.reduce((sum, row) => sum + row.count, data.left);
  const shown = data.rows.slice(0, MAX_SHOWN);
  return [
    el(
      "p",
      {},
      `${formatQuantity(count, "tensor")}, folded into ${formatQuantity(data.rows.length, "row")}.`,
      data.left > 0 &&
        ` ${formatQuantity(data.left, "tensor")} in further rows are left out: unfold ls has them.`,
    ),
    el(
      "div",
      { class: "tensors" },
      table(
        "Tensors, those of one kind in one row",
        ["name", right("number"), "dtype", right("shape"), right("bytes each")],
        shown.map((row) => [
          patternOf(row),
          formatCount(row.count),
          row.dtype,
          formatShape(row.shape),
          formatBytes(row.bytesEach),
        ]),
      ),
      data.rows.length > shown.length &&
        el("p", { class: "muted" }, `${formatCount(data.rows.length - shown.length)} more rows.`),
    ),
  ];
}
