import { render } from "preact";
import { unpackBoxes } from "../boxes.ts";
import type { ComponentData, PageData } from "../data.ts";
import { readAddress } from "./address.ts";
import { ArchView } from "./arch-view.ts";
import { IcicleView } from "./icicle-view.ts";
import { MapView } from "./map-view.ts";
import { h } from "./node.ts";
import { reveal } from "./reveal.ts";
import { TensorsView } from "./tensors-view.ts";

/** What the numbers 1 to 6 lead to. */
const SECTIONS = ["findings", "precision", "size", "arch", "ledger", "tensors"] as const;

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["/", "search the tensors; Enter and Shift+Enter page through the hits, Esc leaves"],
  ["arrows", "move in the map, the boxes and the tabs; Home and End lead to the ends"],
  ["Enter, Space", "zoom into a box; Esc one step out, 0 all of it"],
  ["n, p", "next and previous cell that is marked"],
  ["1 – 6", "findings, precision, bytes, architecture, figures, tensors"],
  ["?", "this list"],
];

const maps: MapView[] = [];
const tensors: TensorsView[] = [];
const asleep: (() => void)[] = [];

function start(): void {
  const text = document.getElementById("data")?.textContent ?? "";
  const data: PageData = JSON.parse(text);
  readAddress();
  for (const section of document.querySelectorAll("[data-view]")) {
    const at = Number(section.getAttribute("data-component"));
    const component = data.components[at];
    if (component === undefined) continue;
    // One view that fails leaves the others, and its own first state, as they are.
    const wake = () => attempt(() => enliven(section, component, data, at));
    if (section.closest("details:not([open])") === null) wake();
    else asleep.push(wake);
  }
  wakeRest();
  attempt(() => addControls());
  document.addEventListener("keydown", onKey);
  document.documentElement.setAttribute("data-ready", "");
}

/** What is closed is not waited for: its views come one by one, and the links of findings when all are there. */
function wakeRest(): void {
  const wake = asleep.shift();
  if (wake === undefined) attempt(() => linkFindings());
  else
    setTimeout(() => {
      wake();
      wakeRest();
    });
}

function attempt(what: () => void): void {
  try {
    what();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}

function enliven(section: Element, component: ComponentData, data: PageData, at: number): void {
  const find = (selector: string) => {
    const found = section.querySelector(selector);
    return found instanceof HTMLElement ? found : null;
  };
  switch (section.getAttribute("data-view")) {
    case "precision":
      if (component.map !== null) maps.push(new MapView(section, component.map, data.findings, at));
      return;
    case "size": {
      const figure = find("figure.icicle");
      if (component.boxes !== null && figure !== null)
        new IcicleView(figure, unpackBoxes(component.boxes), at);
      return;
    }
    case "arch":
      if (component.arch !== null) new ArchView(section, component.arch, at);
      return;
    case "tensors": {
      const place = find(".tensors");
      if (component.tensors !== null && place !== null)
        tensors.push(new TensorsView(place, component.tensors, at));
      return;
    }
    default:
  }
}

/** A finding leads to its cell. */
function linkFindings(): void {
  for (const item of document.querySelectorAll("[data-finding]")) {
    const at = Number(item.getAttribute("data-finding"));
    const map = maps.find((each) => each.has(at));
    if (map === undefined) continue;
    const place = document.createElement("p");
    item.querySelector(":scope > details")?.before(place);
    if (place.parentElement === null) item.append(place);
    render(h("button", { type: "button", onClick: () => map.show(at) }, "Show in the map"), place);
  }
}

const THEMES = ["auto", "light", "dark"] as const;

function addControls(): void {
  const place = document.createElement("li");
  const list = document.querySelector("nav ul");
  if (list === null) return;
  list.append(place);
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Keys");
  document.body.append(dialog);
  render(
    h(
      "div",
      {},
      h("h2", {}, "Keys"),
      h(
        "dl",
        { class: "facts" },
        KEYS.map(([keys, does]) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, does)]),
      ),
      h("button", { type: "button", onClick: () => dialog.close() }, "Close"),
    ),
    dialog,
  );
  let theme = 0;
  const draw = () => {
    const name = THEMES[theme] ?? "auto";
    document.documentElement.toggleAttribute("data-theme", name !== "auto");
    if (name !== "auto") document.documentElement.setAttribute("data-theme", name);
    const next = () => {
      theme = (theme + 1) % THEMES.length;
      draw();
    };
    render(
      h(
        "span",
        { class: "tools" },
        h("button", { type: "button", onClick: next }, `Colours: ${name}`),
        h("button", { type: "button", onClick: () => dialog.showModal() }, "? Keys"),
      ),
      place,
    );
  };
  draw();
}

function onKey(event: KeyboardEvent): void {
  const isTyping = event.target instanceof Element && event.target.matches("input, select, textarea");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const section = SECTIONS[Number(event.key) - 1];
  if (event.key === "/") (tensors.find(({ isShown }) => isShown) ?? tensors[0])?.focus();
  else if (event.key === "n" || event.key === "p") maps.some((map) => map.step(event.key === "n" ? 1 : -1));
  else if (event.key === "?") document.querySelector("dialog")?.showModal();
  else if (section !== undefined && event.key.length === 1) lead(section);
  else return;
  event.preventDefault();
}

function lead(section: string): void {
  // Of several components the one that is open, else the first.
  const open = document.querySelector(`details.component[open] [data-view="${section}"] h2`);
  const heading = open ?? document.getElementById(`${section}-title`);
  if (!(heading instanceof HTMLElement)) return;
  reveal(heading);
  heading.tabIndex = -1;
  heading.focus();
  heading.scrollIntoView();
}

start();
