import { renameKeysOfCondition, renameKeysOfFormula } from "../../src/signatures/paths.ts";
import type { DerivedRow } from "./derived.ts";

/** Where a row lies in a table of rows, and what its names and its keys begin with there. */
export interface Placed {
  readonly namePrefix: string;
  readonly keyPrefix: string;
  readonly place: number;
}

/** Segments of a name that may come before what another class stores: `model.language_model.`. */
const MAX_PREFIX_SEGMENTS = 4;

/**
 * Finds a row among those of other classes: the same row may stand under a longer name and read its keys from a nested
 * configuration (`layers.{0}…` of a text model with `hidden_size`, `model.language_model.layers.{0}…` with
 * `text_config.hidden_size`).
 */
export class RowTable {
  readonly rows: DerivedRow[] = [];
  readonly #places = new Map<string, number>();

  /** Puts in a row that no table here has. */
  add(row: DerivedRow): Placed {
    const key = JSON.stringify(row);
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.rows.length;
      this.rows.push(row);
      this.#places.set(key, place);
    }
    return { namePrefix: "", keyPrefix: "", place };
  }

  /** Where a row is known, under the prefixes tried first where given. */
  find(row: DerivedRow, keyPrefixes: readonly string[], like?: Placed): Placed | undefined {
    for (const namePrefix of namePrefixes(row.pattern, like?.namePrefix))
      for (const keyPrefix of like === undefined ? keyPrefixes : [like.keyPrefix, ...keyPrefixes]) {
        const stripped = stripRow(row, namePrefix, keyPrefix);
        const place = stripped && this.#places.get(JSON.stringify(stripped));
        if (place !== undefined) return { namePrefix, keyPrefix, place };
      }
    return undefined;
  }
}

function namePrefixes(pattern: string, first: string | undefined): string[] {
  const segments = pattern.split(".");
  const out = first !== undefined && pattern.startsWith(first) ? [first] : [];
  for (let count = 0; count < Math.min(MAX_PREFIX_SEGMENTS + 1, segments.length); count += 1) {
    if (segments[count - 1]?.endsWith("}")) break;
    out.push(count === 0 ? "" : `${segments.slice(0, count).join(".")}.`);
  }
  return out;
}

/** Nested configurations that a class's rows read keys of: `text_config.`, and outside all of them. */
export function keyPrefixesOf(rows: readonly DerivedRow[]): string[] {
  const out = new Set<string>([""]);
  for (const [, path] of JSON.stringify(rows).matchAll(/"((?:\w+\.)+)\w+"/g)) {
    const parts = (path as string).split(".").slice(0, -1);
    if (parts.every((part) => part.endsWith("_config") || part === "decoder" || part === "encoder"))
      for (let count = 1; count <= parts.length; count += 1) out.add(`${parts.slice(0, count).join(".")}.`);
  }
  return [...out];
}

/** A row of a part as the part itself has it; undefined where it lies elsewhere or looks at other keys. */
export function stripRow(row: DerivedRow, namePrefix: string, keyPrefix: string): DerivedRow | undefined {
  if (!row.pattern.startsWith(namePrefix)) return undefined;
  if (namePrefix === "" && keyPrefix === "") return row;
  let fits = true;
  const stripped = renamed(row, row.pattern.slice(namePrefix.length), (path) => {
    if (path.startsWith(keyPrefix)) return path.slice(keyPrefix.length);
    fits = false;
    return path;
  });
  return fits ? stripped : undefined;
}

/** A row as a class has it that holds the row's own class as a part. */
export function moveRow(row: DerivedRow, namePrefix: string, keyPrefix: string): DerivedRow {
  return renamed(row, namePrefix + row.pattern, (path) => keyPrefix + path);
}

function renamed(row: DerivedRow, pattern: string, rename: (path: string) => string): DerivedRow {
  return {
    ...row,
    pattern,
    counts: row.counts.map((formula) => renameKeysOfFormula(formula, rename)),
    ...(row.stages && {
      stages: { variable: row.stages.variable, start: renameKeysOfFormula(row.stages.start, rename) },
    }),
    when: renameKeysOfCondition(row.when, rename),
    shape: row.shape.map((formula) => (formula === "?" ? formula : renameKeysOfFormula(formula, rename))),
  };
}
