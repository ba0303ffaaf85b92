import type { ArchResult } from "../../../analysis/arch.ts";
import type { ModuleRow, PrecisionResult } from "../../../analysis/precision.ts";
import type { Finding } from "../../../checks/check.ts";
import { formatCount } from "../../../format/count.ts";
import { formatShape } from "../../../format/shape.ts";
import type { MapData, OutsideRow, WayData } from "../../../page/data.ts";
import { membersOf } from "../../../page/ranges.ts";
import { granularityWords } from "../scheme-words.ts";
import { Faults } from "./map-faults.ts";
import { Grid, MAX_COLUMNS } from "./map-grid.ts";

/** The precision map of a component: which weight of which layer is stored how, and which of them findings are about. */
export function mapData(
  precision: PrecisionResult,
  findings: readonly Finding[],
  component: string | null,
): MapData {
  const ways = new Ways(precision);
  const grids = new Map<string, Grid>();
  const outside: OutsideRow[] = [];
  const faults = new Faults(findings, component);
  for (const row of precision.modules) {
    // Moving parts of a quantizer are no weights of the model.
    if (row.role === "quant_metadata") continue;
    for (const place of row.places) {
      const { stack, layers, module, experts } = place;
      const way = ways.of(row);
      const members = layers === null ? [] : membersOf(layers);
      if (stack === null || module === null || (members.at(-1) ?? 0) - (members[0] ?? 0) >= MAX_COLUMNS) {
        outside.push({
          module: row.pattern,
          role: row.role,
          count: row.count,
          way,
          shape: shapeOf(row),
          faults: faults.outside(module ?? row.pattern),
        });
        continue;
      }
      const grid = grids.get(stack) ?? new Grid(stack);
      grids.set(stack, grid);
      grid.add(module, { role: row.role, shape: shapeOf(row) }, members, way, experts);
    }
  }
  return finish(grids, faults, ways.list, outside);
}

/**
 * The map of an adapter: which module of which layer it is put on, at which rank. Its own tensors are pairs of factors, in
 * names that may have no dots: a grid of these says nothing of the model that it changes.
 */
export function adapterMapData(
  { targetDetails }: NonNullable<ArchResult["adapter"]>,
  { modules }: PrecisionResult,
  findings: readonly Finding[],
  component: string | null,
): MapData {
  const widths = new Set(modules.map(({ bits }) => bits));
  const bits = widths.size === 1 ? (modules[0]?.bits ?? null) : null;
  const ranks = [...new Set(targetDetails.map(({ rank }) => rank))];
  const grids = new Map<string, Grid>();
  const outside: OutsideRow[] = [];
  const faults = new Faults(findings, component);
  const size = (count: number | null) => (count === null ? "?" : formatCount(count));
  for (const target of targetDetails) {
    const way = ranks.indexOf(target.rank);
    const shape = `${size(target.in)} → ${size(target.out)}`;
    for (const { stack, layers, module, experts } of target.places) {
      const members = layers === null ? [] : membersOf(layers);
      if (stack === null || module === null || (members.at(-1) ?? 0) - (members[0] ?? 0) >= MAX_COLUMNS) {
        const name = module ?? target.pattern;
        outside.push({
          module: name,
          role: "adapters",
          count: target.count,
          way,
          shape,
          faults: faults.outside(name),
        });
        continue;
      }
      const grid = grids.get(stack) ?? new Grid(stack);
      grids.set(stack, grid);
      grid.add(module, { role: "adapters", shape }, members, way, experts);
    }
  }
  const words = ranks.map((rank) => ({ bits, words: rank === null ? "no rank" : `rank ${rank}` }));
  return finish(grids, faults, words, outside);
}

function finish(
  grids: ReadonlyMap<string, Grid>,
  faults: Faults,
  ways: readonly WayData[],
  outside: readonly OutsideRow[],
): MapData {
  for (const grid of grids.values()) faults.mark(grid);
  return {
    ways,
    stacks: [...grids.values()].filter(({ width }) => width <= MAX_COLUMNS).map((grid) => grid.toData()),
    outside: [...outside, ...faults.elsewhere([...grids.values()], outside)],
  };
}

function shapeOf({ weight }: ModuleRow): string {
  return weight.logicalShape === null ? "[?]" : formatShape(weight.logicalShape);
}

/** Every way to store a weight that occurs, once. */
class Ways {
  readonly list: WayData[] = [];
  private readonly known = new Map<string, number>();
  private readonly titles: ReadonlyMap<string, string>;

  constructor({ schemes }: PrecisionResult) {
    this.titles = new Map(schemes.map(({ scheme, title }) => [scheme, title]));
  }

  of(row: ModuleRow): number {
    const words = this.wordsOf(row);
    const key = `${row.bits} ${words}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.known.set(key, this.list.length);
    return this.list.push({ bits: row.bits, words }) - 1;
  }

  private wordsOf(row: ModuleRow): string {
    if (row.scheme === "none") return row.weight.dtype;
    const title = this.titles.get(row.scheme) ?? row.scheme;
    const bits = row.bits === null || title.includes(String(row.bits)) ? [] : [`${row.bits} bit`];
    return [title, ...bits, granularityWords(row, title)].filter((word) => word !== "").join(" ");
  }
}
