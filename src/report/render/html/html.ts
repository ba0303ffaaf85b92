import { formatBytes } from "../../../format/bytes.ts";
import { formatQuantity } from "../../../format/count.ts";
import { escapeJsonForHtml } from "../../../format/escape.ts";
import { packBoxes } from "../../../page/boxes.ts";
import type { BoxData, MapData, PageData, StructureData, TensorData } from "../../../page/data.ts";
import { type Child, type Content, el } from "../../../page/element.ts";
import { VERSION } from "../../../version.ts";
import { PAGE_SCRIPT, PAGE_SCRIPT_HASH, PAGE_STYLE, PAGE_STYLE_HASH } from "../../page-code.ts";
import { archSection } from "./arch-section.ts";
import { boxData } from "./box-data.ts";
import { diffBoxData } from "./diff-box-data.ts";
import { diffMapData } from "./diff-map-data.ts";
import { documentSection } from "./document-section.ts";
import { findingsSection } from "./findings-section.ts";
import { headerSection } from "./header-section.ts";
import { icicleSection } from "./icicle-section.ts";
import { ledgerSection } from "./ledger-section.ts";
import { adapterMapData, mapData } from "./map-data.ts";
import { mapSection } from "./map-section.ts";
import { componentName, type PageComponent, type PageReport, schemeTitles } from "./page-report.ts";
import { stageData } from "./stage-data.ts";
import { structureData } from "./structure-data.ts";
import { tensorData, tensorsSection } from "./tensors-section.ts";
import { writeElements } from "./write-elements.ts";

/**
 * What a browser lets the page do: run its one script, use its one style sheet, and nothing else. No request, no markup
 * from text, no evaluation.
 */
const POLICY = [
  "default-src 'none'",
  `script-src '${PAGE_SCRIPT_HASH}'`,
  `style-src '${PAGE_STYLE_HASH}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** The whole page in one text: it opens from disk, offline, and without its script all of it can be read. */
export function renderHtml(page: PageReport): string {
  let html = "";
  for (const share of SHARES) {
    html = renderShare(page, share);
    if (Buffer.byteLength(html) <= MAX_PAGE_BYTES) break;
  }
  return html;
}

/** Larger pages are slow to open, and some mail is refused. */
const MAX_PAGE_BYTES = 295_000;

/** Of what is drawn and listed at most, the parts that are tried until the page is small enough; it says what is left out. */
const SHARES = [1, 0.5, 0.25, 0.1] as const;

function renderShare(page: PageReport, share: number): string {
  const drawn = page.components.map((component) =>
    drawnData(
      component,
      page.check?.findings ?? [],
      share / page.components.length,
      page.components.length > 1,
    ),
  );
  const data = pageData(page, drawn);
  const title = `${page.title} · unfold${page.report === null ? "" : ` ${page.report.command}`}`;
  const head = writeElements([
    el("meta", { charset: "utf-8" }),
    el("meta", { "http-equiv": "Content-Security-Policy", content: POLICY }),
    el("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    el("meta", { name: "referrer", content: "no-referrer" }),
    el("title", {}, title),
  ]);
  const body = writeElements([
    el("a", { class: "skip", href: "#main" }, "To the content"),
    headerSection(page),
    ...el("div", {}, navigation(page, drawn)).children,
    el("main", { id: "main", tabindex: -1 }, sections(page, drawn, share)),
    el(
      "footer",
      {},
      `Made by unfold ${VERSION} from headers alone; no weight was read. The page asks for nothing from anywhere.`,
    ),
  ]);
  return [
    "<!doctype html>",
    '<html lang="en">',
    `<head>${head}<style>${PAGE_STYLE}</style></head>`,
    `<body>${body}`,
    `<script type="application/json" id="data">${escapeJsonForHtml(JSON.stringify(data))}</script>`,
    `<script>${PAGE_SCRIPT}</script>`,
    "</body></html>\n",
  ].join("\n");
}

/** What is drawn of a component, before any script and by it. */
interface Drawn {
  readonly map: MapData | null;
  readonly boxes: BoxData | null;
  readonly arch: readonly StructureData[] | null;
  readonly tensors: TensorData | null;
}

function pageData({ components, check }: PageReport, drawn: readonly Drawn[]): PageData {
  return {
    components: drawn.map(({ map, boxes, arch, tensors }, at) => ({
      name: components[at]?.name ?? "",
      // What stands outside of the layers is a table alone.
      map: map === null ? null : { ...map, outside: [] },
      boxes: boxes === null ? null : packBoxes(boxes),
      arch,
      tensors,
    })),
    findings: (check?.findings ?? []).map(({ rule, severity, message }) => ({ rule, severity, message })),
  };
}

function drawnData(
  component: PageComponent,
  findings: NonNullable<PageReport["check"]>["findings"],
  share: number,
  isOfSeveral: boolean,
): Drawn {
  const { name, diff, tree, precision, arch, tensors } = component;
  const titles = schemeTitles(component);
  const adapter = arch?.adapter ?? null;
  const of = isOfSeveral ? name : null;
  const map =
    precision === undefined
      ? diff === undefined
        ? null
        : diffMapData(diff)
      : adapter === null || adapter.targetDetails.length === 0
        ? mapData(precision, findings, of)
        : adapterMapData(adapter, precision, findings, of);
  return {
    map: map === null || map.stacks.length + map.outside.length === 0 ? null : map,
    boxes:
      tree === undefined || tree.tensors === 0
        ? diff === undefined
          ? null
          : diffBoxData(diff, share)
        : boxData(tree, share),
    arch:
      arch === undefined || arch.structures.length + arch.stages.length === 0
        ? null
        : [...stageData(arch.stages, titles), ...structureData(arch.structures, titles)],
    tensors: tensors === undefined || tensors.rows.length === 0 ? null : tensorData(tensors, share),
  };
}

function sections(page: PageReport, drawn: readonly Drawn[], share: number): Content {
  const isSeveral = page.components.length > 1;
  const bytes = page.components.map(({ tree }) => tree?.bytes ?? 0);
  const largest = bytes.indexOf(Math.max(...bytes));
  return [
    page.document.length > 0 && section("view", 0, "Result", documentSection(page.document)),
    findingsSection(page),
    page.components.map((component, at) => {
      const own = drawn[at];
      if (own === undefined) return null;
      const parts = componentSections(component, own, at, share / page.components.length, isSeveral);
      return isSeveral
        ? el(
            "details",
            { class: "component", open: at === largest },
            el(
              "summary",
              {},
              el("h2", { class: "component-name" }, componentName(component)),
              sizeWords(component),
            ),
            // A link to what lies within opens what it lies in.
            el("div", { id: `component-${at + 1}`, "data-component": at }, parts),
          )
        : parts;
    }),
  ];
}

function sizeWords({ tree, params }: PageComponent): string {
  const parts = [
    ...(tree === undefined ? [] : [formatBytes(tree.bytes)]),
    ...(params === undefined ? [] : [formatQuantity(params.parameters.total, "parameter")]),
  ];
  return parts.length === 0 ? "" : ` ${parts.join(" · ")}`;
}

const VIEWS = [
  ["precision", "Precision", (data: Drawn) => data.map !== null],
  ["size", "Bytes", (data: Drawn) => data.boxes !== null],
  ["arch", "Architecture", (data: Drawn) => data.arch !== null],
  ["ledger", "Figures", () => true],
  ["tensors", "Tensors", (data: Drawn) => data.tensors !== null],
] as const;

/** Links to the sections, or, of several components, to each of them. */
function navigation({ check, components }: PageReport, drawn: readonly Drawn[]): Content {
  const [first] = drawn;
  const links =
    components.length === 1 && first !== undefined
      ? VIEWS.filter(
          ([name, , isThere]) => isThere(first) && (name !== "ledger" || components[0]?.params),
        ).map(([name, words]) => [name, name === "precision" ? mapWord(components[0]) : words] as const)
      : components.map((component, at) => [`component-${at + 1}`, componentName(component)] as const);
  const all = [...(check === null ? [] : [["findings", "Findings"] as const]), ...links];
  if (all.length < 2) return null;
  return el(
    "nav",
    { "aria-label": "Sections" },
    el(
      "ul",
      {},
      all.map(([id, words]) => el("li", {}, el("a", { href: `#${id}` }, words))),
    ),
  );
}

/** What the map of a page shows, in a word. */
function mapWord(component: PageComponent | undefined): string {
  if (component?.diff !== undefined) return "Changes";
  return component?.arch?.adapter ? "Adapted modules" : "Precision";
}

function componentSections(
  component: PageComponent,
  data: Drawn,
  at: number,
  share: number,
  isSeveral: boolean,
): Content {
  const of = isSeveral ? componentName(component) : undefined;
  const isAdapter = component.arch !== undefined && component.arch.adapter !== null;
  return [
    data.map !== null &&
      section(
        "precision",
        at,
        component.diff !== undefined
          ? "What changed, layer by layer"
          : isAdapter
            ? "What it adapts, layer by layer"
            : "Precision, layer by layer",
        [
          component.diff !== undefined &&
            el("p", { class: "muted" }, "Of a cell, the upper part is before, the lower after."),
          mapSection(data.map, share),
        ],
        of,
      ),
    data.boxes !== null &&
      section(
        "size",
        at,
        component.diff === undefined ? "Where the bytes are" : "What grew and what shrank",
        icicleSection(data.boxes),
        of,
      ),
    section(
      "arch",
      at,
      isAdapter ? "What it adapts, in a table" : "Architecture",
      archSection(component, data.arch ?? [], share),
      of,
    ),
    section("ledger", at, "Figures", ledgerSection(component), of),
    data.tensors !== null && section("tensors", at, "Tensors", tensorsSection(data.tensors), of),
  ];
}

/** A section with its heading; nothing where it has no content. */
function section(name: string, at: number, title: string, content: Content, of?: string): Content {
  const body = el("div", { class: "body" }, content);
  if (body.children.length === 0) return null;
  const id = at === 0 ? name : `${name}-${at + 1}`;
  const heading: Child = el("h2", { id: `${id}-title` }, title);
  return el(
    "section",
    {
      id,
      // Of several components the sections are called alike: their names tell them apart.
      ...(of === undefined ? { "aria-labelledby": `${id}-title` } : { "aria-label": `${title}, ${of}` }),
      "data-view": name,
      "data-component": at,
    },
    heading,
    body,
  );
}
