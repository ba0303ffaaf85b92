import type { Dtype } from "../safetensors/dtype.ts";

export interface Decoder {
  readonly read: (view: DataView, index: number) => number;
  /** Smallest magnitude that the dtype holds in full precision. */
  readonly leastNormal: number;
}

/**
 * Dtypes that scales are stored in; little-endian as the format says. Scales in U8 are exponents (MX formats); the few
 * that hold E4M3 bits have NaN at 255 as well.
 */
const DECODERS: Partial<Record<Dtype, Decoder>> = {
  F32: { read: (view, index) => view.getFloat32(4 * index, true), leastNormal: 2 ** -126 },
  F64: { read: (view, index) => view.getFloat64(8 * index, true), leastNormal: 2 ** -1022 },
  BF16: { read: (view, index) => fromBf16(view.getUint16(2 * index, true)), leastNormal: 2 ** -126 },
  F16: {
    read: (view, index) => fromMinifloat(view.getUint16(2 * index, true), 5, 10),
    leastNormal: 2 ** -14,
  },
  F8_E4M3: { read: (view, index) => fromE4M3(view.getUint8(index)), leastNormal: 2 ** -6 },
  F8_E8M0: { read: (view, index) => fromE8M0(view.getUint8(index)), leastNormal: 0 },
  U8: { read: (view, index) => fromE8M0(view.getUint8(index)), leastNormal: 0 },
};

export function decoderOf(dtype: Dtype): Decoder | undefined {
  return DECODERS[dtype];
}

const scratch = new DataView(new ArrayBuffer(4));

function fromBf16(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** Sign, exponent and mantissa as IEEE 754 has them; the highest exponent is infinity and NaN. */
function fromMinifloat(bits: number, exponentBits: number, mantissaBits: number): number {
  const mantissa = bits & ((1 << mantissaBits) - 1);
  const exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
  const sign = bits >> (exponentBits + mantissaBits) === 0 ? 1 : -1;
  const bias = (1 << (exponentBits - 1)) - 1;
  if (exponent === (1 << exponentBits) - 1)
    return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (1 + mantissa / (1 << mantissaBits)) * 2 ** (exponent - bias);
}

/** No infinity; NaN is all ones behind the sign. */
function fromE4M3(bits: number): number {
  if ((bits & 0x7f) === 0x7f) return Number.NaN;
  const mantissa = bits & 7;
  const exponent = (bits >> 3) & 15;
  const sign = bits < 0x80 ? 1 : -1;
  return exponent === 0 ? (sign * mantissa) / 512 : sign * (1 + mantissa / 8) * 2 ** (exponent - 7);
}

/** A power of two and nothing else; 255 is NaN. */
function fromE8M0(bits: number): number {
  return bits === 255 ? Number.NaN : 2 ** (bits - 127);
}
