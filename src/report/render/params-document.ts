import type { ParamsResult } from "../../analysis/params.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatBits, formatCount, formatShare, formatShortCount } from "../../format/count.ts";
import type { Report } from "../report.ts";
import type { Block, Column } from "./document.ts";
import { exactAndShort, parametersPhrase, titleOf } from "./phrases.ts";

const NAME = { meaning: "name", flexible: true } as const;
const RIGHT = { align: "right", meaning: "number" } as const;

/** Parameters, total first, then by dtype, module and layer. */
export function paramsDocument(report: Report<ParamsResult>): Block[] {
  const { result } = report;
  return [
    titleOf(report),
    { kind: "facts", rows: totals(report) },
    { kind: "heading", text: "By dtype", aside: "as stored" },
    byDtype(result),
    { kind: "heading", text: "By module" },
    byModule(result),
    ...(result.byLayer.length === 0 ? [] : [{ kind: "heading", text: "By layer" } as const, byLayer(result)]),
  ];
}

function totals(report: Report<ParamsResult>): (readonly [string, string])[] {
  const { parameters, elements, bytes, bitsPerWeight } = report.result;
  return [
    ["logical", parametersPhrase(report, parameters.total)],
    [
      "elements",
      `${exactAndShort(elements.stored)} stored, ${formatCount(elements.auxiliary)} of them scales and other bookkeeping`,
    ],
    [
      "bytes",
      `${formatCount(bytes.total)} (${formatBytes(bytes.total)}), ${formatCount(bytes.auxiliary)} of them scales and other bookkeeping`,
    ],
    ["bits per weight", formatBits(bitsPerWeight)],
  ];
}

function byDtype({ byDtype: rows }: ParamsResult): Block {
  const columns: Column[] = [
    { title: "dtype", meaning: "dtype" },
    { title: "tensors", ...RIGHT },
    { title: "elements", ...RIGHT, dropAt: 1 },
    { title: "bytes", ...RIGHT },
    { title: "size", ...RIGHT, dropAt: 2 },
    { title: "share", ...RIGHT },
  ];
  const cells = rows.map((row) => [
    row.dtype,
    formatCount(row.tensors),
    formatCount(row.elements),
    formatCount(row.bytes),
    formatBytes(row.bytes),
    formatShare(row.share),
  ]);
  return { kind: "table", columns, rows: cells };
}

function byModule({ byModule: rows }: ParamsResult): Block {
  const columns: Column[] = [
    { title: "module", ...NAME },
    { title: "tensors", ...RIGHT, dropAt: 2 },
    { title: "parameters", ...RIGHT },
    { title: "short", ...RIGHT, dropAt: 1 },
    { title: "size", ...RIGHT, dropAt: 3 },
    { title: "share", ...RIGHT },
  ];
  const cells = rows.map((row) => [
    row.module,
    formatCount(row.tensors),
    formatCount(row.parameters),
    formatShortCount(row.parameters),
    formatBytes(row.bytes),
    formatShare(row.share),
  ]);
  return { kind: "table", columns, rows: cells };
}

function byLayer({ byLayer: rows }: ParamsResult): Block {
  const columns: Column[] = [
    { title: "stack", ...NAME },
    { title: "layers", meaning: "plain" },
    { title: "count", ...RIGHT },
    { title: "parameters each", ...RIGHT },
    { title: "parameters", ...RIGHT, dropAt: 1 },
    { title: "size", ...RIGHT, dropAt: 2 },
  ];
  const cells = rows.map((row) => [
    row.stack,
    row.layers,
    formatCount(row.count),
    formatCount(row.parametersEach),
    formatCount(row.parameters),
    formatBytes(row.bytes),
  ]);
  return { kind: "table", columns, rows: cells };
}
