import { DTYPE_BITS } from "../../src/safetensors/dtype.ts";

/** Pieces of header text, inserted as they are given: right ones for builders, wrong ones for attacks. */

/** JSON text of one tensor entry; `shape` and the offsets stand in it verbatim. */
export function entryText(
  dtype: string,
  shape: string,
  begin: number | string,
  end: number | string,
): string {
  return `{"dtype":${JSON.stringify(dtype)},"shape":[${shape}],"data_offsets":[${begin},${end}]}`;
}

/** One F32 of four bytes at the start of the data area: for tests whose point is elsewhere. */
export const F32_ENTRY = entryText("F32", "1", 0, 4);

/** A header of `[key, value]` pairs; keys are JSON text with their quotes, so that escapes can be written. */
export function headerText(...members: readonly (readonly [key: string, value: string])[]): string {
  return `{${members.map(([key, value]) => `${key}:${value}`).join(",")}}`;
}

export interface TensorText {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** The header that a plain writer makes: tensors one behind the other, in the order given. */
export function plainHeader(
  tensors: readonly TensorText[],
  metadata: Readonly<Record<string, string>> | null = null,
): { readonly text: string; readonly dataBytes: number } {
  const members: (readonly [string, string])[] = [];
  if (metadata !== null) members.push(['"__metadata__"', JSON.stringify(metadata)]);
  let at = 0;
  for (const { name, dtype, shape } of tensors) {
    const end = at + byteLength(dtype, shape);
    members.push([JSON.stringify(name), entryText(dtype, shape.join(","), at, end)]);
    at = end;
  }
  return { text: headerText(...members), dataBytes: at };
}

/** Bytes that a tensor takes; the sum is a caller's to keep below 2^53. */
export function byteLength(dtype: string, shape: readonly number[]): number {
  const bits = DTYPE_BITS[dtype as keyof typeof DTYPE_BITS];
  return (shape.reduce((product, dimension) => product * dimension, 1) * bits) / 8;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Length prefix and header: the beginning of a file. `claimed` is the length where it is to be a lie. */
export function fileStart(header: string | Uint8Array, claimed?: number | bigint): Uint8Array {
  const json = typeof header === "string" ? utf8(header) : header;
  const bytes = Buffer.alloc(8 + json.length);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(claimed ?? json.length)));
  bytes.set(json, 8);
  return bytes;
}
