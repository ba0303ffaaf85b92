import { SHARD_WALK_CODE } from "./shard-walk-code.ts";
import type { TensorTable } from "./tensor-table.ts";

/** Instead of a shard's number: tensors at and below a node lie in several. */
export const SEVERAL_SHARDS = -1;
/** Instead of a node: it has so many children that each is looked up. */
const NOT_WALKED = -3;
/** Children that are walked in search of one; in a larger family each is looked up. */
const WALKED_CHILDREN = 16;

/** Where a column of 32-bit numbers lies in the memory of the walk. */
type Place = number & { readonly brand: "place" };

/**
 * Nodes in the order of their names, as stretches: runs of nodes with all that is below them in one shard, and single
 * nodes with tensors in several.
 */
export interface Stretches {
  readonly count: number;
  /** Of each stretch the shard, `SEVERAL_SHARDS` where it is one node that has to be looked into. */
  readonly shards: Place;
  readonly counts: Place;
  /** The nodes that have to be looked into. */
  readonly apart: Place;
  readonly apartCount: number;
}

/** What kernel/shard-walk.ts exports. */
interface WalkExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  startHeap(): void;
  room(numbers: number): Place;
  gather(...given: readonly number[]): void;
  markSegments(...given: readonly number[]): void;
  findApart(...given: readonly number[]): number;
  findChildren(...given: readonly number[]): number;
  descend(...given: readonly number[]): number;
  apartCount(): number;
}

/** The part of the WebAssembly interface used here: Node's own types leave it to the browser's. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

let walk: WalkExports | undefined;
let current: ShardWalk | undefined;

/**
 * The walk over the tree of a table, which stays as it is. There is one memory: what was learned of a table is good until
 * the walk of another is asked for.
 */
export function shardWalkOf(table: TensorTable): ShardWalk {
  if (current?.table !== table) current = new ShardWalk(table);
  return current;
}

/**
 * The shards of what lies below the nodes of a tree of names, and of the tensors that products of names stand for. Only nodes
 * that lie in several shards are ever followed down.
 */
export class ShardWalk {
  readonly table: TensorTable;
  /** The root alone. */
  readonly top: Stretches;
  private readonly walk: WalkExports;
  private readonly nodeCount: number;
  private readonly firstChildren: Place;
  private readonly nextSiblings: Place;
  private readonly segmentOf: Place;
  private readonly own: Place;
  private readonly below: Place;
  /** By segment 1 + its place among those that are looked for, 0 for all others. */
  private readonly positions: Place;

  constructor(table: TensorTable) {
    const { names, count } = table;
    const { links, segments } = names;
    this.table = table;
    walk ??= new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(SHARD_WALK_CODE, "base64")))
      .exports as WalkExports;
    this.walk = walk;
    walk.startHeap();
    this.nodeCount = names.count;
    const column = (data: Int32Array, length: number) => this.column(data.subarray(0, length));
    this.firstChildren = column(links.firstChildren, names.count);
    this.nextSiblings = column(links.nextSiblings, names.count);
    this.segmentOf = column(links.segmentOf, names.count);
    this.own = walk.room(names.count);
    this.below = walk.room(names.count);
    this.positions = walk.room(segments.count);
    const parents = column(links.parents, names.count);
    const [nodes, shards] = [column(table.nodes.data, count), column(table.shards.data, count)];
    walk.gather(names.count, parents, count, nodes, shards, this.own, this.below);
    this.top = {
      count: 1,
      shards: this.column([SEVERAL_SHARDS]),
      counts: this.column([1]),
      apart: this.column([0]),
      apartCount: 1,
    };
  }

  /**
   * Nodes with tensors of two parts, 1 and 2, that do not all lie in one shard. `partOf` tells the part by the last segment,
   * 0 for neither; it is asked once for each.
   */
  findApart(partOf: (segment: string) => 0 | 1 | 2): number[] {
    const { walk, nodeCount, below, firstChildren, nextSiblings, segmentOf } = this;
    const { segments } = this.table.names;
    const [parts, found] = [walk.room(segments.count), walk.room(nodeCount)];
    walk.markSegments(nodeCount, below, firstChildren, nextSiblings, segmentOf, parts);
    const marks = this.numbers(parts, segments.count);
    for (let segment = 0; segment < marks.length; segment++)
      if (marks[segment] === 1) marks[segment] = partOf(segments.text(segment));
    const given = [nodeCount, below, this.own, firstChildren, nextSiblings, segmentOf, parts, found];
    return [...this.numbers(found, walk.findApart(...given))];
  }

  /** The children of these names, in their order, of each node that lies in several shards. */
  descend(above: Stretches, texts: readonly string[]): Stretches {
    const { walk } = this;
    const children = this.childrenNamed(above, texts);
    const stretches = above.count - above.apartCount + above.apartCount * texts.length;
    const [shards, counts] = [walk.room(stretches), walk.room(stretches)];
    const apart = walk.room(above.apartCount * texts.length);
    const given = [above.count, above.shards, above.counts, children, texts.length, this.below];
    const count = walk.descend(...given, shards, counts, apart);
    return { count, shards, counts, apart, apartCount: walk.apartCount() };
  }

  /** Runs of `[shard, nodes]`. A node that others lie below, `w` beside `w.absmax`, counts as what it is itself. */
  runs({ count, shards, counts, apart, apartCount }: Stretches): [shard: number, nodes: number][] {
    const [shardOf, countOf] = [this.numbers(shards, count), this.numbers(counts, count)];
    const [looked, own] = [this.numbers(apart, apartCount), this.numbers(this.own, this.nodeCount)];
    const runs: [number, number][] = [];
    let next = 0;
    for (let at = 0; at < count; at++) {
      let shard = shardOf[at] as number;
      if (shard === SEVERAL_SHARDS) shard = own[looked[next++] as number] as number;
      const last = runs.at(-1);
      if (last?.[0] === shard) last[1] += countOf[at] as number;
      else runs.push([shard, countOf[at] as number]);
    }
    return runs;
  }

  private childrenNamed({ apart, apartCount }: Stretches, texts: readonly string[]): Place {
    const { walk, firstChildren, nextSiblings, segmentOf, positions } = this;
    const { names } = this.table;
    const size = texts.length;
    const segments = texts.map((text) => names.segments.find(text));
    const found = walk.room(apartCount * size);
    const positionOf = this.numbers(positions, names.segments.count);
    segments.forEach((segment, at) => {
      positionOf[segment] = at + 1;
    });
    const most = WALKED_CHILDREN * size;
    const given = [apartCount, apart, firstChildren, nextSiblings, segmentOf, positions, size, most, found];
    const left = walk.findChildren(...given);
    for (const segment of segments) positionOf[segment] = 0;
    if (left === 0) return found;
    const [children, nodes] = [this.numbers(found, apartCount * size), this.numbers(apart, apartCount)];
    for (let at = 0; at < apartCount; at++)
      if (children[at * size] === NOT_WALKED)
        for (let i = 0; i < size; i++)
          children[at * size + i] = names.findChild(nodes[at] as number, segments[i] as number);
    return found;
  }

  private column(data: ArrayLike<number>): Place {
    const place = this.walk.room(data.length);
    this.numbers(place, data.length).set(data);
    return place;
  }

  /** A column as it lies in memory: good until the next call of `room`, which may move it all. */
  private numbers(place: Place, length: number): Int32Array {
    return new Int32Array(this.walk.memory.buffer, place, length);
  }
}
