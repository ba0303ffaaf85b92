/**
 * Bits per stored element of the 22 dtypes of safetensors 0.8, in the alignment order of its reference
 * implementation (`safetensors/src/tensor.rs`). Names are exact and case-sensitive.
 */
export const DTYPE_BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type Dtype = keyof typeof DTYPE_BITS;

/** Dtypes by code: columns of a million tensors keep one byte each. */
export const DTYPES = Object.keys(DTYPE_BITS) as readonly Dtype[];

/** Bits per element by code. */
export const DTYPE_CODE_BITS: readonly number[] = DTYPES.map((dtype) => DTYPE_BITS[dtype]);

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPE_BITS, name);
}
