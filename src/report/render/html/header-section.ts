import type { DiffResult, Sides } from "../../../analysis/diff.ts";
import { formatBytes } from "../../../format/bytes.ts";
import {
  formatBits,
  formatCount,
  formatQuantity,
  formatShare,
  formatShortCount,
} from "../../../format/count.ts";
import { type Content, type Element, el } from "../../../page/element.ts";
import { bitsColour, textOn } from "../../../page/palette.ts";
import type { Report } from "../../report.ts";
import { adapterPhrase, KIND_WORDS } from "../phrases.ts";
import { granularityWords, schemeName } from "../scheme-words.ts";
import { componentName, type PageComponent, type PageReport } from "./page-report.ts";

/** What it is, whether anything is wrong, and how large: the first screen. */
export function headerSection(page: PageReport): Element {
  const { title, report, components, check } = page;
  if (report === null) return el("header", { id: "top" }, el("h1", {}, title));
  const [only] = components;
  return el(
    "header",
    { id: "top" },
    el("h1", {}, title),
    el("p", { class: "source" }, sourceWords(report)),
    unreadWords(report),
    check === null ? null : verdictWords(page),
    components.length === 1 && only !== undefined ? tiles(report, only) : componentLines(page, report),
    components.length === 1 && only !== undefined ? schemeBar(only) : null,
  );
}

function sourceWords({ source, checkpoint, unfold }: Report): string {
  const parts = [
    ...(source.revision === null ? [] : [source.revision]),
    ...(source.commit === null ? [] : [`commit ${source.commit}`]),
    ...(source.subfolder === null ? [] : [source.subfolder]),
    `${formatBytes(checkpoint.headerBytes)} of headers read, no weights`,
    `unfold ${unfold}`,
  ];
  return parts.join(" · ");
}

/** What could not be read stands above every number. */
function unreadWords({ checkpoint, problems }: Report): Content {
  if (problems.length === 0) return null;
  const { shards, shardsRead } = checkpoint;
  const lead =
    shardsRead < shards
      ? `${formatCount(shards - shardsRead)} of ${formatQuantity(shards, "shard")} could not be read: every figure is of the rest.`
      : "Not all of it is whole.";
  return el(
    "div",
    { class: "alarm", role: "note" },
    el("p", {}, el("b", {}, lead)),
    el(
      "ul",
      {},
      problems.map(({ message, hint, shard }) =>
        el("li", {}, shard === null ? "" : `${shard}: `, message, hint === null ? "" : ` ${hint}`),
      ),
    ),
  );
}

function verdictWords({ check }: PageReport): Content {
  if (check === null) return null;
  const { verdict, summary } = check;
  const counts = [
    formatQuantity(summary.errors, "error"),
    formatQuantity(summary.warnings, "warning"),
    formatQuantity(summary.infos, "remark"),
  ].join(", ");
  const [mark, words, kind] =
    verdict === null
      ? ["?", "No verdict: not all of it could be read", "unknown"]
      : verdict === "fail"
        ? ["✕", "Checks fail", "fail"]
        : summary.warnings > 0
          ? ["!", "Checks pass, with warnings", "warn"]
          : ["✓", "Checks pass", "pass"];
  return el("p", { class: `verdict ${kind}` }, el("b", {}, `${mark} ${words}`), `: ${counts}`);
}

type Tile = readonly [label: string, value: string, note: string];

function tiles(report: Report, component: PageComponent): Element {
  return tileList(component.diff === undefined ? factTiles(report, component) : changeTiles(component.diff));
}

/** Both sides of a comparison, and by how much they differ. */
function changeTiles({ totals, removed, added, changed, unchanged }: DiffResult): Tile[] {
  const between = ({ before, after }: Sides, format: (value: number) => string): [string, string] => [
    before === after ? format(after) : `${format(before)} → ${format(after)}`,
    before === after ? "as before" : `${after > before ? "+" : "−"}${formatCount(Math.abs(after - before))}`,
  ];
  const sum = (rows: readonly { readonly count: number }[]) =>
    formatCount(rows.reduce((all, { count }) => all + count, 0));
  return [
    ["size", ...between(totals.bytes, formatBytes)],
    ["parameters", ...between(totals.parameters, formatShortCount)],
    ["tensors", ...between(totals.tensors, formatCount)],
    ["weights changed", sum(changed), `${formatCount(unchanged)} as before`],
    ["weights removed", sum(removed), ""],
    ["weights added", sum(added), ""],
  ];
}

function factTiles(report: Report, component: PageComponent): Tile[] {
  const { params, arch, precision } = component;
  const { checkpoint } = report;
  const rows: Tile[] = [["what", whatWords(component), familyNote(component)]];
  rows.push(["size", formatBytes(checkpoint.tensorBytes), `${formatCount(checkpoint.tensorBytes)} bytes`]);
  if (params !== undefined) {
    const { total, active, activeBasis } = params.parameters;
    rows.push(["parameters", formatShortCount(total), formatCount(total)]);
    if (active !== total && (active !== null || component.arch?.moe != null))
      rows.push([
        "active",
        active === null ? "?" : formatShortCount(active),
        activeNote(active, activeBasis),
      ]);
    rows.push([
      "bits per weight",
      bitsShort(params.bitsPerWeight),
      `${formatBits(params.bitsPerWeight)} stored`,
    ]);
  }
  rows.push(["tensors", formatCount(checkpoint.tensors), formatQuantity(checkpoint.shards, "shard")]);
  if (arch !== undefined && arch.adapter === null && (arch.layers.count.value ?? 0) > 0)
    rows.push([
      "layers × width",
      `${known(arch.layers.count.value)} × ${known(arch.hidden.value)}`,
      arch.layers.mixers === "none" ? "" : arch.layers.mixers,
    ]);
  if (arch?.kvCache)
    rows.push([
      "KV cache a token",
      formatBytes(arch.kvCache.bytesPerToken),
      `${formatCount(arch.kvCache.bytesPerToken)} bytes at ${arch.kvCache.elementBytes * 8} bit`,
    ]);
  const faults = precision === undefined ? 0 : (precision.scales.missing ?? 0) + precision.scales.mismatched;
  if (precision !== undefined && precision.scales.paired + faults > 0)
    rows.push([
      "scales",
      `${formatCount(precision.scales.paired)} paired`,
      `${formatMissing(precision.scales.missing)} missing, ${formatMissing(precision.scales.orphan)} orphan, ${formatCount(precision.scales.mismatched)} mismatched`,
    ]);
  return rows;
}

function tileList(rows: readonly Tile[]): Element {
  return el(
    "dl",
    { class: "tiles" },
    rows.map(([label, value, note]) =>
      el(
        "div",
        {},
        el("dt", {}, label),
        el("dd", {}, el("b", {}, value), note === "" ? null : el("span", {}, note)),
      ),
    ),
  );
}

function activeNote(active: number | null, basis: string): string {
  return active === null ? basis : `${formatCount(active)}: ${basis}`;
}

function formatMissing(count: number | null): string {
  return count === null ? "?" : formatCount(count);
}

function bitsShort(bits: number | null): string {
  return bits === null ? "?" : bits.toFixed(2);
}

function known(value: number | null): string {
  return value === null ? "?" : formatCount(value);
}

function whatWords({ arch }: PageComponent): string {
  if (arch === undefined) return "checkpoint";
  return arch.adapter === null ? KIND_WORDS[arch.kind] : adapterPhrase(arch.adapter);
}

function familyNote({ arch }: PageComponent): string {
  if (arch === undefined) return "";
  if (arch.adapter !== null) {
    const base = arch.adapter.base ?? arch.adapter.baseFamily;
    return base === null ? "base not known" : `for ${base}`;
  }
  const family = arch.family.confidence === "unknown" ? "unknown family" : arch.family.title;
  return arch.task === null ? family : `${family}, ${arch.task}`;
}

/** Components in a line each. */
function componentLines({ components }: PageReport, { checkpoint }: Report): Content {
  if (components.length === 0)
    return checkpoint.shardsRead === 0 ? el("p", {}, "Nothing of it could be read.") : null;
  return el(
    "ul",
    { class: "components" },
    components.map((component) =>
      el(
        "li",
        {},
        el("b", {}, componentName(component)),
        `: ${[
          whatWords(component),
          familyNote(component),
          ...(component.params === undefined
            ? []
            : [
                `${formatCount(component.params.parameters.total)} parameters`,
                formatBytes(component.params.bytes.total),
              ]),
        ]
          .filter((words) => words !== "")
          .join(" · ")}`,
      ),
    ),
    el(
      "li",
      {},
      `in all ${formatQuantity(checkpoint.tensors, "tensor")}, ${formatBytes(checkpoint.tensorBytes)}`,
    ),
  );
}

/** Bytes by scheme: a bar, and what each part of it is in words. */
export function schemeBar({ precision, params }: PageComponent): Content {
  if (precision === undefined || precision.schemes.length === 0) return null;
  const total = precision.schemes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total === 0) return null;
  const width = 1000;
  let at = 0;
  const bars = precision.schemes.map((row) => {
    const wide = (width * row.bytes) / total;
    const bits = row.bits ?? plainBits(row.weightDtype);
    const bar = el("rect", { x: at, y: 0, width: Math.max(wide, 0.5), height: 16, fill: bitsColour(bits) });
    at += wide;
    return bar;
  });
  const chips = precision.schemes.map((row) => {
    const fill = bitsColour(row.bits ?? plainBits(row.weightDtype));
    const words = [
      row.scheme === "none" ? (row.weightDtype ?? "not quantized") : schemeName(row),
      granularityWords(row, row.title),
      formatQuantity(row.modules, "weight"),
      formatBytes(row.bytes),
      row.bitsPerWeight === null ? "? bits" : `${row.bitsPerWeight.toFixed(2)} bits`,
    ].filter((word) => word !== "");
    return el(
      "li",
      {},
      el(
        "svg",
        { width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true" },
        el("rect", { width: 12, height: 12, fill, stroke: textOn(fill), "stroke-width": 0.5 }),
      ),
      ` ${words.join(" · ")}`,
    );
  });
  const share =
    params === undefined ? "" : `, ${formatShare(total / Math.max(1, params.bytes.total))} of all bytes`;
  return el(
    "figure",
    { class: "schemes" },
    el(
      "svg",
      {
        class: "bar",
        width: "100%",
        height: 16,
        viewBox: `0 0 ${width} 16`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `Bytes by scheme${share}`,
      },
      bars,
    ),
    el("ul", { class: "legend" }, chips),
  );
}

/** Bits of plain weights by their dtype; null where they differ. */
function plainBits(dtype: string | null): number | null {
  if (dtype === "BF16" || dtype === "F16") return 16;
  if (dtype === "F32") return 32;
  return null;
}
