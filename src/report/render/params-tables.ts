import type { ParamsResult } from "../../analysis/params.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatShare, formatShortCount } from "../../format/count.ts";
import { summarizeRanges } from "../../format/ranges.ts";
import type { Column, Table } from "./document.ts";
import { roleName } from "./phrases.ts";

const NAME = { meaning: "name", flexible: true, isPath: true } as const;
const RIGHT = { align: "right", meaning: "number" } as const;

export function byRole({ byRole: rows }: ParamsResult): Table {
  const columns: Column[] = [
    { title: "role", meaning: "name" },
    { title: "tensors", ...RIGHT, dropAt: 3 },
    { title: "parameters", ...RIGHT },
    { title: "short", ...RIGHT, dropAt: 2 },
    { title: "elements", ...RIGHT, dropAt: 4 },
    { title: "size", ...RIGHT, dropAt: 1 },
    { title: "of params", ...RIGHT },
  ];
  const cells = rows.map((row) => [
    roleName(row.role),
    formatCount(row.tensors),
    formatCount(row.parameters),
    formatShortCount(row.parameters),
    formatCount(row.elements),
    formatBytes(row.bytes),
    formatShare(row.share),
  ]);
  return { kind: "table", columns, rows: cells };
}

export function byComponent({ byComponent: rows }: ParamsResult): Table {
  const columns: Column[] = [
    { title: "component", meaning: "name" },
    { title: "tensors", ...RIGHT, dropAt: 2 },
    { title: "parameters", ...RIGHT },
    { title: "short", ...RIGHT, dropAt: 1 },
    { title: "size", ...RIGHT, dropAt: 3 },
  ];
  const cells = rows.map((row) => [
    row.component,
    formatCount(row.tensors),
    formatCount(row.parameters),
    formatShortCount(row.parameters),
    formatBytes(row.bytes),
  ]);
  return { kind: "table", columns, rows: cells };
}

export function byExpert({ byExpert: rows }: ParamsResult): Table {
  const columns: Column[] = [
    { title: "stack", ...NAME },
    { title: "layers", meaning: "plain" },
    { title: "experts", ...RIGHT },
    { title: "parameters each", ...RIGHT },
    { title: "parameters", ...RIGHT, dropAt: 1 },
  ];
  const cells = rows.map((row) => [
    row.stack,
    summarizeRanges(row.layers),
    formatCount(row.experts),
    formatCount(row.parametersEach),
    formatCount(row.parameters),
  ]);
  return { kind: "table", columns, rows: cells };
}

export function byDtype({ byDtype: rows }: ParamsResult): Table {
  const columns: Column[] = [
    { title: "dtype", meaning: "dtype" },
    { title: "tensors", ...RIGHT },
    { title: "elements", ...RIGHT, dropAt: 1 },
    { title: "bytes", ...RIGHT },
    { title: "size", ...RIGHT, dropAt: 2 },
    { title: "of bytes", ...RIGHT },
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

export function byModule({ byModule: rows }: ParamsResult): Table {
  const columns: Column[] = [
    { title: "module", ...NAME },
    { title: "tensors", ...RIGHT, dropAt: 3 },
    { title: "parameters", ...RIGHT },
    { title: "short", ...RIGHT, dropAt: 2 },
    { title: "size", ...RIGHT, dropAt: 1 },
    { title: "of params", ...RIGHT },
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

export function byLayer({ byLayer: rows }: ParamsResult): Table {
  const columns: Column[] = [
    { title: "stack", ...NAME },
    { title: "layers", meaning: "plain" },
    { title: "count", ...RIGHT },
    { title: "parameters each", ...RIGHT },
    { title: "parameters", ...RIGHT, dropAt: 2 },
    { title: "size", ...RIGHT, dropAt: 1 },
  ];
  const cells = rows.map((row) => [
    row.stack,
    summarizeRanges(row.layers),
    formatCount(row.count),
    formatCount(row.parametersEach),
    formatCount(row.parameters),
    formatBytes(row.bytes),
  ]);
  return { kind: "table", columns, rows: cells };
}
