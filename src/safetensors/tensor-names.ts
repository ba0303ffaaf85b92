import { UnfoldError } from "../errors.ts";
import { Int32Column } from "./growable.ts";
import { MAX_MODULES, MAX_NAME_SEGMENTS } from "./limits.ts";
import { SegmentTable } from "./segment-table.ts";

const DOT = 0x2e;
export const ROOT = 0;
/** No node, no row. */
export const NONE = -1;

/** Nodes that the arrays start with: a folder of 2,500 adapters has as many small trees. */
const INITIAL_NODES = 128;
const INITIAL_SLOTS = 128;
/** What is not small is taken to be large: enough for 150,000 tensors, grown by doubling for the rest. */
const LARGE_NODES = 262_144;
const SMALL_SLOTS = 2048;
const LARGE_SLOTS = 65_536;

/**
 * Children up to which a family is looked through one by one. Nearly all modules are that small (`weight`, `bias`,
 * a scale), so the hash table holds little more than numbered lists, and stays in the processor's cache.
 */
const SMALL_FAMILY = 4;

/** Segment, first child and next sibling of each node, see the methods of these names. */
export interface TreeLinks {
  readonly parents: Int32Array;
  readonly segmentOf: Int32Array;
  readonly firstChildren: Int32Array;
  readonly nextSiblings: Int32Array;
}

/** Columns of a finished tree, and the hash table of its large families. */
export interface AdoptedTree {
  readonly parents: Int32Array<ArrayBuffer>;
  readonly segmentOf: Int32Array<ArrayBuffer>;
  readonly firstChildren: Int32Array<ArrayBuffer>;
  readonly nextSiblings: Int32Array<ArrayBuffer>;
  readonly childCounts: Int32Array<ArrayBuffer>;
  /** Open addressing by `childHash`, a power of two. */
  readonly slots: Int32Array<ArrayBuffer>;
  /** Slots in use. */
  readonly placed: number;
}

/**
 * All tensor names as one tree of their dot-separated segments, built while headers are scanned. A node is
 * a module, a tensor, or both (`w` with `w.absmax`). It serves as name table (equal names meet in one
 * node), as index (the shard index is looked up in it) and as the module tree, at some 40 bytes a node.
 */
export class TensorNames {
  readonly segments = new SegmentTable();
  private readonly parents = new Int32Column(INITIAL_NODES, LARGE_NODES);
  private readonly segmentOf = new Int32Column(INITIAL_NODES, LARGE_NODES);
  private readonly firstChildren = new Int32Column(INITIAL_NODES, LARGE_NODES);
  private readonly nextSiblings = new Int32Column(INITIAL_NODES, LARGE_NODES);
  private readonly childCounts = new Int32Column(INITIAL_NODES, LARGE_NODES);
  /** Children of large families by parent and segment: node numbers, 0 for a free slot (the root is nobody's child). */
  private slots = new Int32Array(0);
  private mask = 0;
  private placed = 0;
  /** Nodes from the root down to the name inserted last, and where each of its segments ended. */
  private readonly path = new Int32Array(MAX_NAME_SEGMENTS + 1);
  private readonly pathEnds = new Int32Array(MAX_NAME_SEGMENTS + 1);
  private pathLength = 0;
  count = 0;

  constructor() {
    // Assigned a second time on purpose: see growable.ts.
    this.slots = new Int32Array(INITIAL_SLOTS);
    this.mask = INITIAL_SLOTS - 1;
    this.addNode(NONE, 0);
  }

  /**
   * The node of the name in `bytes[begin, end)`. `shared` tells how many first bytes equal those of the name
   * inserted just before: headers are nearly sorted, so most of the path is known already.
   */
  insert(bytes: Uint8Array, begin: number, end: number, shared: number): number {
    let depth = 0;
    // A segment is known when the dot behind it lies within the shared bytes.
    while (depth < this.pathLength && (this.pathEnds[depth] as number) < shared) depth++;
    let node = depth === 0 ? ROOT : (this.path[depth - 1] as number);
    let start = depth === 0 ? begin : begin + (this.pathEnds[depth - 1] as number) + 1;
    for (;;) {
      let stop = start;
      if (depth === MAX_NAME_SEGMENTS - 1) stop = end;
      else while (stop < end && bytes[stop] !== DOT) stop++;
      node = this.child(node, this.segments.intern(bytes, start, stop));
      this.path[depth] = node;
      this.pathEnds[depth] = stop - begin;
      depth++;
      if (stop >= end) break;
      start = stop + 1;
    }
    this.pathLength = depth;
    return node;
  }

  /** Forgets the name inserted last; the next one must be given with `shared` 0. */
  forgetPath(): void {
    this.pathLength = 0;
  }

  /** The node of a name, or `NONE`. Nothing is added. */
  find(name: string): number {
    let node = ROOT;
    for (const segment of splitTensorName(name)) {
      const id = this.segments.find(segment);
      if (id < 0) return NONE;
      node = this.findChild(node, id);
      if (node < 0) return NONE;
    }
    return node;
  }

  findChild(parent: number, segment: number): number {
    const parents = this.parents.data;
    const segmentOf = this.segmentOf.data;
    if ((this.childCounts.data[parent] as number) <= SMALL_FAMILY) {
      const nextSiblings = this.nextSiblings.data;
      let node = this.firstChildren.data[parent] as number;
      while (node !== NONE && segmentOf[node] !== segment) node = nextSiblings[node] as number;
      return node;
    }
    const { mask, slots } = this;
    let slot = childHash(parent, segment) & mask;
    for (;;) {
      const node = slots[slot] as number;
      if (node === 0) return NONE;
      if (segmentOf[node] === segment && parents[node] === parent) return node;
      slot = (slot + 1) & mask;
    }
  }

  /** The columns themselves, for loops over all nodes; valid until the next insertion. */
  get links(): TreeLinks {
    return {
      parents: this.parents.data,
      segmentOf: this.segmentOf.data,
      firstChildren: this.firstChildren.data,
      nextSiblings: this.nextSiblings.data,
    };
  }

  parent(node: number): number {
    return this.parents.data[node] as number;
  }

  segment(node: number): number {
    return this.segmentOf.data[node] as number;
  }

  /** First child of a node in order of arrival, or `NONE`; go on with `nextSibling`. */
  firstChild(node: number): number {
    return this.firstChildren.data[node] as number;
  }

  nextSibling(node: number): number {
    return this.nextSiblings.data[node] as number;
  }

  /** The full name: segments joined by dots. The root has the empty name. */
  name(node: number): string {
    const segments: string[] = [];
    for (let at = node; at !== ROOT; at = this.parent(at))
      segments.push(this.segments.text(this.segment(at)));
    return segments.reverse().join(".");
  }

  /** Takes over a tree that was built elsewhere the same way; its segments are in `segments` already. */
  adopt(count: number, tree: AdoptedTree): void {
    this.count = count;
    this.parents.data = tree.parents;
    this.segmentOf.data = tree.segmentOf;
    this.firstChildren.data = tree.firstChildren;
    this.nextSiblings.data = tree.nextSiblings;
    this.childCounts.data = tree.childCounts;
    this.slots = tree.slots;
    this.mask = tree.slots.length - 1;
    this.placed = tree.placed;
    this.forgetPath();
  }

  private child(parent: number, segment: number): number {
    const known = this.findChild(parent, segment);
    if (known !== NONE) return known;
    const node = this.addNode(parent, segment);
    const family = this.childCounts.data[parent] as number;
    if (family === SMALL_FAMILY + 1) {
      for (let child = node; child !== NONE; child = this.nextSibling(child)) this.place(child);
    } else if (family > SMALL_FAMILY) this.place(node);
    return node;
  }

  /** Puts a node of a large family into the hash table. */
  private place(node: number): void {
    if (++this.placed * 2 > this.mask) this.growSlots();
    this.slots[this.freeSlot(node)] = node;
  }

  private freeSlot(node: number): number {
    let slot = childHash(this.parent(node), this.segment(node)) & this.mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
    return slot;
  }

  private addNode(parent: number, segment: number): number {
    const node = this.count;
    if (node >= MAX_MODULES) {
      throw new UnfoldError("LIMIT_EXCEEDED", {
        what: "modules and tensors",
        found: node + 1,
        limit: MAX_MODULES,
      });
    }
    if (node >= this.parents.data.length) this.reserve(node + 1);
    this.parents.data[node] = parent;
    this.segmentOf.data[node] = segment;
    this.firstChildren.data[node] = NONE;
    this.nextSiblings.data[node] = parent === NONE ? NONE : (this.firstChildren.data[parent] as number);
    this.childCounts.data[node] = 0;
    if (parent !== NONE) {
      this.firstChildren.data[parent] = node;
      this.childCounts.data[parent] = (this.childCounts.data[parent] as number) + 1;
    }
    this.count++;
    return node;
  }

  private reserve(nodes: number): void {
    this.parents.reserve(nodes);
    this.segmentOf.reserve(nodes);
    this.firstChildren.reserve(nodes);
    this.nextSiblings.reserve(nodes);
    this.childCounts.reserve(nodes);
  }

  private growSlots(): void {
    const known = this.slots;
    this.slots = new Int32Array(
      known.length < SMALL_SLOTS ? known.length * 4 : Math.max(known.length * 2, LARGE_SLOTS),
    );
    this.mask = this.slots.length - 1;
    for (const node of known) if (node !== 0) this.slots[this.freeSlot(node)] = node;
  }
}

/** The segments of a name as the tree keeps them: the last one takes whatever is beyond the limit. */
export function splitTensorName(name: string): string[] {
  const segments = name.split(".");
  if (segments.length <= MAX_NAME_SEGMENTS) return segments;
  return [...segments.slice(0, MAX_NAME_SEGMENTS - 1), segments.slice(MAX_NAME_SEGMENTS - 1).join(".")];
}

function childHash(parent: number, segment: number): number {
  const hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(segment + 1, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
