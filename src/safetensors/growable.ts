/**
 * Typed arrays that grow by doubling: one allocation for many tensors, four or eight bytes each.
 *
 * A column that is mostly either small or large grows to `grown` once it is not small any more: the system hands out
 * zeroed memory page by page as it is touched, so room that is not used costs nothing.
 *
 * Fields that grow later are assigned twice from the start: V8 compiles code on the assumption that a field
 * assigned once stays as it is, and throws that code away, in the hottest loops, when it grows after all.
 */

/** Values up to which a column is small and only doubles: a folder of adapters has thousands of such side by side. */
const SMALL_COLUMN = 2048;

/** A column of 32-bit integers. `data` is replaced when it grows: fetch it again after `reserve`. */
export class Int32Column {
  data = new Int32Array(0);
  private readonly grown: number;

  constructor(capacity: number, grown = 0) {
    this.data = new Int32Array(capacity);
    this.grown = grown;
  }

  reserve(length: number): void {
    if (length <= this.data.length) return;
    const grown = new Int32Array(grownLength(length, this.data.length, this.grown));
    grown.set(this.data);
    this.data = grown;
  }
}

/** A column of doubles: byte offsets and counts, exact below 2^53. */
export class Float64Column {
  data = new Float64Array(0);
  private readonly grown: number;

  constructor(capacity: number, grown = 0) {
    this.data = new Float64Array(capacity);
    this.grown = grown;
  }

  reserve(length: number): void {
    if (length <= this.data.length) return;
    const grown = new Float64Array(grownLength(length, this.data.length, this.grown));
    grown.set(this.data);
    this.data = grown;
  }
}

function grownLength(length: number, known: number, grown: number): number {
  return Math.max(length, known * 2, known < SMALL_COLUMN ? 0 : grown);
}
