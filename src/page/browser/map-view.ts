import { render } from "preact";
import { formatQuantity } from "../../format/count.ts";
import type { FindingData, MapData, StackData } from "../data.ts";
import { ABSENT, CELL, cellAt, drawGrid, type MapCursor, runAt, shownRows } from "../map-draw.ts";
import { bitsColour, FAULT } from "../palette.ts";
import { membersOf } from "../ranges.ts";
import { choose, chosenNumbers } from "./address.ts";
import { h, node } from "./node.ts";
import { reveal } from "./reveal.ts";

/** The map comes to life: a cursor that moves by keys and by mouse, and words about the cell below each grid. */
export class MapView {
  private readonly map: MapData;
  private readonly findings: readonly FindingData[];
  private readonly component: number;
  private readonly grids: Grid[] = [];

  constructor(body: Element, map: MapData, findings: readonly FindingData[], component: number) {
    this.map = map;
    this.findings = findings;
    this.component = component;
    for (const figure of body.querySelectorAll("figure.map")) {
      const at = Number(figure.getAttribute("data-stack"));
      const stack = map.stacks[at];
      const box = figure.querySelector(".grid");
      if (stack !== undefined && box instanceof HTMLElement)
        this.grids.push(new Grid(this, figure, box, stack, at));
    }
    this.restore();
  }

  get ways(): MapData["ways"] {
    return this.map.ways;
  }

  finding(at: number): FindingData | undefined {
    return this.findings[at];
  }

  remember(stack: number, cursor: MapCursor, row: number): void {
    choose("cell", [this.component, stack, row, cursor.column].join("."));
  }

  restore(): void {
    const [component, stack, row, column] = chosenNumbers("cell") ?? [];
    if (component !== this.component || row === undefined || column === undefined) return;
    const grid = this.grids.find(({ at }) => at === stack);
    grid?.select(row, column);
    grid?.open();
  }

  /** Leads to the first cell that a finding is about; false where it has none here. */
  show(finding: number): boolean {
    for (const grid of this.grids) if (grid.showFinding(finding)) return true;
    return false;
  }

  has(finding: number): boolean {
    return this.map.stacks.some(({ rows }) =>
      rows.some(({ cells }) => cells.some(({ faults }) => faults.includes(finding))),
    );
  }

  /** The next marked cell across grids: those with errors first, in reading order. */
  step(by: 1 | -1): boolean {
    const marked = this.grids
      .flatMap((grid) => grid.marked().map((cursor) => ({ grid, ...cursor })))
      .sort((a, b) => Number(b.isError) - Number(a.isError));
    if (marked.length === 0) return false;
    const now = marked.findIndex(({ grid, row, column }) => grid.isAt(row, column));
    const next =
      marked[(now < 0 ? (by > 0 ? 0 : marked.length - 1) : now + by + marked.length) % marked.length];
    next?.grid.select(next.row, next.column);
    next?.grid.focus();
    return true;
  }
}

class Grid {
  readonly at: number;
  private readonly view: MapView;
  private readonly stack: StackData;
  private readonly box: HTMLElement;
  private readonly tools: HTMLElement;
  private readonly panel: HTMLElement;
  private showsAll = false;
  private cursor: MapCursor | null = null;

  constructor(view: MapView, figure: Element, box: HTMLElement, stack: StackData, at: number) {
    this.view = view;
    this.stack = stack;
    this.box = box;
    this.at = at;
    this.tools = document.createElement("div");
    this.panel = document.createElement("div");
    this.panel.className = "panel";
    this.panel.setAttribute("role", "status");
    box.after(this.tools, this.panel);
    if (shownRows(stack, false).folded.length === 0) this.showsAll = true;
    figure.querySelector(":scope > .muted")?.remove();
    box.replaceChildren();
    box.addEventListener("click", (event) => this.click(event));
    box.addEventListener("keydown", (event) => this.key(event));
    this.draw();
  }

  /** Opens the component that it lies in. */
  open(): void {
    reveal(this.box);
  }

  focus(): void {
    this.open();
    this.box.focus();
    this.box.scrollIntoView({ block: "nearest" });
  }

  isAt(row: number, column: number): boolean {
    const { rows } = shownRows(this.stack, this.showsAll);
    return (
      this.cursor !== null && rows[this.cursor.row] === this.stack.rows[row] && this.cursor.column === column
    );
  }

  /** Rows are those of the data: which of them are shown may change. */
  select(row: number, column: number): void {
    const wanted = this.stack.rows[row];
    if (wanted === undefined || column >= this.stack.columns) return;
    if (!shownRows(this.stack, this.showsAll).rows.includes(wanted)) this.showsAll = true;
    this.cursor = { row: shownRows(this.stack, this.showsAll).rows.indexOf(wanted), column };
    this.draw();
  }

  showFinding(finding: number): boolean {
    for (const [row, { cells }] of this.stack.rows.entries()) {
      const run = cells.find(({ faults }) => faults.includes(finding));
      const [layer] = run === undefined ? [] : membersOf(run.layers);
      if (layer === undefined) continue;
      this.select(row, layer - this.stack.first);
      this.focus();
      return true;
    }
    return false;
  }

  marked(): (MapCursor & { readonly isError: boolean })[] {
    const { first, rows } = this.stack;
    return rows.flatMap(({ cells }, row) =>
      cells
        .filter(({ faults, deviates }) => faults.length > 0 || deviates)
        .flatMap(({ layers, isError }) =>
          membersOf(layers).map((layer) => ({ row, column: layer - first, isError })),
        )
        .sort((a, b) => a.column - b.column),
    );
  }

  private click(event: MouseEvent): void {
    const drawing = this.box.querySelector("svg")?.getBoundingClientRect();
    const { rows } = shownRows(this.stack, this.showsAll);
    if (drawing === undefined) return;
    this.move(cellAt(this.stack, rows.length, event.clientX - drawing.left, event.clientY - drawing.top));
  }

  private key(event: KeyboardEvent): void {
    const { rows } = shownRows(this.stack, this.showsAll);
    const { row, column } = this.cursor ?? { row: 0, column: -1 };
    const last = this.stack.columns - 1;
    const to: Readonly<Record<string, MapCursor>> = {
      ArrowLeft: { row, column: Math.max(0, column - 1) },
      ArrowRight: { row, column: Math.min(last, column + 1) },
      ArrowUp: { row: Math.max(0, row - 1), column: Math.max(0, column) },
      ArrowDown: {
        row: Math.min(rows.length - 1, this.cursor === null ? 0 : row + 1),
        column: Math.max(0, column),
      },
      Home: { row, column: 0 },
      End: { row, column: last },
    };
    const next = Object.hasOwn(to, event.key) ? to[event.key] : undefined;
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.move(next);
  }

  private move(cursor: MapCursor | null): void {
    this.cursor = cursor;
    const row = shownRows(this.stack, this.showsAll).rows[cursor?.row ?? -1];
    if (cursor !== null && row !== undefined)
      this.view.remember(this.at, cursor, this.stack.rows.indexOf(row));
    this.draw();
    this.reveal();
  }

  /** Keeps the cursor in sight where the grid is wider than its box. */
  private reveal(): void {
    if (this.cursor === null) return;
    const x = CELL.left + this.cursor.column * CELL.width;
    const { scrollLeft, clientWidth } = this.box;
    if (x < scrollLeft + 20 || x > scrollLeft + clientWidth - 40)
      this.box.scrollLeft = Math.max(0, x - clientWidth / 2);
  }

  private draw(): void {
    const { rows, folded } = shownRows(this.stack, this.showsAll);
    render(node(drawGrid(this.stack, this.view, rows, this.cursor)), this.box);
    const canFold = shownRows(this.stack, false).folded.length > 0;
    const words = this.showsAll
      ? "Fold the rows that are alike all along"
      : `Show ${folded.length} more rows, each stored alike in all layers`;
    const toggle = () => {
      this.showsAll = !this.showsAll;
      this.cursor = null;
      this.draw();
    };
    render(
      canFold ? h("div", { class: "tools" }, h("button", { type: "button", onClick: toggle }, words)) : null,
      this.tools,
    );
    render(this.describe(rows[this.cursor?.row ?? -1]), this.panel);
  }

  private describe(row: StackData["rows"][number] | undefined) {
    if (this.cursor === null || row === undefined)
      return this.at > 0
        ? null
        : h(
            "p",
            {},
            "Choose a cell: click it, or walk with the arrows; n leads to the next one that is marked.",
          );
    const layer = this.stack.first + this.cursor.column;
    const run = runAt(row, layer);
    const place = node(`${this.stack.stack}.${layer}.${row.module}`);
    if (run === undefined) return h("p", {}, h("b", {}, place), `: ${this.stack.absent ?? ABSENT}.`);
    const ways = run.ways.map(([way, experts]) => {
      const words = this.view.ways[way]?.words ?? "?";
      return experts === null ? words : `${words} (experts ${experts})`;
    });
    const faults = run.faults.map((at) => {
      const finding = this.view.finding(at);
      return finding === undefined
        ? null
        : h("p", { class: "wrong" }, node(`✕ ${finding.rule}: ${finding.message}`));
    });
    return h(
      "div",
      {},
      h(
        "p",
        {},
        h("b", {}, place),
        node(
          `: ${ways.join(" · ") || "not there"}${row.shape === "" ? "" : `, ${row.shape}`}${row.experts === null ? "" : `, ${formatQuantity(row.experts, "expert")}`}${run.deviates ? ", unlike most of its row" : ""}`,
        ),
      ),
      faults,
      row.experts === null || (run.ways.length < 2 && run.faulty === null)
        ? null
        : this.experts(row.experts, run),
    );
  }

  /** The experts of one cell, each a square. */
  private experts(count: number, run: NonNullable<ReturnType<typeof runAt>>) {
    const columns = 32;
    const faulty = new Set(run.faulty === null ? [] : membersOf(run.faulty));
    const wayOf = new Map(
      run.ways.flatMap(([way, experts]) =>
        experts === null ? [] : membersOf(experts).map((expert) => [expert, way] as const),
      ),
    );
    // Of a cell that is all stored alike no expert is named; else one that no way names is not there.
    const usual = run.ways.find(([, experts]) => experts === null)?.[0] ?? -1;
    const tall = Math.ceil(count / columns) * 13;
    const squares = Array.from({ length: Math.min(count, 1024) }, (_, expert) => {
      const [x, y] = [(expert % columns) * 13, Math.floor(expert / columns) * 13];
      const bits = this.view.ways[wayOf.get(expert) ?? usual]?.bits ?? null;
      return h(
        "g",
        {},
        h(
          "rect",
          { x, y, width: 12, height: 12, fill: faulty.has(expert) ? "#fff" : bitsColour(bits) },
          h("title", {}, `expert ${expert}`),
        ),
        faulty.has(expert)
          ? h("path", {
              d: `M${x + 2} ${y + 2}l8 8M${x + 10} ${y + 2}l-8 8`,
              stroke: FAULT,
              "stroke-width": 2.4,
            })
          : null,
      );
    });
    return h(
      "div",
      { class: "scroll" },
      h(
        "svg",
        {
          width: columns * 13,
          height: tall,
          role: "img",
          "aria-label": `Experts; marked: ${run.faulty ?? "none"}`,
        },
        squares,
      ),
    );
  }
}
