import { render, type VNode } from "preact";
import { drawStrip, nodeDetails, structureLetter } from "../arch-draw.ts";
import type { NodeData, StructureData } from "../data.ts";
import { el } from "../element.ts";
import { drawBoxes } from "../stage-draw.ts";
import { choose, chosenNumbers } from "./address.ts";
import { h, node } from "./node.ts";

/** Tabs of structures, the drawing of one layer, and the box that is open beside it. */
export class ArchView {
  private readonly place = document.createElement("div");
  private readonly structures: readonly StructureData[];
  private readonly component: number;
  private tab = 0;
  private opened: string | null = null;

  constructor(body: Element, structures: readonly StructureData[], component: number) {
    this.structures = structures;
    this.component = component;
    const fixed = body.querySelector(".structures");
    if (fixed === null) return;
    for (const strip of body.querySelectorAll(".strip")) strip.remove();
    const twin = document.createElement("details");
    twin.className = "twin";
    const summary = document.createElement("summary");
    summary.textContent = "All structures as tables";
    fixed.before(this.place, twin);
    twin.append(summary, fixed);
    this.restore();
    this.draw();
  }

  restore(): void {
    const [component, tab] = chosenNumbers("layer") ?? [];
    if (component === this.component && tab !== undefined && tab < this.structures.length) this.tab = tab;
  }

  private boxes(): readonly NodeData[] {
    const own = this.structures[this.tab]?.nodes ?? [];
    return own.filter(
      ({ kind, lanes, linears, parametersEach }) =>
        kind !== "add" && lanes.length + linears.length + parametersEach > 0,
    );
  }

  private open(tab: number): void {
    this.tab = (tab + this.structures.length) % this.structures.length;
    this.opened = null;
    choose("layer", [this.component, this.tab].join("."));
    this.draw();
  }

  private tabKey(event: KeyboardEvent): void {
    const to: Readonly<Record<string, number>> = {
      ArrowRight: this.tab + 1,
      ArrowLeft: this.tab - 1,
      Home: 0,
      End: this.structures.length - 1,
    };
    if (!Object.hasOwn(to, event.key)) return;
    event.preventDefault();
    this.open(to[event.key] ?? 0);
    const tab = this.place.querySelector('[aria-selected="true"]');
    if (tab instanceof HTMLElement) tab.focus();
  }

  private boxKey(event: KeyboardEvent): void {
    const boxes = this.boxes();
    const now = boxes.findIndex(({ id }) => id === this.opened);
    const by =
      event.key === "ArrowDown" || event.key === "ArrowRight"
        ? 1
        : event.key === "ArrowUp" || event.key === "ArrowLeft"
          ? -1
          : 0;
    if (event.key === "Escape") this.opened = null;
    else if (by !== 0) this.opened = boxes[Math.min(boxes.length - 1, Math.max(0, now + by))]?.id ?? null;
    else return;
    event.preventDefault();
    this.draw();
  }

  private click(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest("[data-node]") : null;
    this.opened = target?.getAttribute("data-node") ?? null;
    this.draw();
  }

  private draw(): void {
    const structure = this.structures[this.tab];
    if (structure === undefined) return;
    const own = this.structures.filter(({ stack }) => stack === structure.stack);
    const box =
      this.boxes().find(({ id }) => id === this.opened) ??
      this.boxes().find(({ kind }) => kind === "mixer") ??
      this.boxes()[0];
    const panel = `layer-${this.component}`;
    render(
      h(
        "div",
        {},
        h(
          "div",
          {
            class: "tools",
            role: "tablist",
            "aria-label": "Kinds of layers",
            onKeyDown: (event: KeyboardEvent) => this.tabKey(event),
          },
          this.tabs(structure, own, panel),
        ),
        own.length < 2
          ? null
          : h(
              "div",
              { class: "scroll", tabIndex: 0, role: "group", "aria-label": "Which layer is which" },
              node(drawStrip(own, own.indexOf(structure))),
            ),
        h(
          "div",
          { id: panel, role: "tabpanel", "aria-label": String(node(structure.title)) },
          h("p", { class: "muted" }, node(structure.facts.join(" · "))),
          h(
            "div",
            { class: "two" },
            h(
              "div",
              {
                class: "scroll",
                role: "group",
                tabIndex: 0,
                "aria-label": "Boxes of a layer: arrows open one after another",
                onClick: (event: MouseEvent) => this.click(event),
                onKeyDown: (event: KeyboardEvent) => this.boxKey(event),
              },
              node(drawBoxes(structure, box?.id ?? null)),
            ),
            h(
              "div",
              { class: "opened", "aria-live": "polite" },
              box === undefined
                ? null
                : [h("h3", {}, node(box.title)), ...el("div", {}, nodeDetails(box)).children.map(node)],
            ),
          ),
        ),
      ),
      this.place,
    );
  }

  private tabs(structure: StructureData, own: readonly StructureData[], panel: string): VNode[] {
    return this.structures.map((each, at) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          "aria-selected": at === this.tab,
          "aria-controls": panel,
          tabIndex: at === this.tab ? 0 : -1,
          onClick: () => this.open(at),
        },
        node(
          `${own.length > 1 && each.stack === structure.stack ? `${structureLetter(own.indexOf(each))} ` : ""}${each.title}`,
        ),
      ),
    );
  }
}
