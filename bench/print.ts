/** One measurement beside its promise. */
export interface Line {
  readonly what: string;
  readonly against: string;
  readonly ms: number;
  readonly yardstickMs: number;
  readonly ratio: number;
  readonly limit: number;
  readonly memory?: { readonly peak: number; readonly limit: number };
}

const HEADINGS = ["what", "ms", "against", "ms", "ratio", "limit", "", "peak MB", "limit", ""];

export function printLines(lines: readonly Line[], pairs: number): void {
  console.log(
    `medians of ${pairs} pairs (at most 5 for large checkpoints), whole processes, node ${process.version}`,
  );
  printTable([HEADINGS, ...lines.map(toCells)], [0, 2]);
}

/** Columns of words are aligned at their left, those of numbers at their right. */
export function printTable(rows: readonly (readonly string[])[], words: readonly number[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  for (const row of rows) {
    const cells = row.map((cell, column) => {
      const width = widths[column] as number;
      return words.includes(column) ? cell.padEnd(width) : cell.padStart(width);
    });
    console.log(cells.join("  ").trimEnd());
  }
}

function toCells({ what, against, ms, yardstickMs, ratio, limit, memory }: Line): string[] {
  const cells = [what, ms.toFixed(0), against, yardstickMs.toFixed(0), ratio.toFixed(2), limit.toFixed(2)];
  cells.push(verdict(ratio, limit));
  if (memory === undefined) return [...cells, "", "", ""];
  return [...cells, memory.peak.toFixed(0), memory.limit.toFixed(0), verdict(memory.peak, memory.limit)];
}

function verdict(value: number, limit: number): string {
  return value <= limit ? "kept" : "OVER";
}
