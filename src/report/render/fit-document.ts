import type { FitResult, FitRow } from "../../engines/memory/fit.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";
import type { Report } from "../report.ts";
import type { Block, Inline } from "./document.ts";
import { titleOf } from "./phrases.ts";

/** What it takes to serve it: weights and cache exactly, then a row for each GPU and number of them, and why not. */
export function fitDocument(report: Report<FitResult>): Block[] {
  const { engine, version, overhead, rows, notes } = report.result;
  const reasons = reasonRows(rows);
  const isRefused = rows.length > 0 && rows.every(({ verdict }) => verdict === "refused");
  const machines: Block[] = [
    { kind: "heading", text: "GPUs", subtitle: `${engine} ${version}${lengthsWords(rows)}` },
    // Rows that all say the same, and figures of what is not loaded, tell nothing.
    ...(isRefused && reasons.length === 1 ? [] : [table(rows)]),
    ...(reasons.length === 0 ? [] : [{ kind: "facts", rows: reasons } as const]),
    ...(isRefused
      ? []
      : [{ kind: "facts", rows: [["overhead", `${overhead.formula} (${overhead.source})`]] } as const]),
  ];
  return [
    titleOf(report),
    { kind: "facts", rows: factRows(report.result) },
    ...(rows.length === 0 ? [] : machines),
    ...(notes.length === 0 ? [] : [{ kind: "lines", lines: notes } as const]),
  ];
}

/** What the last columns count; nothing where there are none. */
function lengthsWords(rows: readonly FitRow[]): string {
  const counts = (rows[0]?.concurrency ?? []).length > 0;
  return counts ? "; at N: sequences of N tokens that find room at once" : "";
}

/** Each reason once, with where it holds: `refused  8 of any: 28 heads do not divide by 8`. */
function reasonRows(rows: readonly FitRow[]): [string, string][] {
  const reasons = new Map<string, FitRow[]>();
  for (const row of rows) {
    if (row.reason === null) continue;
    const key = JSON.stringify([VERDICTS[row.verdict], row.reason]);
    reasons.set(key, [...(reasons.get(key) ?? []), row]);
  }
  return [...reasons].map(([key, same]) => {
    const [verdict, reason] = JSON.parse(key) as [string, string];
    return [verdict, same.length === rows.length ? reason : `${placesOf(same, rows)}: ${reason}`];
  });
}

/** `8 of any` where all machines of so many GPUs are meant, else each by its name. */
function placesOf(same: readonly FitRow[], rows: readonly FitRow[]): string {
  const counts = [...new Set(same.map(({ count }) => count))];
  const isWhole = (count: number) =>
    rows.filter((row) => row.count === count).length === same.filter((row) => row.count === count).length;
  const whole = counts.filter(isWhole).map((count) => `${count === 1 ? "one" : formatCount(count)} of any`);
  const single = same.filter(({ count }) => !isWhole(count)).map(({ gpu, count }) => `${count} × ${gpu}`);
  return [...whole, ...single].join(", ");
}

function factRows({ weights, kv }: FitResult): [string, Inline][] {
  const rows: [string, Inline][] = [["weights", weightWords(weights.stored, Math.max(...weights.perRank))]];
  if (kv === null) return rows;
  const total = `${formatCount(Math.ceil(kv.bytesPerToken))} bytes a token (${kv.dtype}), blocks of ${formatQuantity(kv.blockTokens, "token")}`;
  // What keeps a state alone has nothing that grows.
  if (kv.bytesPerToken > 0) rows.push(["cache", total]);
  for (const { kind, layers, bytesPerToken, perSequence, window } of kv.kinds) {
    const parts = [`${formatQuantity(layers, "layer")} of ${CACHE_WORDS[kind]}`];
    if (bytesPerToken > 0) parts.push(`${formatCount(Math.ceil(bytesPerToken))} bytes a token`);
    if (window !== null) parts.push(`the last ${formatCount(window)} alone`);
    if (perSequence > 0) parts.push(`${formatCount(Math.ceil(perSequence))} bytes a sequence`);
    rows.push([rows.length === 1 ? "cache" : "", parts.join(", ")]);
  }
  return rows;
}

/** What each sort of cache is of; GQA with as many heads as there are queries is MHA, and one name stands for both. */
const CACHE_WORDS: Readonly<Record<NonNullable<FitResult["kv"]>["kinds"][number]["kind"], string>> = {
  gqa: "attention",
  mla: "latent attention (MLA)",
  "sparse-mla": "sparse latent attention (MLA)",
  compressed: "compressed attention",
  sliding: "sliding-window attention",
  linear: "linear attention",
  ssm: "state-space mixers",
  recurrent: "recurrent mixers",
  cross: "cross-attention",
};

function weightWords(stored: number, onOne: number): string {
  return stored === onOne
    ? `${exact(stored)}, in the files and on one GPU`
    : `${exact(stored)} in the files, ${exact(onOne)} on one GPU${onOne < stored ? ", where 32-bit values are kept in 16" : ""}`;
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
      { title: "count", align: "right" },
      { title: "verdict" },
      { title: "weights each", align: "right" },
      { title: "room for cache", align: "right", dropAt: 1 },
      ...contexts.map((context) => ({
        title: `at ${formatCount(context)}`,
        align: "right" as const,
        dropAt: 2,
      })),
    ],
    rows: rows.map((row) => [
      row.gpu,
      String(row.count),
      VERDICTS[row.verdict],
      formatBytes(row.weightsPerGpu),
      range(row.roomLow, row.roomHigh),
      ...contexts.map((_, at) => times(row, at)),
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
  return cell.low === cell.high
    ? formatCount(cell.low)
    : `${formatCount(cell.low)}-${formatCount(cell.high)}`;
}
