import { DTYPES } from "./dtype.ts";
import type { Int32Column } from "./growable.ts";
import { type KernelExports, startKernel, TABLE_FIELDS, type TableField } from "./kernel-module.ts";
import { MAX_MODULES, MAX_SHARDS } from "./limits.ts";
import type { SegmentTable } from "./segment-table.ts";
import type { TensorTable } from "./tensor-table.ts";

/** Zeros behind the text in the window: the kernel reads whole words, and stops at the first zero. */
const SLACK_BYTES = 64;
/** Nodes from which on the table gets the kernel's memory itself, instead of copies: the kernel then is used up. */
const MIN_NODES_GIVEN = 20_000;
/** Words of a shape in the kernel: its rank and eight dimensions. */
const SHAPE_WORDS = 9;

/** A kernel that no checkpoint uses at the moment. */
let idle: KernelExports | undefined;

/**
 * The scan kernel (see kernel/scan.ts) at work on one checkpoint. It takes entries of common spelling into tables of
 * its own, until `settle` hands those over to the `TensorTable` for good. The parsers use it as long as it gets on, and
 * settle before they add anything themselves: what is read is the same with it and without.
 */
export class ScanKernel {
  private readonly table: TensorTable;
  private readonly kernel: KernelExports;
  private memory = new Uint8Array(0);
  private settled = false;
  private isGivenAway = false;
  private index: { readonly shards: SegmentTable; readonly shardOfNode: Int32Column } | undefined;

  /** `table` must be empty; nothing else may add to it before `settle`. */
  constructor(table: TensorTable) {
    this.table = table;
    this.kernel = idle ?? startKernel();
    idle = undefined;
    this.kernel.startCheckpoint(DTYPES.length, MAX_MODULES);
  }

  get isSettled(): boolean {
    return this.settled;
  }

  get rowCount(): number {
    return this.settled ? this.table.count : this.kernel.rowCount();
  }

  startShard(): void {
    this.kernel.startShard();
  }

  /** End of this shard's data where all its tensors are known to follow each other without a fault, else null. */
  packedEnd(): number | null {
    const end = this.settled ? -1 : this.kernel.packedEnd();
    return end < 0 ? null : end;
  }

  /** Takes header entries from `at` on. Returns the place behind the last one taken; `at` where it takes none. */
  scanHeader(bytes: Uint8Array, at: number, shard: number): number {
    return this.feed(bytes, at, (length) => this.kernel.scanHeader(length, shard));
  }

  /** Takes entries of a `weight_map` likewise; the tables given are filled by `settle`, the names by `takeShardNames`. */
  scanIndex(bytes: Uint8Array, at: number, shards: SegmentTable, shardOfNode: Int32Column): number {
    this.index = { shards, shardOfNode };
    return this.feed(bytes, at, (length) => this.kernel.scanIndex(length, MAX_SHARDS));
  }

  /** Entries of the index taken so far. */
  get indexEntryCount(): number {
    return this.kernel.indexEntryCount();
  }

  /** Puts the shard names of the index into their table, in order of first mention. */
  takeShardNames(): void {
    if (this.index === undefined) return;
    const tables = this.readTables();
    this.copySegments(this.index.shards, tables.shardCount, tables.shardPlaces, tables.shardPool);
  }

  /** Hands over at the end, when all is read: with equal modules found, which is quicker here than later. */
  finish(): void {
    if (this.settled) return;
    const tables = this.readTables();
    const { segments } = this.table.names;
    this.copySegments(segments, tables.segmentCount, tables.segmentPlaces, tables.segmentPool);
    const ranks = segments.naturalRanks();
    const at = this.kernel.takeRanks();
    new Int32Array(this.kernel.memory.buffer, at, ranks.length).set(ranks);
    this.kernel.classify();
    this.settle();
  }

  /** Hands everything over to the table and gives the kernel back. Does nothing the second time. */
  settle(): void {
    if (this.settled) return;
    const tables = this.readTables();
    this.isGivenAway = tables.nodeCount >= MIN_NODES_GIVEN;
    this.copySegments(
      this.table.names.segments,
      tables.segmentCount,
      tables.segmentPlaces,
      tables.segmentPool,
    );
    this.settleNames(tables);
    this.settleRows(tables);
    this.settleShapes(tables);
    if (tables.kindCount > 0) this.settleClasses(tables);
    if (this.index !== undefined) {
      this.takeShardNames();
      this.index.shardOfNode.data = this.integers(tables.shardOfNode, tables.nodeCount);
    }
    this.settled = true;
    if (!this.isGivenAway) idle = this.kernel;
  }

  /** Feeds the text window by window, each from the entry that the one before did not hold whole. */
  private feed(bytes: Uint8Array, from: number, scan: (length: number) => number): number {
    const window = this.kernel.windowAt();
    const windowBytes = this.kernel.windowBytes();
    let at = from;
    let done = from;
    for (;;) {
      const length = Math.min(windowBytes, bytes.length - at);
      const memory = this.bytes();
      memory.set(length === bytes.length ? bytes : bytes.subarray(at, at + length), window);
      memory.fill(0, window + length, window + length + SLACK_BYTES);
      const taken = scan(length);
      if (taken === 0) return done;
      done = at + taken;
      if (length < windowBytes) return done;
      at = nextEntry(bytes, done);
      if (at < 0) return done;
    }
  }

  private settleNames(tables: Record<TableField, number>): void {
    const count = tables.nodeCount;
    this.table.names.adopt(count, {
      parents: this.integers(tables.parents, count),
      segmentOf: this.integers(tables.segmentOf, count),
      firstChildren: this.integers(tables.firstChildren, count),
      nextSiblings: this.integers(tables.nextSiblings, count),
      childCounts: this.integers(tables.childCounts, count),
      slots: this.integers(tables.slots, tables.slotCount),
      placed: tables.placed,
    });
  }

  private settleRows(tables: Record<TableField, number>): void {
    const count = tables.rowCount;
    this.table.adopt(count, {
      nodes: this.integers(tables.nodes, count),
      dtypes: this.integers(tables.dtypes, count),
      shapeIds: this.integers(tables.shapeIds, count),
      shards: this.integers(tables.shards, count),
      begins: this.doubles(tables.begins, count),
      ends: this.doubles(tables.ends, count),
      rowOfNode: this.integers(tables.rowOfNode, tables.nodeCount),
    });
  }

  private settleShapes(tables: Record<TableField, number>): void {
    const count = tables.shapeCount;
    const words = new Float64Array(this.kernel.memory.buffer, tables.shapes, count * SHAPE_WORDS);
    const elements = new Float64Array(this.kernel.memory.buffer, tables.shapeElements, count);
    for (let shape = 0; shape < count; shape++) {
      const at = shape * SHAPE_WORDS;
      const rank = words[at] as number;
      this.table.shapes.add(words.subarray(at + 1, at + 1 + rank), rank, elements[shape] as number);
    }
  }

  private settleClasses(tables: Record<TableField, number>): void {
    const count = tables.kindCount;
    const pairStarts = this.integers(tables.pairStarts, count + 1);
    this.table.classes = {
      count,
      kindOfNode: this.integers(tables.kindOfNode, tables.nodeCount),
      examples: this.integers(tables.examples, count),
      dtypeOf: this.integers(tables.dtypeOf, count),
      shapeOf: this.integers(tables.shapeOf, count),
      pairStarts,
      pairs: this.integers(tables.pairs, pairStarts[count] as number),
    };
  }

  private copySegments(segments: SegmentTable, count: number, places: number, pool: number): void {
    const memory = this.bytes();
    const ends = new Int32Array(memory.buffer, places, 2 * count);
    for (let id = segments.count; id < count; id++) {
      const begin = pool + (ends[2 * id] as number);
      segments.intern(memory, begin, begin + (ends[2 * id + 1] as number));
    }
  }

  private readTables(): Record<TableField, number> {
    const words = new Uint32Array(this.kernel.memory.buffer, this.kernel.tables(), TABLE_FIELDS.length);
    return Object.fromEntries(TABLE_FIELDS.map((field, k) => [field, words[k]])) as Record<
      TableField,
      number
    >;
  }

  private integers(at: number, count: number): Int32Array<ArrayBuffer> {
    const column = new Int32Array(this.kernel.memory.buffer, at, count);
    return this.isGivenAway ? column : column.slice();
  }

  private doubles(at: number, count: number): Float64Array<ArrayBuffer> {
    const column = new Float64Array(this.kernel.memory.buffer, at, count);
    return this.isGivenAway ? column : column.slice();
  }

  /** The kernel's memory; a new view where it has grown. */
  private bytes(): Uint8Array {
    const { buffer } = this.kernel.memory;
    if (this.memory.buffer !== buffer) this.memory = new Uint8Array(buffer);
    return this.memory;
  }
}

/** Place of the quote behind the comma at `at` and the blanks after it; -1 where there is no further entry. */
function nextEntry(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0x2c) return -1;
  let next = at + 1;
  while (isBlank(bytes[next])) next++;
  return bytes[next] === 0x22 ? next : -1;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
