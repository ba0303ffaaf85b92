import fs from "node:fs";
import path from "node:path";
import type { Condition, Formula, Row } from "../../src/signatures/signature.ts";

/** A class as derive.py writes it. */
export interface Derived {
  readonly library: string;
  readonly folder: string;
  readonly class: string;
  readonly modelTypes: readonly string[];
  readonly rows: readonly DerivedRow[];
  readonly unknown: readonly (readonly [string, string])[];
  readonly runtime: readonly DerivedRow[] | null;
  readonly runtimeUnknown: readonly (readonly [string, string])[];
  readonly ties: readonly (readonly [string, string])[];
  readonly ignorable: { readonly missing: readonly string[]; readonly unexpected: readonly string[] };
  readonly aliases: Readonly<Record<string, string>>;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly fixed: Readonly<Record<string, unknown>>;
  readonly lengths: Readonly<Record<string, number>>;
  readonly read: readonly string[];
  /** Values that were tried of each key, and those that experiments started from. */
  readonly singles: Readonly<Record<string, readonly unknown[]>>;
  readonly base: unknown;
  readonly synonyms?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of a class that was taken from a packed file (unpacked.ts): what packing makes of what is no longer there. */
  readonly packed?: {
    readonly vocabulary: Readonly<Record<string, readonly string[]>>;
    readonly required: readonly string[];
  };
}

export interface DerivedRow {
  readonly pattern: string;
  readonly counts: readonly Formula[];
  readonly stages?: NonNullable<Row["stages"]>;
  readonly when: Condition;
  readonly shape: readonly (Formula | "?")[];
  readonly kind: string;
  readonly module?: string;
}

export const VERSIONS: Readonly<Record<string, string>> = { transformers: "5.23.0", diffusers: "0.42.1" };

/** All classes that were derived, those of one model side by side: the smaller ones first, for the larger hold them. */
export function readDerived(results: string): Derived[] {
  const classes: Derived[] = [];
  for (const library of Object.keys(VERSIONS)) {
    const folder = path.join(results, library);
    if (!fs.existsSync(folder)) continue;
    for (const file of fs.readdirSync(folder).sort()) {
      if (!file.endsWith(".json")) continue;
      const found = readJson(path.join(folder, file)) as Derived | { readonly rows?: undefined };
      if (found.rows !== undefined) classes.push(found);
    }
  }
  return classes.sort(
    (a, b) =>
      compare(a.library, b.library) ||
      compare(a.folder, b.folder) ||
      (a.folder === "" ? 0 : a.rows.length - b.rows.length) ||
      compare(a.class, b.class),
  );
}

/** Python writes numbers that JSON has not. */
export function readJson(file: string): unknown {
  return JSON.parse(fs.readFileSync(file, "utf8").replace(/([:[,] ?)(-?Infinity|NaN)(?=[,\]}])/g, "$1null"));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
