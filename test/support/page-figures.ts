import { formatCount } from "../../src/format/count.ts";
import type { PackedBox, PageData } from "../../src/page/data.ts";
import { sizeOf } from "../../src/page/ranges.ts";
import type { Report } from "../../src/report/report.ts";
import type { WholeReport } from "../../src/report/whole-report.ts";

/** Findings and boxes that a page shows at most, as it says itself. */
const MAX_FINDINGS = 100;

/** What a page says otherwise than the document that it was made from: nothing, it is to be hoped. */
export function pageContradictions(html: string, report: Report<WholeReport>): string[] {
  const { components, check } = report.result;
  const said: string[] = [];
  const expectSame = (what: string, shown: unknown, told: unknown) => {
    if (shown !== told) said.push(`${what}: the page has ${String(shown)}, the document ${String(told)}`);
  };
  const known = new Set<string>();
  gatherNumbers([components, report.checkpoint, check.summary], known);
  for (const number of numbersIn(`${partOf(html, "header")} ${ledgersOf(html).join(" ")}`))
    if (!known.has(number)) said.push(`${number} is on the page, and nowhere in the document`);
  expectSame(
    "findings",
    html.match(/data-finding=/g)?.length ?? 0,
    Math.min(MAX_FINDINGS, check.findings.length),
  );
  const data = dataOf(html);
  expectSame("components", data.components.length, components.length);
  for (const [at, { tree, precision, arch, tensors, component }] of components.entries()) {
    const { map, boxes, arch: drawn, tensors: rows } = data.components[at] ?? NOTHING;
    const own = (what: string) => `${component}: ${what}`;
    expectSame(own("structures and chains"), drawn?.length ?? 0, arch.structures.length + arch.stages.length);
    if (boxes !== null) {
      const [, , bytes, parameters, , , , , , , children] = boxes.root;
      expectSame(own("bytes of all boxes"), bytes, tree.bytes);
      expectSame(own("parameters of all boxes"), parameters, tree.parameters);
      if (children.length > 0) expectSame(own("bytes of the first boxes"), sumOf(children, 2), tree.bytes);
    }
    if (rows !== null) {
      const listed = rows.rows.reduce((sum, { count }) => sum + count, rows.left);
      expectSame(own("tensors"), listed, tree.tensors);
      expectSame(
        own("tensors of all folds"),
        listed,
        tensors.rows.reduce((sum, { count }) => sum + count, 0),
      );
    }
    if (map === null || arch.adapter !== null) continue;
    for (const stack of map.stacks) {
      const shown = stack.rows.reduce((sum, row) => sum + weightsOf(row), 0);
      const told = precision.modules
        .filter(({ role }) => role !== "quant_metadata")
        .flatMap(({ places }) => places)
        .filter((place) => place.stack === stack.stack && place.module !== null)
        .reduce(
          (sum, { layers, experts }) => sum + sizeOf(layers ?? "") * (experts === null ? 1 : sizeOf(experts)),
          0,
        );
      expectSame(own(`weights of ${stack.stack}`), shown, told);
    }
  }
  return said;
}

const NOTHING = { map: null, boxes: null, arch: null, tensors: null } as const;

type Row = NonNullable<PageData["components"][number]["map"]>["stacks"][number]["rows"][number];

/** Weights that a row stands for: one in each cell, or one for each expert of it. */
function weightsOf({ cells, experts: all }: Row): number {
  return cells.reduce((sum, { layers, ways }) => {
    const each = ways.reduce(
      (own, [, experts]) => own + (experts === null ? (all ?? 1) : sizeOf(experts)),
      0,
    );
    return sum + sizeOf(layers) * each;
  }, 0);
}

function sumOf(boxes: readonly PackedBox[], field: 2 | 3): number {
  return boxes.reduce((sum, box) => sum + box[field], 0);
}

export function dataOf(html: string): PageData {
  const [, text = ""] = /<script[^>]*application\/json[^>]*>([\s\S]*?)<\/script>/.exec(html) ?? [];
  return JSON.parse(text) as PageData;
}

function partOf(html: string, tag: string): string {
  const [, text = ""] = new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`).exec(html) ?? [];
  return text.replace(/<[^>]*>/g, " ");
}

function ledgersOf(html: string): string[] {
  return [...html.matchAll(/<section[^>]*data-view="ledger"[^>]*>([\s\S]*?)<\/section>/g)].map(
    ([, text = ""]) => text.replace(/<[^>]*>/g, " "),
  );
}

/** Numbers from a thousand on: smaller ones are also parts of names and words. */
function numbersIn(text: string): string[] {
  return text.match(/(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d.])/g) ?? [];
}

function gatherNumbers(value: unknown, found: Set<string>): void {
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) && value >= 1000) found.add(formatCount(value));
  } else if (typeof value === "string") for (const number of numbersIn(value)) found.add(number);
  else if (value !== null && typeof value === "object")
    for (const each of Object.values(value)) gatherNumbers(each, found);
}
