import { render, type VNode } from "preact";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";
import { formatShape } from "../../format/shape.ts";
import type { TensorData } from "../data.ts";
import { type Hits, hitAt, parseQuery, type Query, QueryError, searchTensors } from "../search.ts";
import { Tensors } from "../tensors.ts";
import { choose, chosen } from "./address.ts";
import { h, node } from "./node.ts";
import { reveal } from "./reveal.ts";

/** Pixels of a row, and rows drawn at once. */
const ROW = 22;
const MOST_ROWS = 30;

const ORDERS = ["as stored", "largest first", "smallest first", "dtype"] as const;
type Order = (typeof ORDERS)[number];

/** Every tensor, searched as `ls` searches; only the rows in sight are in the page. */
export class TensorsView {
  private readonly place: HTMLElement;
  private readonly left: number;
  private readonly component: number;
  private readonly data: TensorData;
  private tensors: Tensors;
  private order: Order = "as stored";
  private query: string;
  private wrong: string | null = null;
  private hits: Hits = { rows: [], count: 0 };
  private isSearching = false;
  private search = 0;
  private top = 0;

  constructor(place: HTMLElement, data: TensorData, component: number) {
    this.place = place;
    this.data = data;
    this.left = data.left;
    this.component = component;
    this.tensors = new Tensors(data);
    this.query = chosen(`find${component}`) ?? "";
    place.replaceChildren();
    this.find();
  }

  /** Whether it lies in a component that is open. */
  get isShown(): boolean {
    return this.place.closest("details.component:not([open])") === null;
  }

  focus(): void {
    reveal(this.place);
    this.place.querySelector("input")?.focus();
  }

  private sort(order: Order): void {
    this.order = order;
    const by: Readonly<
      Record<Order, (a: TensorData["rows"][number], b: TensorData["rows"][number]) => number>
    > = {
      "as stored": () => 0,
      "largest first": (a, b) => b.bytesEach - a.bytesEach,
      "smallest first": (a, b) => a.bytesEach - b.bytesEach,
      dtype: (a, b) => (a.dtype < b.dtype ? -1 : a.dtype > b.dtype ? 1 : 0),
    };
    this.tensors = new Tensors({ ...this.data, rows: this.data.rows.toSorted(by[order]) });
    this.find();
  }

  /** Starts a search anew; one that is under way is dropped. */
  private find(): void {
    const own = ++this.search;
    let query: Query;
    try {
      query = parseQuery(this.query);
      this.wrong = null;
    } catch (error) {
      this.wrong = error instanceof QueryError ? error.message : "cannot be read";
      this.draw();
      return;
    }
    const running = searchTensors(this.tensors, query);
    this.isSearching = true;
    const go = () => {
      if (own !== this.search) return;
      const { value, done } = running.next();
      this.hits = value;
      this.isSearching = done !== true;
      if (this.isSearching) setTimeout(go);
      this.draw();
    };
    this.scrollTo(0);
    go();
  }

  private scrollTo(top: number): void {
    this.top = top;
    const rows = this.place.querySelector(".rows");
    if (rows !== null) rows.scrollTop = top;
  }

  private draw(): void {
    const { count } = this.hits;
    const first = Math.max(0, Math.min(count - 1, Math.floor(this.top / ROW) - 4));
    const rows: VNode[] = [];
    for (let at = first; at < Math.min(count, first + MOST_ROWS); at++) {
      const hit = hitAt(this.hits, at);
      if (hit !== null) rows.push(this.row(hit.fold, hit.index, at));
    }
    const found = `${formatQuantity(count, "tensor")}${count === this.tensors.count ? "" : ` of ${formatCount(this.tensors.count)}`}${this.isSearching ? " so far" : ""}`;
    render(
      h(
        "div",
        {},
        this.tools(found),
        h(
          "div",
          {
            class: "rows",
            role: "table",
            tabIndex: 0,
            "aria-label": "Tensors",
            "aria-rowcount": count,
            onScroll: (event: Event) => {
              this.top = (event.currentTarget as HTMLElement).scrollTop;
              this.draw();
            },
          },
          h(
            "div",
            { role: "rowgroup", style: { height: `${(count + 1) * ROW}px` } },
            h(
              "div",
              { class: "trow thead", role: "row" },
              ["name", "dtype", "shape", "bytes", "shard"].map((head) =>
                h("span", { role: "columnheader" }, head),
              ),
            ),
            rows,
          ),
        ),
      ),
      this.place,
    );
  }

  private tools(found: string): VNode {
    return h(
      "div",
      { class: "tools" },
      h("input", {
        type: "search",
        "aria-label": "Search tensors",
        placeholder: "*.q_proj.weight   dtype=F32   bytes>=1MB",
        spellcheck: false,
        value: this.query,
        onInput: (event: Event) => this.type((event.currentTarget as HTMLInputElement).value),
        onKeyDown: (event: KeyboardEvent) => this.key(event),
      }),
      h(
        "label",
        {},
        "order ",
        h(
          "select",
          {
            onChange: (event: Event) => {
              const { value } = event.currentTarget as HTMLSelectElement;
              this.sort(ORDERS.find((each) => each === value) ?? "as stored");
            },
          },
          ORDERS.map((each) => h("option", { value: each, selected: each === this.order }, each)),
        ),
      ),
      h("span", { role: "status", class: this.wrong === null ? "" : "wrong" }, node(this.wrong ?? found)),
      this.left > 0
        ? h(
            "span",
            { class: "muted" },
            `${formatQuantity(this.left, "tensor")} more are not on this page: unfold ls`,
          )
        : null,
    );
  }

  private row(fold: number, index: number, at: number): VNode {
    const { name, dtype, shape, bytes, shard } = this.tensors.tensor(fold, index);
    return h(
      "div",
      { key: at, class: "trow", role: "row", "aria-rowindex": at + 1, style: { top: `${(at + 1) * ROW}px` } },
      h("span", { role: "cell", class: "name", title: String(node(name)) }, node(name)),
      h("span", { role: "cell" }, dtype),
      h("span", { role: "cell" }, formatShape(shape)),
      h("span", { role: "cell", title: `${formatCount(bytes)} bytes` }, formatBytes(bytes)),
      h("span", { role: "cell", title: String(node(shard)) }, node(shard)),
    );
  }

  private type(query: string): void {
    this.query = query;
    choose(`find${this.component}`, query);
    this.find();
  }

  /** Enter leads a page of hits on, with Shift back; Escape leaves. */
  private key(event: KeyboardEvent): void {
    const page = 18 * ROW;
    if (event.key === "Enter") this.scrollTo(Math.max(0, this.top + (event.shiftKey ? -page : page)));
    else if (event.key === "Escape" && event.currentTarget instanceof HTMLElement) event.currentTarget.blur();
  }
}
