import path from "node:path";

/** The format that the extension of an output file stands for; `.sarif.json` comes before `.json`. */
const FORMATS_BY_EXTENSION: readonly (readonly [extension: string, format: string])[] = [
  [".sarif.json", "sarif"],
  [".json", "json"],
  [".md", "markdown"],
  [".markdown", "markdown"],
  [".ndjson", "ndjson"],
  [".jsonl", "ndjson"],
  [".csv", "csv"],
  [".sarif", "sarif"],
  [".xml", "junit"],
  [".html", "html"],
  [".htm", "html"],
  [".mmd", "mermaid"],
  [".mermaid", "mermaid"],
];

/** The format that an output file's name asks for, undefined where it names none of the command's. */
export function formatOfOutput(output: string, formats: readonly string[]): string | undefined {
  const name = path.basename(output).toLowerCase();
  const meant = FORMATS_BY_EXTENSION.filter(([extension]) => name.endsWith(extension));
  return meant.find(([, format]) => formats.includes(format))?.[1];
}
