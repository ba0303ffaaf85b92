import type { Finding } from "../../../checks/check.ts";
import type { OutsideRow } from "../../../page/data.ts";
import { membersOf } from "../../../page/ranges.ts";
import type { Grid, GridRow } from "./map-grid.ts";

/** Findings by what they name; those that others explain, and mere remarks, mark nothing. */
export class Faults {
  private readonly told: readonly { readonly at: number; readonly finding: Finding }[];

  /** `component`: the one that the map is of, null where the source holds no other. */
  constructor(findings: readonly Finding[], component: string | null) {
    this.told = findings.flatMap((finding, at) => {
      // Of several parts, what is said of the whole is about none of their modules.
      const isOwn = component === null || finding.component === component;
      return isOwn && finding.severity !== "info" && finding.because.length === 0 ? [{ at, finding }] : [];
    });
  }

  outside(module: string): number[] {
    return this.told.flatMap(({ at, finding }) =>
      finding.places.some((place) => place.stack === null && place.module === module) ? [at] : [],
    );
  }

  /**
   * The row that a place names, else those below or above it, else a row of its own: what is gone from all layers has none.
   * Of a place without a module no cell: a layer is none.
   */
  mark(grid: Grid): void {
    for (const { at, finding } of this.told)
      for (const place of finding.places.map((each) => grid.dotted(each))) {
        const { stack, layers, module, experts } = place;
        if (stack !== grid.stack || layers === null || module === null) continue;
        const members = membersOf(layers);
        const rows = rowsAt(grid, module, place.tensors);
        for (const row of rows.length > 0 ? rows : [grid.row(module, "", "")])
          for (const layer of members) {
            if (!grid.hasRoomFor(layer)) continue;
            const cell = grid.cell(row, layer);
            cell.faults.add(at);
            if (finding.severity === "error") cell.isError = true;
            for (const expert of experts === null ? [] : membersOf(experts)) cell.faulty.add(expert);
          }
      }
  }

  /** Rows for what findings name outside of the grids and no row is about: it is not there, or under another name. */
  elsewhere(grids: readonly Grid[], outside: readonly OutsideRow[]): OutsideRow[] {
    const known = new Set(outside.map(({ module }) => module));
    const stacks = new Set(grids.map(({ stack }) => stack));
    const rows = new Map<string, OutsideRow & { readonly faults: number[] }>();
    for (const { at, finding } of this.told)
      for (const place of finding.places) {
        const { stack, layers, module } = place;
        if (module === null || (stack === null && known.has(module))) continue;
        if (stack !== null && layers !== null && stacks.has(stack)) continue;
        if (grids.some((grid) => grid.dotted(place) !== place)) continue;
        const name = [stack, layers === null ? null : `{${layers}}`, module]
          .filter((part) => part !== null)
          .join(".");
        const row = rows.get(name) ?? { module: name, role: "", count: 1, way: -1, shape: "", faults: [] };
        if (!row.faults.includes(at)) row.faults.push(at);
        rows.set(name, row);
      }
    return [...rows.values()];
  }
}

function rowsAt({ rows }: Grid, module: string, tensors: readonly string[]): GridRow[] {
  const exact = rows.get(module);
  if (exact !== undefined) return [exact];
  // What lies bare in a module, a decay or a position table, is a row of its own.
  const bare = tensors.flatMap((tensor) => rows.get(`${module}.${tensor}`) ?? []);
  if (bare.length > 0) return bare;
  const below = [...rows].flatMap(([name, row]) => (name.startsWith(`${module}.`) ? [row] : []));
  if (below.length > 0) return below;
  // A factor of an adapter, of which the module is the cell.
  return [...rows].flatMap(([name, row]) => (module.startsWith(`${name}.`) ? [row] : []));
}
