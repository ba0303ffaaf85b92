import type { FitResult, FitRow } from "../../engines/memory/fit.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount } from "../../format/count.ts";
import type { Report } from "../report.ts";
import type { Block, Inline } from "./document.ts";
import { titleOf } from "./phrases.ts";

/** What it takes to serve it: weights and cache exactly, then a row for each GPU and number of them. */
export function fitDocument(report: Report<FitResult>): Block[] {
  const { engine, version, overhead, rows, notes } = report.result;
  return [
    titleOf(report),
    { kind: "facts", rows: factRows(report.result) },
    ...(rows.length === 0
      ? []
      : ([
          { kind: "heading", text: "GPUs", subtitle: `${engine} ${version}` },
          table(rows),
          { kind: "facts", rows: [["overhead", `${overhead.formula} (${overhead.source})`]] },
        ] as const)),
    ...(notes.length === 0 ? [] : [{ kind: "lines", lines: notes } as const]),
  ];
}

function factRows({ weights, kv }: FitResult): [string, Inline][] {
  const rows: [string, Inline][] = [
    ["weights", `${exact(weights.stored)} in the files, ${exact(Math.max(...weights.perRank))} on one GPU`],
  ];
  if (kv === null) return rows;
  rows.push([
    "cache",
    `${formatCount(Math.ceil(kv.bytesPerToken))} bytes a token (${kv.dtype}), blocks of ${kv.blockTokens}`,
  ]);
  for (const { kind, layers, bytesPerToken, perSequence, window } of kv.kinds) {
    const parts = [`${layers} layers ${kind}`];
    if (bytesPerToken > 0) parts.push(`${formatCount(Math.ceil(bytesPerToken))} bytes a token`);
    if (window !== null) parts.push(`the last ${formatCount(window)} alone`);
    if (perSequence > 0) parts.push(`${formatCount(Math.ceil(perSequence))} bytes a sequence`);
    rows.push(["", parts.join(", ")]);
  }
  return rows;
}

function exact(bytes: number): string {
  return `${formatCount(bytes)} bytes (${formatBytes(bytes)})`;
}

const VERDICTS = { fits: "fits", tight: "tight", "does-not-fit": "no", refused: "refused" } as const;

function table(rows: readonly FitRow[]): Block {
  const contexts = rows[0]?.concurrency.map(({ context }) => context) ?? [];
  return {
    kind: "table",
    columns: [
      { title: "GPU", meaning: "name" },
      { title: "×", align: "right" },
      { title: "verdict" },
      { title: "weights each", align: "right" },
      { title: "room for cache", align: "right", dropAt: 2 },
      ...contexts.map((context) => ({
        title: `at ${formatCount(context)}`,
        align: "right" as const,
        dropAt: 3,
      })),
      { title: "why", dropAt: 1, flexible: true },
    ],
    rows: rows.map((row) => [
      row.gpu,
      String(row.count),
      VERDICTS[row.verdict],
      formatBytes(row.weightsPerGpu),
      range(row.roomLow, row.roomHigh),
      ...contexts.map((_, at) => times(row, at)),
      row.reason ?? "",
    ]),
  };
}

function range(low: number, high: number): string {
  if (high <= 0) return "none";
  return low <= 0 ? `0-${formatBytes(high)}` : `${formatBytes(low)}-${formatBytes(high)}`;
}

/** Sequences of a length that find room at once. */
function times({ concurrency }: FitRow, at: number): string {
  const cell = concurrency[at];
  if (cell === undefined) return "";
  return cell.low === cell.high ? String(cell.low) : `${cell.low}-${cell.high}`;
}
