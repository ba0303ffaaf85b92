/** One segment of a pattern: a name, or a numbered list. */
export type PatternSegment = string | { readonly prefix: string; readonly members: readonly number[] };

/** A name that ends in a number without leading zeros: what stands before it, and the number. */
export const NUMBERED_NAME = /^(.*?)(0|[1-9][0-9]{0,8})$/s;
