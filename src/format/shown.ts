/**
 * How many of a list are told where about `most` have room: one more than that where only one would be left, as to say
 * "1 more" takes as much room as the one.
 */
export function countShown(total: number, most: number): number {
  return total <= most + 1 ? total : most;
}
