/**
 * Typed arrays that grow by doubling: one allocation for many tensors, four or eight bytes each.
 *
 * Fields that grow later are assigned twice from the start: V8 compiles code on the assumption that a field
 * assigned once stays as it is, and throws that code away, in the hottest loops, when it grows after all.
 */

/** A column of 32-bit integers. `data` is replaced when it grows: fetch it again after `reserve`. */
export class Int32Column {
  data = new Int32Array(0);

  constructor(capacity: number) {
    this.data = new Int32Array(capacity);
  }

  reserve(length: number): void {
    if (length <= this.data.length) return;
    const grown = new Int32Array(Math.max(length, this.data.length * 2));
    grown.set(this.data);
    this.data = grown;
  }
}

/** A column of doubles: byte offsets and counts, exact below 2^53. */
export class Float64Column {
  data = new Float64Array(0);

  constructor(capacity: number) {
    this.data = new Float64Array(capacity);
  }

  reserve(length: number): void {
    if (length <= this.data.length) return;
    const grown = new Float64Array(Math.max(length, this.data.length * 2));
    grown.set(this.data);
    this.data = grown;
  }
}
