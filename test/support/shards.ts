import type { MemoryFile } from "../../src/sources/memory.ts";

/** Safetensors files as code: the header is real, the data is only a length. */
export interface VirtualFile {
  /** The beginning of the file; behind it come zeros. */
  readonly bytes: Buffer;
  readonly fileBytes: number;
}

export type TensorSpec = readonly [name: string, dtype: "BF16" | "F32" | "F8_E4M3", shape: readonly number[]];

const BYTES = { BF16: 2, F32: 4, F8_E4M3: 1 } as const;

export function makeShard(tensors: readonly TensorSpec[], headerBytes?: number): VirtualFile {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const [name, dtype, shape] of tensors) {
    const begin = end;
    end += shape.reduce((product, dimension) => product * dimension, BYTES[dtype]);
    header[name] = { dtype, shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const bytes = Buffer.alloc(8 + (headerBytes ?? Math.ceil(json.length / 8) * 8), " ");
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  json.copy(bytes, 8);
  return { bytes, fileBytes: bytes.length + end };
}

export function makeText(text: string): VirtualFile {
  const bytes = Buffer.from(text);
  return { bytes, fileBytes: bytes.length };
}

/** Spreads tensors over shards of about equal numbers, with the index of `model-00001-of-…` files. */
export function makeSharded(tensors: readonly TensorSpec[], shards: number): Map<string, VirtualFile> {
  const files = new Map<string, VirtualFile>();
  const weightMap: Record<string, string> = {};
  let totalSize = 0;
  for (let shard = 0; shard < shards; shard++) {
    const from = Math.floor((shard * tensors.length) / shards);
    const part = tensors.slice(from, Math.floor(((shard + 1) * tensors.length) / shards));
    const name = `model-${pad(shard + 1)}-of-${pad(shards)}.safetensors`;
    const file = makeShard(part);
    files.set(name, file);
    totalSize += file.fileBytes - file.bytes.length;
    for (const [tensor] of part) weightMap[tensor] = name;
  }
  const index = { metadata: { total_size: totalSize }, weight_map: weightMap };
  files.set("model.safetensors.index.json", makeText(JSON.stringify(index, null, 2)));
  return files;
}

function pad(number: number): string {
  return String(number).padStart(5, "0");
}

/** Fixtures as files of a hub. */
export function toVirtual(files: ReadonlyMap<string, MemoryFile>): Map<string, VirtualFile> {
  return new Map(
    [...files].map(([name, { bytes, fileBytes = bytes.length }]) => [
      name,
      { bytes: Buffer.from(bytes), fileBytes },
    ]),
  );
}

/** All bytes of a small file, zeros where its data would be. */
export function sliceOfShard(file: VirtualFile): Buffer {
  return Buffer.concat([file.bytes, Buffer.alloc(file.fileBytes - file.bytes.length)]);
}
