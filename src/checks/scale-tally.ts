import type { Decoder } from "./decode-values.ts";

/** What the values of a tensor are like, counted piece by piece: a tensor may be longer than memory has room for. */
export class ScaleTally {
  count = 0;
  zeros = 0;
  negatives = 0;
  nans = 0;
  infinities = 0;
  denormals = 0;
  /** Of the finite values; NaN where there is none. */
  least = Number.NaN;
  most = Number.NaN;
  /** Whether all values so far are whole numbers from 64 to 192, as bytes of exponents are. */
  areExponents = true;

  /** Counts the values in `bytes`, which begin and end with a value. */
  add(bytes: Uint8Array, decode: Decoder, count: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.count += count;
    for (let at = 0; at < count; at++) {
      const value = decode.read(view, at);
      if (Number.isNaN(value)) this.nans++;
      else if (!Number.isFinite(value)) this.infinities++;
      else this.addFinite(value, decode.leastNormal);
      this.areExponents &&= Number.isInteger(value) && value >= 64 && value <= 192;
    }
  }

  private addFinite(value: number, leastNormal: number): void {
    if (value === 0) this.zeros++;
    else if (Math.abs(value) < leastNormal) this.denormals++;
    if (value < 0) this.negatives++;
    if (!(this.least <= value)) this.least = value;
    if (!(this.most >= value)) this.most = value;
  }
}
