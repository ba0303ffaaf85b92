import { escapeJsonText } from "../../format/escape.ts";

/** Arrays of numbers, such as shapes, stay on one line. Inside JSON strings a line break is always escaped. */
const NUMBER_ARRAY = /\[\n\s+(-?\d+(?:,\n\s+-?\d+)*)\n\s+\]/g;

/** A report as one line of JSON, with its newline. */
export function renderJsonLine(report: unknown): string {
  return `${escapeJsonText(JSON.stringify(report))}\n`;
}

/** A report as one JSON document with a newline at its end: two-space indent, keys in the order they were built. */
export function renderJson(report: unknown): string {
  const text = JSON.stringify(report, null, 2).replace(
    NUMBER_ARRAY,
    (_, numbers: string) => `[${numbers.replace(/\n\s+/g, " ")}]`,
  );
  return `${escapeJsonText(text)}\n`;
}
