import { DTYPE_CODE_BITS, DTYPES } from "../safetensors/dtype.ts";
import { Float64Column, Int32Column } from "../safetensors/growable.ts";
import { NONE, ROOT } from "../safetensors/tensor-names.ts";
import type { SubtreeClasses, TensorTable } from "../safetensors/tensor-table.ts";

/** Children that are sorted as they come; of more, a proper sort is quicker. */
const FEW_CHILDREN = 16;
/** Above every node number: rank times this, plus node, is exact as a double. */
const RANK_FACTOR = 2 ** 26;

/**
 * The kinds of modules in a checkpoint. Two modules are of one kind when their whole subtrees are equal: the same
 * names with the same dtypes and shapes. A mixture of experts with 100,000 tensors has some twenty kinds, so all
 * further questions (totals, schemes, roles, folding, who is the odd one out) are asked once a kind.
 *
 * Children of a kind come in natural order (`2` before `10`). Modules without any tensor are left out.
 */
export class ModuleKinds {
  readonly table: TensorTable;
  /** Number of kinds; they are numbered from 0, children before their parents. */
  count = 0;
  /** The kind of the whole tree. */
  readonly root: number;
  /** Kind of each node, `NONE` for one without tensors. */
  private readonly kindOfNode: Int32Array;
  /** The first node met of each kind. */
  private readonly examples = new Int32Column(64);
  /** dtype code and shape of a kind that is itself a tensor, else `NONE`. */
  private readonly dtypeOf = new Int32Column(64);
  private readonly shapeOf = new Int32Column(64);
  /** Where the (segment, kind) pairs of a kind's children lie in `pairs`. */
  private readonly pairStarts = new Int32Column(64);
  private readonly pairs = new Int32Column(128);
  private pairsUsed = 0;
  private readonly tensorCounts = new Float64Column(64);
  private readonly elementCounts = new Float64Column(64);
  private readonly byteCounts = new Float64Column(64);
  private slots = new Int32Array(0);
  private hashes = new Int32Array(0);
  private readonly segmentOf: Int32Array;
  private readonly firstChildren: Int32Array;
  private readonly nextSiblings: Int32Array;
  /** The children at hand, in natural order once sorted, and room to sort them. */
  private children = new Int32Array(0);
  private sortKeys = new Float64Array(0);

  constructor(table: TensorTable) {
    this.table = table;
    const { links } = table.names;
    this.segmentOf = links.segmentOf;
    this.firstChildren = links.firstChildren;
    this.nextSiblings = links.nextSiblings;
    this.kindOfNode = table.classes?.kindOfNode ?? new Int32Array(table.names.count);
    if (table.classes === undefined) this.classify();
    else this.adopt(table.classes);
    this.root = this.kindOfNode[ROOT] as number;
  }

  /** The kind of a node of the name tree, or `NONE` where no tensor is below it. */
  kindOf(node: number): number {
    return this.kindOfNode[node] as number;
  }

  /** A node of this kind, for its path and its tensors' shards. */
  example(kind: number): number {
    return this.examples.data[kind] as number;
  }

  childCount(kind: number): number {
    return ((this.pairStarts.data[kind + 1] as number) - (this.pairStarts.data[kind] as number)) / 2;
  }

  /** Segment number (see `TensorNames.segments`) of a child by position. */
  childSegment(kind: number, position: number): number {
    return this.pairs.data[(this.pairStarts.data[kind] as number) + 2 * position] as number;
  }

  childName(kind: number, position: number): string {
    return this.table.names.segments.text(this.childSegment(kind, position));
  }

  childKind(kind: number, position: number): number {
    return this.pairs.data[(this.pairStarts.data[kind] as number) + 2 * position + 1] as number;
  }

  /** The row of the tensor that an example of this kind is, undefined for a module that is none. */
  tensorRow(kind: number): number | undefined {
    return this.dtypeOf.data[kind] === NONE ? undefined : this.table.rowAt(this.example(kind));
  }

  /** Tensors in the subtree, the module itself included where it is one. */
  tensors(kind: number): number {
    return this.tensorCounts.data[kind] as number;
  }

  /** Stored elements in the subtree: products of header shapes, summed. */
  elements(kind: number): number {
    return this.elementCounts.data[kind] as number;
  }

  /** Bytes of tensor data in the subtree, as dtypes and shapes need them. */
  bytes(kind: number): number {
    return this.byteCounts.data[kind] as number;
  }

  /** Takes over what the scan kernel has classified, and sums it up. */
  private adopt(classes: SubtreeClasses): void {
    this.count = classes.count;
    this.examples.data = classes.examples;
    this.dtypeOf.data = classes.dtypeOf;
    this.shapeOf.data = classes.shapeOf;
    this.pairStarts.data = classes.pairStarts;
    this.pairs.data = classes.pairs;
    for (const column of [this.tensorCounts, this.elementCounts, this.byteCounts]) column.reserve(this.count);
    for (let kind = 0; kind < this.count; kind++) this.sum(kind);
  }

  /** Totals of a kind from its tensor and its children, which have theirs already. */
  private sum(kind: number): void {
    const dtype = this.dtypeOf.data[kind] as number;
    const shape = this.shapeOf.data[kind] as number;
    let tensors = dtype === NONE ? 0 : 1;
    let elements = dtype === NONE ? 0 : (this.table.shapes.elements[shape] as number);
    let bytes = dtype === NONE ? 0 : (elements * (DTYPE_CODE_BITS[dtype] as number)) / 8;
    const end = this.pairStarts.data[kind + 1] as number;
    for (let at = this.pairStarts.data[kind] as number; at < end; at += 2) {
      const child = this.pairs.data[at + 1] as number;
      tensors += this.tensors(child);
      elements += this.elements(child);
      bytes += this.bytes(child);
    }
    this.tensorCounts.data[kind] = tensors;
    this.elementCounts.data[kind] = elements;
    this.byteCounts.data[kind] = bytes;
  }

  /** Nodes are numbered parents first, so going backwards meets every child before its parent. */
  private classify(): void {
    this.slots = new Int32Array(512);
    this.hashes = new Int32Array(256);
    this.children = new Int32Array(256);
    this.sortKeys = new Float64Array(256);
    const { firstChildren, kindOfNode, table } = this;
    const ranks = table.names.segments.naturalRanks();
    const leafKinds = new Map<number, number>();
    const dtypes = table.dtypes.data;
    const shapeIds = table.shapeIds.data;
    for (let node = table.names.count - 1; node >= 0; node--) {
      const row = table.rowAt(node) ?? NONE;
      if (firstChildren[node] !== NONE) {
        const count = this.gatherChildren(node, ranks);
        kindOfNode[node] = count > 0 || row !== NONE || node === ROOT ? this.intern(node, row, count) : NONE;
      } else if (row === NONE && node !== ROOT) kindOfNode[node] = NONE;
      else {
        // Nearly all nodes are plain tensors: their kind is their dtype and shape.
        const key = row === NONE ? -1 : (shapeIds[row] as number) * DTYPES.length + (dtypes[row] as number);
        let kind = leafKinds.get(key);
        if (kind === undefined) {
          kind = this.intern(node, row, 0);
          leafKinds.set(key, kind);
        }
        kindOfNode[node] = kind;
      }
    }
  }

  /** Children with tensors into `children`, in natural order; returns how many. */
  private gatherChildren(node: number, ranks: Int32Array): number {
    const { firstChildren, kindOfNode, nextSiblings, segmentOf } = this;
    let count = 0;
    let { children } = this;
    for (let child = firstChildren[node] as number; child !== NONE; child = nextSiblings[child] as number) {
      if (kindOfNode[child] === NONE) continue;
      if (count === children.length) children = this.growChildren();
      // They come newest first, hence nearly reversed: a few are put in order as they come.
      let at = count++;
      if (count <= FEW_CHILDREN) {
        const rank = ranks[segmentOf[child] as number] as number;
        while (at > 0 && (ranks[segmentOf[children[at - 1] as number] as number] as number) > rank) {
          children[at] = children[at - 1] as number;
          at--;
        }
      }
      children[at] = child;
    }
    if (count > FEW_CHILDREN) this.sortChildren(count, ranks);
    return count;
  }

  /** Sorts by rank: as numbers that hold rank and child, for the engine's own sort without a comparing function. */
  private sortChildren(count: number, ranks: Int32Array): void {
    const { children, segmentOf } = this;
    if (this.sortKeys.length < count) this.sortKeys = new Float64Array(children.length);
    const keys = this.sortKeys.subarray(0, count);
    for (let k = 0; k < count; k++) {
      const child = children[k] as number;
      keys[k] = (ranks[segmentOf[child] as number] as number) * RANK_FACTOR + child;
    }
    keys.sort();
    for (let k = 0; k < count; k++) children[k] = (keys[k] as number) % RANK_FACTOR;
  }

  private growChildren(): Int32Array<ArrayBuffer> {
    const grown = new Int32Array(this.children.length * 2);
    grown.set(this.children);
    this.children = grown;
    return grown;
  }

  /** The kind with these children and this tensor, known or new. */
  private intern(node: number, row: number, count: number): number {
    const { children, segmentOf } = this;
    const dtype = row === NONE ? NONE : (this.table.dtypes.data[row] as number);
    const shape = row === NONE ? NONE : (this.table.shapeIds.data[row] as number);
    let hash = Math.imul(dtype + 2, 0x9e3779b1) ^ Math.imul(shape + 2, 0x85ebca6b);
    for (let k = 0; k < count; k++) {
      const child = children[k] as number;
      hash = Math.imul(hash ^ (hash >>> 15) ^ (segmentOf[child] as number), 0x27d4eb2f);
      hash = Math.imul(hash ^ (hash >>> 13) ^ (this.kindOfNode[child] as number), 0x2c1b3c6d);
    }
    hash ^= hash >>> 16;
    let slot = hash & (this.slots.length - 1);
    for (;;) {
      const kind = (this.slots[slot] as number) - 1;
      if (kind < 0) break;
      if (this.hashes[kind] === hash && this.equals(kind, dtype, shape, count)) return kind;
      slot = (slot + 1) & (this.slots.length - 1);
    }
    this.slots[slot] = this.count + 1;
    return this.add(node, dtype, shape, hash, count);
  }

  private equals(kind: number, dtype: number, shape: number, count: number): boolean {
    if (
      this.dtypeOf.data[kind] !== dtype ||
      this.shapeOf.data[kind] !== shape ||
      this.childCount(kind) !== count
    )
      return false;
    const { children, kindOfNode, segmentOf } = this;
    const pairs = this.pairs.data;
    let at = this.pairStarts.data[kind] as number;
    for (let k = 0; k < count; k++, at += 2) {
      const child = children[k] as number;
      if (pairs[at] !== segmentOf[child] || pairs[at + 1] !== kindOfNode[child]) return false;
    }
    return true;
  }

  private add(node: number, dtype: number, shape: number, hash: number, count: number): number {
    const { children } = this;
    const kind = this.count++;
    for (const column of [this.examples, this.dtypeOf, this.shapeOf]) column.reserve(kind + 1);
    for (const column of [this.tensorCounts, this.elementCounts, this.byteCounts]) column.reserve(kind + 1);
    this.pairStarts.reserve(kind + 2);
    this.pairs.reserve(this.pairsUsed + 2 * count);
    this.examples.data[kind] = node;
    this.dtypeOf.data[kind] = dtype;
    this.shapeOf.data[kind] = shape;
    for (let k = 0; k < count; k++) {
      const child = children[k] as number;
      const childKind = this.kindOfNode[child] as number;
      this.pairs.data[this.pairsUsed++] = this.table.names.segment(child);
      this.pairs.data[this.pairsUsed++] = childKind;
    }
    this.pairStarts.data[kind + 1] = this.pairsUsed;
    this.sum(kind);
    this.remember(kind, hash);
    return kind;
  }

  private remember(kind: number, hash: number): void {
    if (kind >= this.hashes.length) {
      const hashes = new Int32Array(this.hashes.length * 2);
      hashes.set(this.hashes);
      this.hashes = hashes;
    }
    this.hashes[kind] = hash;
    if (this.count * 2 <= this.slots.length) return;
    this.slots = new Int32Array(this.slots.length * 2);
    for (let known = 0; known < this.count; known++) {
      let slot = (this.hashes[known] as number) & (this.slots.length - 1);
      while (this.slots[slot] !== 0) slot = (slot + 1) & (this.slots.length - 1);
      this.slots[slot] = known + 1;
    }
  }
}
