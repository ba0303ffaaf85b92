import type { DiffResult } from "../../../analysis/diff.ts";
import type { MapData, MapRow, OutsideRow, WayData } from "../../../page/data.ts";
import { membersOf } from "../../../page/ranges.ts";

/** Columns of a grid; a number of a layer far beyond is no layer. */
const MAX_COLUMNS = 2000;

/** Modules that changed alike. */
interface Change {
  readonly row: Pick<DiffResult["changed"][number], "count" | "pattern" | "places">;
  /** Numbers of ways: before and after, or the one side that has it. */
  readonly ways: readonly number[];
  readonly note: string;
}

/**
 * The map of a comparison: cells of weights that changed, the upper part as it was before, the lower as it is after; those
 * that one side lacks are of one piece. What did not change has no row.
 */
export function diffMapData({ removed, added, changed }: DiffResult): MapData {
  const ways: WayData[] = [];
  const way = (bits: number | null, words: string) => {
    const known = ways.findIndex((each) => each.bits === bits && each.words === words);
    return known >= 0 ? known : ways.push({ bits, words }) - 1;
  };
  const changes: Change[] = [
    ...removed.map((row) => ({
      row,
      ways: [way(row.bits, `removed: ${row.stored}`)],
      note: `removed: ${row.stored}`,
    })),
    ...added.map((row) => ({
      row,
      ways: [way(row.bits, `added: ${row.stored}`)],
      note: `added: ${row.stored}`,
    })),
    ...changed.map((row) => ({
      row,
      ways: [way(row.bits.before, `before: ${row.before}`), way(row.bits.after, `after: ${row.after}`)],
      note: `${row.before} → ${row.after}`,
    })),
  ];
  const stacks = new Map<string, MapRow[]>();
  const outside: OutsideRow[] = [];
  for (const change of changes)
    for (const { stack, layers, module, experts } of change.row.places) {
      const name = module ?? "";
      const members = layers === null ? [] : membersOf(layers);
      if (stack === null || layers === null || (members.at(-1) ?? 0) - (members[0] ?? 0) >= MAX_COLUMNS) {
        outside.push({
          module: stack === null ? name : change.row.pattern,
          role: "",
          count: change.row.count,
          way: way(null, change.note),
          shape: "",
          faults: [],
        });
        continue;
      }
      const rows = stacks.get(stack) ?? [];
      stacks.set(stack, rows);
      rows.push({
        module: experts === null ? name : name.replace(/(^|\.)#(?=\.|$)/, `$1{${experts}}`),
        role: "",
        experts: null,
        shape: "",
        note: change.note,
        cells: [
          {
            layers,
            ways: change.ways.map((each) => [each, null]),
            faults: [],
            isError: false,
            faulty: null,
            deviates: false,
          },
        ],
      });
    }
  return { ways, stacks: [...stacks].map(([stack, rows]) => stackOf(stack, rows)), outside };
}

function stackOf(stack: string, rows: readonly MapRow[]): MapData["stacks"][number] {
  const layers = rows.flatMap(({ cells }) => cells.flatMap((run) => membersOf(run.layers)));
  const first = layers.reduce((least, layer) => Math.min(least, layer), Number.POSITIVE_INFINITY);
  const last = layers.reduce((most, layer) => Math.max(most, layer), 0);
  const columns = Math.min(MAX_COLUMNS, last - first + 1);
  return { stack, first, columns, absent: "not changed, or on neither side", rows };
}
