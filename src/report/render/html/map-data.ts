import type { ArchResult } from "../../../analysis/arch.ts";
import type { ModuleRow, PrecisionResult } from "../../../analysis/precision.ts";
import type { Finding } from "../../../checks/check.ts";
import { formatCount } from "../../../format/count.ts";
import { formatIndexRanges } from "../../../format/ranges.ts";
import { formatShape } from "../../../format/shape.ts";
import type { CellRun, MapData, MapRow, OutsideRow, StackData, WayData } from "../../../page/data.ts";
import { membersOf, sizeOf } from "../../../page/ranges.ts";
import { granularityWords } from "../scheme-words.ts";

/** Roles in the order of a layer, norms last: projections are what precision is about. Others come before the norms. */
const ROLE_ORDER = [
  "attention",
  "cross_attention",
  "linear_attention",
  "ssm",
  "recurrent",
  "rwkv",
  "router",
  "experts",
  "experts_latent",
  "shared_experts",
  "mlp",
] as const;

/** Columns of a grid; a number of a layer far beyond is no layer, and a hostile name may have one. */
const MAX_COLUMNS = 2000;

/** The precision map of a component: which weight of which layer is stored how, and which of them findings are about. */
export function mapData(
  precision: PrecisionResult,
  findings: readonly Finding[],
  component: string,
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
  component: string,
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
    outside,
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

/** A cell: ways with the experts stored so, and what findings say. */
interface Cell {
  readonly ways: Map<number, { count: number; readonly experts: string[] }>;
  readonly faults: Set<number>;
  isError: boolean;
  readonly faulty: Set<number>;
}

interface GridRow {
  readonly role: string;
  readonly shape: string;
  readonly cells: Map<number, Cell>;
  hasExperts: boolean;
}

class Grid {
  readonly stack: string;
  readonly rows = new Map<string, GridRow>();
  private flat: ReadonlyMap<string, Finding["places"][number]> | undefined;
  private first = Number.POSITIVE_INFINITY;
  private last = 0;

  constructor(stack: string) {
    this.stack = stack;
  }

  get width(): number {
    return this.last - this.first + 1;
  }

  add(
    module: string,
    { role, shape }: Pick<GridRow, "role" | "shape">,
    layers: readonly number[],
    way: number,
    experts: string | null,
  ): void {
    const own = this.row(module, role, shape);
    if (experts !== null) own.hasExperts = true;
    const count = experts === null ? 1 : sizeOf(experts);
    for (const layer of layers) {
      this.first = Math.min(this.first, layer);
      this.last = Math.max(this.last, layer);
      const cell = this.cell(own, layer);
      const known = cell.ways.get(way) ?? { count: 0, experts: [] };
      known.count += count;
      if (experts !== null) known.experts.push(experts);
      cell.ways.set(way, known);
    }
  }

  /** The place in this grid that a name without dots means, `lora_te1_text_model_encoder_layers_0_mlp_fc1`. */
  dotted(place: Finding["places"][number]): Finding["places"][number] {
    if (place.stack !== null || place.module === null) return place;
    const [name = ""] = place.module.split(".");
    this.flat ??= this.flatNames();
    return this.flat.get(name) ?? place;
  }

  private flatNames(): ReadonlyMap<string, Finding["places"][number]> {
    const flat = new Map<string, Finding["places"][number]>();
    for (const [module, { cells }] of this.rows)
      for (const layer of cells.keys()) {
        const name = `${this.stack}.${layer}.${module}`;
        const place = { stack: this.stack, layers: String(layer), module, experts: null, tensors: [] };
        if (name.includes("_")) flat.set(name.replaceAll(".", "_"), place);
      }
    return flat;
  }

  row(module: string, role: string, shape: string): GridRow {
    let own = this.rows.get(module);
    if (own === undefined) {
      own = { role, shape, cells: new Map(), hasExperts: false };
      this.rows.set(module, own);
    }
    return own;
  }

  cell(row: GridRow, layer: number): Cell {
    let cell = row.cells.get(layer);
    if (cell === undefined) {
      cell = { ways: new Map(), faults: new Set(), isError: false, faulty: new Set() };
      row.cells.set(layer, cell);
    }
    return cell;
  }

  toData(): StackData {
    const rows = [...this.rows].map(([module, row]) => toMapRow(module, row));
    const rank = (role: string) => {
      const at = (ROLE_ORDER as readonly string[]).indexOf(role);
      if (at >= 0) return at;
      return role === "norms" ? ROLE_ORDER.length + 1 : ROLE_ORDER.length;
    };
    return {
      stack: this.stack,
      first: this.first,
      columns: this.width,
      rows: rows.sort((a, b) => rank(a.role) - rank(b.role)),
    };
  }
}

/** A way that at most this part of a row's cells has is an exception; more is a plan. */
const MAX_DEVIANT_SHARE = 0.25;

function toMapRow(module: string, { role, shape, cells, hasExperts }: GridRow): MapRow {
  const usual = usualWay(cells);
  const runs = new Map<string, Omit<CellRun, "layers"> & { readonly layers: number[] }>();
  let experts = 0;
  for (const [layer, cell] of [...cells].sort((a, b) => a[0] - b[0])) {
    const ways = [...cell.ways].sort((a, b) => b[1].count - a[1].count);
    experts = Math.max(
      experts,
      ways.reduce((sum, [, { count }]) => sum + count, 0),
    );
    const run = {
      ways: ways.map(([way, own]): CellRun["ways"][number] => [
        way,
        ways.length === 1 || own.experts.length === 0
          ? null
          : formatIndexRanges(own.experts.flatMap(membersOf).sort((a, b) => a - b)),
      ]),
      faults: [...cell.faults],
      isError: cell.isError,
      faulty: cell.faulty.size === 0 ? null : formatIndexRanges([...cell.faulty].sort((a, b) => a - b)),
      deviates: usual.isUsual && ways.some(([way]) => usual.rare.has(way)),
    };
    const key = JSON.stringify(run);
    const known = runs.get(key);
    if (known === undefined) runs.set(key, { ...run, layers: [layer] });
    else known.layers.push(layer);
  }
  return {
    module,
    role,
    experts: hasExperts ? experts : null,
    shape,
    cells: [...runs.values()].map((run) => ({ ...run, layers: formatIndexRanges(run.layers) })),
  };
}

function usualWay(cells: ReadonlyMap<number, Cell>): { isUsual: boolean; rare: ReadonlySet<number> } {
  const counts = new Map<number, number>();
  for (const { ways } of cells.values())
    for (const way of ways.keys()) counts.set(way, (counts.get(way) ?? 0) + 1);
  const rare = new Set(
    [...counts].flatMap(([way, count]) => (count <= cells.size * MAX_DEVIANT_SHARE ? [way] : [])),
  );
  return { isUsual: rare.size < counts.size, rare };
}

/** Findings by what they name; those that others explain, and mere remarks, mark nothing. */
class Faults {
  private readonly told: readonly { readonly at: number; readonly finding: Finding }[];

  constructor(findings: readonly Finding[], component: string) {
    this.told = findings.flatMap((finding, at) => {
      const isOwn = finding.component === null || finding.component === component;
      return isOwn && finding.severity !== "info" && finding.because.length === 0 ? [{ at, finding }] : [];
    });
  }

  outside(module: string): number[] {
    return this.told.flatMap(({ at, finding }) =>
      finding.places.some((place) => place.stack === null && place.module === module) ? [at] : [],
    );
  }

  /** The row that a place names, else those below or above it; of a place without a module none: a layer is no cell. */
  mark(grid: Grid): void {
    for (const { at, finding } of this.told)
      for (const { stack, layers, module, experts } of finding.places.map((place) => grid.dotted(place))) {
        if (stack !== grid.stack || layers === null || module === null) continue;
        const members = membersOf(layers);
        for (const row of rowsAt(grid, module))
          for (const layer of members) {
            if (layer - (members[0] ?? 0) >= MAX_COLUMNS) continue;
            const cell = grid.cell(row, layer);
            cell.faults.add(at);
            if (finding.severity === "error") cell.isError = true;
            for (const expert of experts === null ? [] : membersOf(experts)) cell.faulty.add(expert);
          }
      }
  }
}

function rowsAt({ rows }: Grid, module: string): GridRow[] {
  const exact = rows.get(module);
  if (exact !== undefined) return [exact];
  const below = [...rows].flatMap(([name, row]) => (name.startsWith(`${module}.`) ? [row] : []));
  if (below.length > 0) return below;
  // A factor of an adapter, of which the module is the cell.
  return [...rows].flatMap(([name, row]) => (module.startsWith(`${name}.`) ? [row] : []));
}
