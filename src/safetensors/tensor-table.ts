import { DTYPE_CODE_BITS, DTYPES, type Dtype } from "./dtype.ts";
import { Float64Column, Int32Column } from "./growable.ts";
import { ShapeTable } from "./shape-table.ts";
import { TensorNames } from "./tensor-names.ts";

/** One tensor as its header describes it; `begin` and `end` count from the start of the data area. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly bytes: number;
  readonly shard: number;
  readonly begin: number;
  readonly end: number;
}

/** Columns of a table, one value a row; `rowOfNode` one value a node. */
export interface AdoptedColumns {
  readonly nodes: Int32Array<ArrayBuffer>;
  readonly dtypes: Int32Array<ArrayBuffer>;
  readonly shapeIds: Int32Array<ArrayBuffer>;
  readonly shards: Int32Array<ArrayBuffer>;
  readonly begins: Float64Array<ArrayBuffer>;
  readonly ends: Float64Array<ArrayBuffer>;
  readonly rowOfNode: Int32Array<ArrayBuffer>;
}

/** Equal subtrees of the name tree by number, as `ModuleKinds` describes them. */
export interface SubtreeClasses {
  readonly count: number;
  readonly kindOfNode: Int32Array;
  readonly examples: Int32Array<ArrayBuffer>;
  readonly dtypeOf: Int32Array<ArrayBuffer>;
  readonly shapeOf: Int32Array<ArrayBuffer>;
  readonly pairStarts: Int32Array<ArrayBuffer>;
  readonly pairs: Int32Array<ArrayBuffer>;
}

/** Rows that the columns start with, and those of a table that is not small; see tensor-names.ts. */
const INITIAL_ROWS = 64;
const LARGE_ROWS = 131_072;

/**
 * Tensor entries of one header or of a thousand, as columns: a row costs some 30 bytes, so a million
 * tensors are held without a million objects. Rows come in header order, shard by shard.
 */
export class TensorTable {
  readonly names = new TensorNames();
  readonly shapes = new ShapeTable();
  /** Rows in use. */
  count = 0;
  /** Where whoever filled the table has classified it too; void once a row is added or taken away. */
  classes: SubtreeClasses | undefined;
  /** Node of the name, dtype code, shape number, shard number of each row. */
  readonly nodes = new Int32Column(INITIAL_ROWS, LARGE_ROWS);
  readonly dtypes = new Int32Column(INITIAL_ROWS, LARGE_ROWS);
  readonly shapeIds = new Int32Column(INITIAL_ROWS, LARGE_ROWS);
  readonly shards = new Int32Column(INITIAL_ROWS, LARGE_ROWS);
  /** `data_offsets` of each row. */
  readonly begins = new Float64Column(INITIAL_ROWS, LARGE_ROWS);
  readonly ends = new Float64Column(INITIAL_ROWS, LARGE_ROWS);
  /** 1 + the row of the tensor at a node, 0 for none. Where two shards hold one name, the first row that came. */
  private readonly rowOfNode = new Int32Column(2 * INITIAL_ROWS, 2 * LARGE_ROWS);

  append(node: number, dtype: number, shape: number, shard: number, begin: number, end: number): number {
    const row = this.count++;
    this.classes = undefined;
    if (row >= this.nodes.data.length) this.reserve(row + 1);
    this.nodes.data[row] = node;
    this.dtypes.data[row] = dtype;
    this.shapeIds.data[row] = shape;
    this.shards.data[row] = shard;
    this.begins.data[row] = begin;
    this.ends.data[row] = end;
    if (node >= this.rowOfNode.data.length) this.rowOfNode.reserve(node + 1);
    if (this.rowOfNode.data[node] === 0) this.rowOfNode.data[node] = row + 1;
    return row;
  }

  /** Takes over rows that were read elsewhere; names and shapes are in their tables already. */
  adopt(count: number, columns: AdoptedColumns): void {
    this.count = count;
    this.nodes.data = columns.nodes;
    this.dtypes.data = columns.dtypes;
    this.shapeIds.data = columns.shapeIds;
    this.shards.data = columns.shards;
    this.begins.data = columns.begins;
    this.ends.data = columns.ends;
    this.rowOfNode.data = columns.rowOfNode;
  }

  /** Takes back all rows from `count` on: their header turned out to be broken. */
  truncate(count: number): void {
    this.classes = undefined;
    for (let row = count; row < this.count; row++) {
      const node = this.nodes.data[row] as number;
      if ((this.rowOfNode.data[node] as number) > count) this.rowOfNode.data[node] = 0;
    }
    this.count = count;
  }

  /**
   * The row that stands for the tensor at this node. Undefined for a node without one: `w` is a folder where only
   * `w.absmax` is stored, and `NONE` is no node at all.
   */
  rowAt(node: number): number | undefined {
    if (node < 0 || node >= this.rowOfNode.data.length) return undefined;
    const row = this.rowOfNode.data[node] as number;
    return row === 0 ? undefined : row - 1;
  }

  /** The row of the tensor of this name, undefined where there is none. */
  rowNamed(name: string): number | undefined {
    return this.rowAt(this.names.find(name));
  }

  /** Makes another row stand for its name: the one in the shard that the index picks. */
  prefer(row: number): void {
    this.classes = undefined;
    this.rowOfNode.data[this.nodes.data[row] as number] = row + 1;
  }

  /**
   * Drops rows that do not stand for their name, and tells them: copies of a tensor in a second shard, which would
   * otherwise be counted twice.
   */
  dropSuperseded(): TensorEntry[] {
    this.classes = undefined;
    const dropped: TensorEntry[] = [];
    let kept = 0;
    for (let row = 0; row < this.count; row++) {
      const node = this.nodes.data[row] as number;
      if (this.rowAt(node) !== row) {
        dropped.push(this.entry(row));
        continue;
      }
      if (kept !== row) this.moveRow(row, kept);
      kept++;
    }
    this.count = kept;
    return dropped;
  }

  private moveRow(from: number, to: number): void {
    for (const { data } of [this.nodes, this.dtypes, this.shapeIds, this.shards, this.begins, this.ends]) {
      data[to] = data[from] as number;
    }
    this.rowOfNode.data[this.nodes.data[to] as number] = to + 1;
  }

  name(row: number): string {
    return this.names.name(this.nodes.data[row] as number);
  }

  dtype(row: number): Dtype {
    return DTYPES[this.dtypes.data[row] as number] as Dtype;
  }

  shape(row: number): readonly number[] {
    return this.shapes.shapes[this.shapeIds.data[row] as number] as readonly number[];
  }

  elements(row: number): number {
    return this.shapes.elements[this.shapeIds.data[row] as number] as number;
  }

  /** Bytes that dtype and shape ask for; equal to the span of the offsets in a sound file. */
  bytes(row: number): number {
    return (this.elements(row) * (DTYPE_CODE_BITS[this.dtypes.data[row] as number] as number)) / 8;
  }

  entry(row: number): TensorEntry {
    return {
      name: this.name(row),
      dtype: this.dtype(row),
      shape: this.shape(row),
      elements: this.elements(row),
      bytes: this.bytes(row),
      shard: this.shards.data[row] as number,
      begin: this.begins.data[row] as number,
      end: this.ends.data[row] as number,
    };
  }

  private reserve(rows: number): void {
    this.nodes.reserve(rows);
    this.dtypes.reserve(rows);
    this.shapeIds.reserve(rows);
    this.shards.reserve(rows);
    this.begins.reserve(rows);
    this.ends.reserve(rows);
  }
}
