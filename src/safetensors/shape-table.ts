/** Numbers for shapes: a checkpoint has a few dozen distinct ones, whatever its tensor count. */
export class ShapeTable {
  readonly shapes: (readonly number[])[] = [];
  /** Elements by shape: the product of its dimensions, exact (checked when the shape was added). */
  readonly elements: number[] = [];
  /** Dimensions of all shapes, and one more for each: what the table costs. */
  numbers = 0;
  private readonly hashes: number[] = [];
  private slots = new Int32Array(0);

  constructor() {
    // Assigned a second time on purpose: see growable.ts.
    this.slots = new Int32Array(256).fill(-1);
  }

  /**
   * The number of the shape in `dims[0, rank)`, or -1 when it is new: the caller then checks the product
   * and calls `add`. Dimensions are integers below 2^53.
   */
  find(dims: Float64Array, rank: number): number {
    const mask = this.slots.length - 1;
    const hash = hashDims(dims, rank);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot] as number;
      if (id < 0) return -1;
      if (this.hashes[id] === hash && equalDims(this.shapes[id] as readonly number[], dims, rank)) return id;
    }
  }

  /** Adds a shape that `find` did not know. */
  add(dims: Float64Array, rank: number, elements: number): number {
    const id = this.shapes.length;
    this.shapes.push(Array.from(dims.subarray(0, rank)));
    this.elements.push(elements);
    this.numbers += rank + 1;
    this.hashes.push(hashDims(dims, rank));
    if ((id + 1) * 2 > this.slots.length) {
      this.slots = new Int32Array(this.slots.length * 2).fill(-1);
      for (let known = 0; known < id; known++) this.place(known);
    }
    this.place(id);
    return id;
  }

  private place(id: number): void {
    const mask = this.slots.length - 1;
    let slot = (this.hashes[id] as number) & mask;
    while ((this.slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = id;
  }
}

function hashDims(dims: Float64Array, rank: number): number {
  let hash = rank;
  for (let i = 0; i < rank; i++) {
    const dim = dims[i] as number;
    hash = Math.imul(hash ^ (dim | 0) ^ Math.imul((dim / 0x100000000) | 0, 0x27d4eb2f), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash & 0x7fffffff;
}

function equalDims(shape: readonly number[], dims: Float64Array, rank: number): boolean {
  if (shape.length !== rank) return false;
  for (let i = 0; i < rank; i++) if (shape[i] !== dims[i]) return false;
  return true;
}
