import { compareNatural } from "../format/natural.ts";

/** Numbers for the parts of tensor names between dots: a checkpoint of 100,000 tensors has a few hundred. */
export class SegmentTable {
  /** UTF-8 of every segment, one behind the other. */
  private pool = new Uint8Array(0);
  private starts = new Int32Array(0);
  private hashes = new Int32Array(0);
  private slots = new Int32Array(0);
  private texts: (string | undefined)[] = [];
  private ranks: Int32Array | undefined;
  count = 0;

  constructor() {
    // Assigned a second time on purpose: see growable.ts.
    this.pool = new Uint8Array(1024);
    this.starts = new Int32Array(65);
    this.hashes = new Int32Array(65);
    this.slots = new Int32Array(256).fill(-1);
  }

  /** The number of the segment in `bytes[begin, end)`, given for the first time or found again. */
  intern(bytes: Uint8Array, begin: number, end: number): number {
    let hash = end - begin;
    for (let i = begin; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
    let slot = scramble(hash) & (this.slots.length - 1);
    for (;;) {
      const id = this.slots[slot] as number;
      if (id < 0) return this.add(bytes, begin, end, hash, slot);
      if (this.hashes[id] === hash && this.equals(id, bytes, begin, end)) return id;
      slot = (slot + 1) & (this.slots.length - 1);
    }
  }

  /** The number of a segment that is known, else -1. */
  find(text: string): number {
    const bytes = Buffer.from(text, "utf8");
    let hash = bytes.length;
    for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
    for (let slot = scramble(hash) & (this.slots.length - 1); ; slot = (slot + 1) & (this.slots.length - 1)) {
      const id = this.slots[slot] as number;
      if (id < 0 || this.equals(id, bytes, 0, bytes.length)) return id;
    }
  }

  /** Whether one of the texts is a segment: what asks for names by their words need not look at any name where none is. */
  hasAny(texts: Iterable<string>): boolean {
    for (const text of texts) if (this.find(text) >= 0) return true;
    return false;
  }

  text(id: number): string {
    let text = this.texts[id];
    if (text === undefined) {
      text = Buffer.from(this.pool.buffer, this.starts[id], this.length(id)).toString("utf8");
      this.texts[id] = text;
    }
    return text;
  }

  /** Rank of each segment in natural order (`2` before `10`); computed once after the last segment came. */
  naturalRanks(): Int32Array {
    if (this.ranks?.length === this.count) return this.ranks;
    const order = Array.from({ length: this.count }, (_, id) => id);
    order.sort((a, b) => compareNatural(this.text(a), this.text(b)));
    const ranks = new Int32Array(this.count);
    order.forEach((id, rank) => {
      ranks[id] = rank;
    });
    this.ranks = ranks;
    return ranks;
  }

  private length(id: number): number {
    return (this.starts[id + 1] as number) - (this.starts[id] as number);
  }

  private equals(id: number, bytes: Uint8Array, begin: number, end: number): boolean {
    const start = this.starts[id] as number;
    if (this.length(id) !== end - begin) return false;
    for (let i = begin, p = start; i < end; i++, p++) if (bytes[i] !== this.pool[p]) return false;
    return true;
  }

  private add(bytes: Uint8Array, begin: number, end: number, hash: number, slot: number): number {
    const id = this.count++;
    const start = this.starts[id] as number;
    const stop = start + (end - begin);
    if (stop > this.pool.length) this.pool = grow(this.pool, stop);
    this.pool.set(bytes.subarray(begin, end), start);
    if (id + 2 > this.starts.length) {
      this.starts = growInts(this.starts);
      this.hashes = growInts(this.hashes);
    }
    this.starts[id + 1] = stop;
    this.hashes[id] = hash;
    this.slots[slot] = id;
    if (this.count * 2 > this.slots.length) this.rehash();
    return id;
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (let id = 0; id < this.count; id++) {
      let slot = scramble(this.hashes[id] as number) & (slots.length - 1);
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = id;
    }
    this.slots = slots;
  }
}

function scramble(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}

function grow(bytes: Uint8Array, atLeast: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.max(atLeast, bytes.length * 2));
  grown.set(bytes);
  return grown;
}

function growInts(ints: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(ints.length * 2);
  grown.set(ints);
  return grown;
}
