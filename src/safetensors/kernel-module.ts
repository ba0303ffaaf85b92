import { DTYPE_CODE_BITS, DTYPES } from "./dtype.ts";
import { KERNEL_CODE } from "./kernel-code.ts";

/** What kernel/scan.ts exports; addresses are places in `memory`. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  windowAt(): number;
  windowBytes(): number;
  dtypeNamesAt(): number;
  dtypeFactsAt(): number;
  startCheckpoint(dtypes: number, maxNodes: number): void;
  startShard(): void;
  scanHeader(length: number, shard: number): number;
  scanIndex(length: number, maxShards: number): number;
  rowCount(): number;
  indexEntryCount(): number;
  packedEnd(): number;
  takeRanks(): number;
  classify(): void;
  tables(): number;
}

/** What `tables()` points to, word by word: counts and addresses. */
export const TABLE_FIELDS = [
  "nodeCount",
  "parents",
  "segmentOf",
  "firstChildren",
  "nextSiblings",
  "slots",
  "slotCount",
  "childCounts",
  "placed",
  "rowOfNode",
  "shardOfNode",
  "segmentCount",
  "segmentPlaces",
  "segmentPool",
  "rowCount",
  "nodes",
  "dtypes",
  "shapeIds",
  "shards",
  "begins",
  "ends",
  "shapeCount",
  "shapes",
  "shapeElements",
  "shardCount",
  "shardPlaces",
  "shardPool",
  "kindCount",
  "kindOfNode",
  "examples",
  "dtypeOf",
  "shapeOf",
  "pairStarts",
  "pairs",
] as const;

export type TableField = (typeof TABLE_FIELDS)[number];

/** The part of the WebAssembly interface used here: Node's own types leave it to the browser's. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

let module: object | undefined;

/** A fresh kernel that knows the dtypes. Compiled on the spot, once: some nine kilobytes, about a millisecond. */
export function startKernel(): KernelExports {
  module ??= new WebAssembly.Module(Buffer.from(KERNEL_CODE, "base64"));
  const kernel = new WebAssembly.Instance(module).exports as KernelExports;
  const names = Buffer.from(kernel.memory.buffer, kernel.dtypeNamesAt());
  const facts = new Int32Array(kernel.memory.buffer, kernel.dtypeFactsAt(), 2 * DTYPES.length);
  DTYPES.forEach((dtype, code) => {
    facts[2 * code] = names.write(`${dtype}"`, 16 * code, "latin1");
    facts[2 * code + 1] = DTYPE_CODE_BITS[code] as number;
  });
  return kernel;
}
