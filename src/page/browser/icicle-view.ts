import { render, type VNode } from "preact";
import type { BoxData } from "../data.ts";
import {
  type Area,
  bestColour,
  boxAt,
  boxWords,
  type Colour,
  colourKeys,
  drawBox,
  isComparison,
  layOut,
  type Placed,
  shownLabel,
  sizeOfBox,
} from "../icicle.ts";
import { bitsColour, bitsWord, kindColour } from "../palette.ts";
import { choose, chosenNumbers } from "./address.ts";
import { h, node } from "./node.ts";

const HEIGHT = 440;
/** Pixels of the narrowest drawing; below, its box scrolls. */
const LEAST_WIDTH = 620;

/** Boxes in boxes that are zoomed into, by mouse and by keys: one tab stop, a tree for those who cannot see it. */
export class IcicleView {
  private readonly figure: HTMLElement;
  private readonly root: BoxData;
  private readonly component: number;
  private zoom: readonly number[] = [];
  private at: readonly number[] = [];
  private area: Area = "bytes";
  private colour: Colour;
  private isFocused = false;

  constructor(figure: HTMLElement, root: BoxData, component: number) {
    this.figure = figure;
    this.root = root;
    this.component = component;
    this.colour = bestColour(root);
    figure.replaceChildren();
    this.restore();
    this.draw();
    // Frames that get their size late, and windows that change theirs.
    new ResizeObserver(() => this.draw()).observe(figure);
  }

  restore(): void {
    const [component, ...trail] = chosenNumbers("box") ?? [];
    if (component !== this.component || boxAt(this.root, trail) === undefined) return;
    this.zoom = trail;
    this.at = trail;
  }

  private zoomTo(trail: readonly number[]): void {
    const box = boxAt(this.root, trail);
    if (box === undefined) return;
    this.at = trail;
    this.zoom = box.children.length === 0 ? trail.slice(0, -1) : trail;
    choose("box", this.zoom.length === 0 ? null : [this.component, ...this.zoom].join("."));
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const siblings = boxAt(this.root, this.at.slice(0, -1))?.children.length ?? 1;
    const place = this.at.at(-1) ?? 0;
    const sibling = (by: number) =>
      this.at.length === 0 || this.at.length <= this.zoom.length
        ? this.at
        : [...this.at.slice(0, -1), Math.min(siblings - 1, Math.max(0, place + by))];
    const hasChildren = (boxAt(this.root, this.at)?.children.length ?? 0) > 0;
    const to: Readonly<Record<string, readonly number[]>> = {
      ArrowRight: hasChildren ? [...this.at, 0] : this.at,
      ArrowLeft: this.at.length > this.zoom.length ? this.at.slice(0, -1) : this.at,
      ArrowUp: sibling(-1),
      ArrowDown: sibling(1),
      Home: this.zoom,
    };
    if (Object.hasOwn(to, event.key)) {
      this.at = to[event.key] ?? this.at;
      this.draw();
    } else if (event.key === "Enter" || event.key === " ") this.zoomTo(this.at);
    else if (event.key === "Escape") {
      if (this.zoom.length === 0) return;
      this.zoomTo(this.zoom.slice(0, -1));
    } else if (event.key === "0") this.zoomTo([]);
    else return;
    event.preventDefault();
  }

  private draw(): void {
    const width = Math.max(LEAST_WIDTH, this.figure.clientWidth);
    const zoomed = boxAt(this.root, this.zoom) ?? this.root;
    const keys = this.colour === "bits" ? [] : colourKeys(this.root, this.colour);
    const placed = layOut(zoomed, this.zoom, this.area, width, HEIGHT);
    const selected = boxAt(this.root, this.at) ?? zoomed;
    render(
      h(
        "div",
        {},
        this.tools(zoomed),
        h(
          "div",
          {
            class: "scroll",
            role: "tree",
            tabIndex: 0,
            "aria-label": "Modules by size",
            "aria-activedescendant": this.idOf(this.at),
            onKeyDown: (event: KeyboardEvent) => this.key(event),
            onFocus: () => this.focus(true),
            onBlur: () => this.focus(false),
          },
          h(
            "svg",
            {
              width,
              height: HEIGHT,
              role: "presentation",
              "font-size": 12,
              "font-family": "system-ui, sans-serif",
            },
            placed.map((each) => this.box(each, keys)),
            this.isFocused ? this.outline(placed) : null,
          ),
        ),
        this.legend(keys),
        h("div", { class: "panel", role: "status" }, h("p", {}, node(this.words(selected)))),
      ),
      this.figure,
    );
  }

  private focus(isFocused: boolean): void {
    this.isFocused = isFocused;
    this.draw();
  }

  private idOf(trail: readonly number[]): string {
    return `b${[this.component, ...trail].join("-")}`;
  }

  private box(placed: Placed, keys: readonly string[]): VNode {
    const { box, trail, joined } = placed;
    const drawn = drawBox(placed, this.colour, keys);
    const shapes = (Array.isArray(drawn) ? drawn.flat(9) : [drawn]).filter(
      (each) => each !== null && each !== false,
    );
    if (joined > 0)
      return h(
        "g",
        { role: "presentation" },
        shapes.map((each) => node(each as never)),
      );
    const siblings = boxAt(this.root, trail.slice(0, -1))?.children.length ?? 1;
    return h(
      "g",
      {
        role: "treeitem",
        id: this.idOf(trail),
        "aria-label": String(node(`${shownLabel(placed)}: ${boxWords(box)}`)),
        "aria-level": trail.length + 1,
        "aria-posinset": (trail.at(-1) ?? 0) + 1,
        "aria-setsize": Math.max(1, siblings),
        "aria-selected": trail.join() === this.at.join(),
        ...(box.children.length === 0 ? {} : { "aria-expanded": true }),
        onClick: () => this.zoomTo(trail),
      },
      h("title", {}, node(boxWords(box))),
      shapes.map((each) => node(each as never)),
    );
  }

  private outline(placed: readonly Placed[]): VNode | null {
    const own = placed.find(({ trail, joined }) => joined === 0 && trail.join() === this.at.join());
    if (own === undefined) return null;
    const { x, y, width, height } = own;
    return h("rect", {
      x: x + 1,
      y: y + 1,
      width: Math.max(2, width - 3),
      height: Math.max(2, height - 3),
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 3,
    });
  }

  private tools(zoomed: BoxData): VNode {
    const choice = <T extends string>(
      words: string,
      options: readonly T[],
      now: T,
      set: (value: T) => void,
    ) =>
      h(
        "label",
        {},
        `${words} `,
        h(
          "select",
          {
            onChange: (event: Event) => {
              const { value } = event.currentTarget as HTMLSelectElement;
              const chosen = options.find((each) => each === value);
              if (chosen !== undefined) set(chosen);
              this.draw();
            },
          },
          options.map((each) => h("option", { value: each, selected: each === now }, each)),
        ),
      );
    const crumbs = this.zoom.map((_, at) => this.zoom.slice(0, at + 1));
    return h(
      "div",
      { class: "tools" },
      // What a comparison changed has one area and one colouring.
      ...(isComparison(this.root)
        ? []
        : [
            choice("area", ["bytes", "parameters", "equal"] as const, this.area, (value) => {
              this.area = value;
            }),
            choice("colour", ["bits", "scheme", "dtype", "role"] as const, this.colour, (value) => {
              this.colour = value;
            }),
          ]),
      h(
        "span",
        { class: "crumbs" },
        [[], ...crumbs].map((trail, at) => [
          at === 0 ? null : " › ",
          h(
            "button",
            { type: "button", onClick: () => this.zoomTo(trail) },
            node(boxAt(this.root, trail)?.name || "all"),
          ),
        ]),
      ),
      h("span", { class: "muted" }, sizeOfBox(zoomed)),
    );
  }

  private legend(keys: readonly string[]): VNode {
    const widths = new Set<number | null>();
    const visit = (box: BoxData) => {
      if (box.children.length === 0) widths.add(box.bits);
      for (const child of box.children) visit(child);
    };
    visit(this.root);
    const items: readonly (readonly [string, string])[] =
      this.colour === "bits"
        ? [...widths].sort((a, b) => (a ?? 99) - (b ?? 99)).map((bits) => [bitsColour(bits), bitsWord(bits)])
        : keys.slice(0, 9).map((key, at) => [kindColour(at), key]);
    return h(
      "ul",
      { class: "legend" },
      items.map(([fill, words]) =>
        h(
          "li",
          {},
          h(
            "svg",
            { width: 14, height: 14, "aria-hidden": "true" },
            h("rect", { width: 13, height: 13, fill }),
          ),
          node(` ${words}`),
        ),
      ),
    );
  }

  private words(box: BoxData): string {
    if (isComparison(this.root)) return `${boxWords(box)}${box.differs === null ? "" : `: ${box.differs}`}`;
    const how =
      box.children.length > 0
        ? ""
        : `, ${box.dtype ?? "?"}${box.scheme === null || box.scheme === "none" ? "" : `, ${box.scheme}`}, ${bitsWord(box.bits)}`;
    const share =
      this.root.bytes === 0 ? "" : `, ${((100 * box.bytes) / this.root.bytes).toFixed(2)} % of all bytes`;
    return `${boxWords(box)}${share}${how}${box.differs === null ? "" : `. ${box.differs}`}`;
  }
}
