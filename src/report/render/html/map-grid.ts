import type { Finding } from "../../../checks/check.ts";
import { formatIndexRanges } from "../../../format/ranges.ts";
import type { CellRun, MapRow, StackData } from "../../../page/data.ts";
import { membersOf, sizeOf } from "../../../page/ranges.ts";

/** Columns of a grid; a number of a layer far beyond is no layer, and a hostile name may have one. */
export const MAX_COLUMNS = 2000;

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

/** A cell: ways with the experts stored so, and what findings say. */
interface Cell {
  readonly ways: Map<number, { count: number; readonly experts: string[] }>;
  readonly faults: Set<number>;
  isError: boolean;
  readonly faulty: Set<number>;
}

export interface GridRow {
  readonly role: string;
  readonly shape: string;
  readonly cells: Map<number, Cell>;
  hasExperts: boolean;
}

/** The cells of one list of layers, while they are gathered. */
export class Grid {
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

  /** Whether a layer lies so near that the grid may grow to it: what is missing may be at its end. */
  hasRoomFor(layer: number): boolean {
    return Math.max(this.last, layer) - Math.min(this.first, layer) < MAX_COLUMNS;
  }

  cell(row: GridRow, layer: number): Cell {
    this.first = Math.min(this.first, layer);
    this.last = Math.max(this.last, layer);
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
  const countOf = ({ ways }: Cell) => [...ways.values()].reduce((sum, { count }) => sum + count, 0);
  const experts = [...cells.values()].reduce((most, cell) => Math.max(most, countOf(cell)), 0);
  for (const [layer, cell] of [...cells].sort((a, b) => a[0] - b[0])) {
    const ways = [...cell.ways].sort((a, b) => b[1].count - a[1].count);
    const isWhole = ways.length === 1 && countOf(cell) === experts;
    const run = {
      ways: ways.map(([way, own]): CellRun["ways"][number] => [
        way,
        isWhole || own.experts.length === 0
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
