import type { Claim } from "../checkpoint/claims.ts";

/** Where a figure comes from: headers are facts, the configuration a claim; `both` means that they agree. */
export type Origin = "headers" | "config" | "both";

/** A figure with its origin, and the claim that contradicts it, if any. Null is "not known". */
export interface Figure {
  readonly value: number | null;
  readonly from: Origin | null;
  /** What the configuration says instead. */
  readonly claimed?: number;
}

/** A figure whose measure is in doubt: known where the configuration says the same, else not. */
export function inDoubt({ value, from, claimed }: Figure): Figure {
  if (claimed === undefined && from !== "headers") return { value, from };
  return claimed === undefined ? NOT_KNOWN : { ...NOT_KNOWN, claimed };
}

export const NOT_KNOWN: Figure = { value: null, from: null };

/** A figure that headers tell, held against the claim about it. */
export function fromHeaders(value: number, claim?: Claim): Figure {
  if (claim === undefined) return { value, from: "headers" };
  return claim.value === value ? { value, from: "both" } : { value, from: "headers", claimed: claim.value };
}

/** A figure that only the configuration can tell; `fits` says whether the shapes allow it. */
export function fromConfig(claim: Claim | undefined, fits: (value: number) => boolean): Figure {
  if (claim === undefined) return NOT_KNOWN;
  return fits(claim.value)
    ? { value: claim.value, from: "config" }
    : { value: null, from: null, claimed: claim.value };
}
