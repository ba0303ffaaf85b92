import type { ComponentRow, RoleRow } from "./param-roles.ts";
import { type DtypeRow, type ParamsResult, shareOf, storedBitsPerWeight } from "./params.ts";

/** One part of a whole, and what was counted of it. */
export interface CountedPart {
  readonly component: string;
  readonly result: ParamsResult;
}

/** Parts are run one after another, some of them many times: no one token passes through the sum of them. */
export const NO_ACTIVE = {
  active: null,
  activeBasis: "does not apply to several parts: each has its own",
  activeWithoutEmbedding: null,
  activeWithoutEmbeddingAndHead: null,
} as const;

/** A path of a part with the part in front, unless it begins with it: of a file that holds several models it does. */
export function within(component: string, path: string): string {
  return path === component || path.startsWith(`${component}.`) ? path : `${component}/${path}`;
}

/** Figures of a pipeline: those of all its parts, added up. Paths begin with the part that they are of. */
export function addParameters(parts: readonly CountedPart[]): ParamsResult {
  const results = parts.map(({ result }) => result);
  const total = sumOf(results, ({ parameters }) => parameters.total);
  const bytes = sumOf(results, (each) => each.bytes.total);
  const byRole = addRoles(
    results.map((each) => each.byRole),
    total,
  );
  return {
    parameters: {
      total,
      uncertain: sumOf(results, ({ parameters }) => parameters.uncertain),
      ...NO_ACTIVE,
      sharedBlocks: null,
      activeCountingCalls: null,
    },
    elements: {
      stored: sumOf(results, ({ elements }) => elements.stored),
      auxiliary: sumOf(results, ({ elements }) => elements.auxiliary),
    },
    bytes: {
      total: bytes,
      weights: sumOf(results, (each) => each.bytes.weights),
      auxiliary: sumOf(results, (each) => each.bytes.auxiliary),
    },
    bitsPerWeight: storedBitsPerWeight(bytes, byRole, total),
    byRole,
    byComponent: parts.map(({ component, result }) => rowOf(component, result)),
    byExpert: parts.flatMap(({ component, result }) =>
      result.byExpert.map((row) => ({ ...row, stack: within(component, row.stack) })),
    ),
    byDtype: addDtypes(results, bytes),
    byModule: parts.flatMap(({ component, result }) =>
      result.byModule.map((row) => ({
        ...row,
        module: within(component, row.module),
        share: shareOf(row.parameters, total),
      })),
    ),
    byLayer: parts.flatMap(({ component, result }) =>
      result.byLayer.map((row) => ({ ...row, stack: within(component, row.stack) })),
    ),
    tiedHead: null,
    unknown: parts.flatMap(({ component, result }) => result.unknown.map((path) => within(component, path))),
  };
}

function sumOf(results: readonly ParamsResult[], of: (result: ParamsResult) => number): number {
  return results.reduce((sum, result) => sum + of(result), 0);
}

function rowOf(component: string, { byDtype, parameters, elements, bytes }: ParamsResult): ComponentRow {
  const tensors = byDtype.reduce((sum, row) => sum + row.tensors, 0);
  return { component, tensors, parameters: parameters.total, elements: elements.stored, bytes: bytes.total };
}

/** Rows of several parts by role, each with its share of `total`. */
export function addRoles(parts: readonly (readonly RoleRow[])[], total: number): RoleRow[] {
  const rows = new Map<RoleRow["role"], RoleRow>();
  for (const row of parts.flat()) {
    const known = rows.get(row.role);
    rows.set(
      row.role,
      known === undefined
        ? row
        : {
            role: row.role,
            tensors: known.tensors + row.tensors,
            parameters: known.parameters + row.parameters,
            elements: known.elements + row.elements,
            bytes: known.bytes + row.bytes,
            share: 0,
          },
    );
  }
  return Array.from(rows.values(), (row) => ({ ...row, share: shareOf(row.parameters, total) }));
}

function addDtypes(results: readonly ParamsResult[], bytes: number): DtypeRow[] {
  const rows = new Map<string, DtypeRow>();
  for (const row of results.flatMap(({ byDtype }) => byDtype)) {
    const known = rows.get(row.dtype);
    rows.set(
      row.dtype,
      known === undefined
        ? row
        : {
            dtype: row.dtype,
            tensors: known.tensors + row.tensors,
            elements: known.elements + row.elements,
            bytes: known.bytes + row.bytes,
            share: 0,
          },
    );
  }
  return Array.from(rows.values(), (row) => ({ ...row, share: shareOf(row.bytes, bytes) })).sort(
    (a, b) => b.bytes - a.bytes || (a.dtype < b.dtype ? -1 : 1),
  );
}
