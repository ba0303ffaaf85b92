import type { Scheme } from "./scheme.ts";
import { fp8Block, fp8Unscaled } from "./schemes/fp8.ts";

/** All schemes in the order of the decision table: the first that recognises a weight reads it. */
export const SCHEMES = [fp8Block, fp8Unscaled] as const satisfies readonly Scheme[];

/** Ids of the schemes; `none` is an unquantized weight, `unknown` one that no scheme fits. */
export type SchemeId = (typeof SCHEMES)[number]["id"] | "none" | "unknown";

const IN_ORDER: readonly Scheme<SchemeId>[] = [...SCHEMES].sort((a, b) => a.row - b.row);

export function schemesInOrder(): readonly Scheme<SchemeId>[] {
  return IN_ORDER;
}
