import { double, take } from "./memory";

/**
 * Numbers for short texts: parts of tensor names, names of shards. Texts are kept zero-padded to whole words, so that
 * hashing and comparing go eight bytes at a time.
 */
@unmanaged
export class SegmentTable {
  count: i32;
  /** Where the text of a segment begins in the pool, and its bytes: two integers each. */
  places: usize;
  pool: usize;
  private poolUsed: i32;
  private poolBytes: i32;
  private capacity: i32;
  private hashes: usize;
  /** 1 + a number, 0 for a free slot. */
  private slots: usize;
  private mask: i32;

  start(): void {
    this.count = 0;
    this.poolUsed = 0;
    this.poolBytes = 16_384;
    this.pool = take(this.poolBytes);
    this.capacity = 1024;
    this.places = take(this.capacity * 8);
    this.hashes = take(this.capacity * 4);
    this.mask = 4 * this.capacity - 1;
    this.slots = take(16 * this.capacity);
  }

  /** The number of the text; memory up to 8 bytes behind it must be readable. */
  intern(begin: usize, length: i32): i32 {
    let hash: u64 = length;
    const words = begin + (length & ~7);
    for (let at = begin; at < words; at += 8) hash = mix(hash, load<u64>(at));
    const rest = load<u64>(words) & (((<u64>1) << ((length & 7) << 3)) - 1);
    hash = mix(hash, rest);
    const short = <i32>(hash ^ (hash >> 32));
    let slot = short & this.mask;
    for (;;) {
      const id = load<i32>(this.slots + (slot << 2)) - 1;
      if (id < 0) break;
      if (load<i32>(this.hashes + (id << 2)) === short && this.equals(id, begin, length, rest)) return id;
      slot = (slot + 1) & this.mask;
    }
    return this.add(begin, length, short, slot);
  }

  /** Whether a known text is this one; `rest` are the bytes of its last word. */
  @inline
  private equals(id: i32, begin: usize, length: i32, rest: u64): bool {
    const place = this.places + (id << 3);
    if (load<i32>(place, 4) !== length) return false;
    let known = this.pool + load<i32>(place);
    const words = begin + (length & ~7);
    for (let at = begin; at < words; at += 8, known += 8) if (load<u64>(at) !== load<u64>(known)) return false;
    return load<u64>(known) === rest;
  }

  private add(begin: usize, length: i32, hash: i32, slot: i32): i32 {
    const id = this.count++;
    if (id === this.capacity) {
      this.places = double(this.places, this.capacity * 8);
      this.hashes = double(this.hashes, this.capacity * 4);
      this.capacity *= 2;
    }
    const room = (length & ~7) + 8;
    if (this.poolUsed + room > this.poolBytes) this.growPool(room);
    const place = this.places + (id << 3);
    store<i32>(place, this.poolUsed);
    store<i32>(place, length, 4);
    memory.copy(this.pool + this.poolUsed, begin, length);
    this.poolUsed += room;
    store<i32>(this.hashes + (id << 2), hash);
    store<i32>(this.slots + (slot << 2), id + 1);
    if (this.count * 2 > this.mask) this.rehash();
    return id;
  }

  private growPool(room: i32): void {
    const used = this.pool;
    const usedBytes = this.poolUsed;
    while (usedBytes + room > this.poolBytes) this.poolBytes *= 2;
    this.pool = take(this.poolBytes);
    memory.copy(this.pool, used, usedBytes);
  }

  private rehash(): void {
    this.mask = 2 * this.mask + 1;
    this.slots = take((this.mask + 1) << 2);
    for (let id = 0; id < this.count; id++) {
      let slot = load<i32>(this.hashes + (id << 2)) & this.mask;
      while (load<i32>(this.slots + (slot << 2)) !== 0) slot = (slot + 1) & this.mask;
      store<i32>(this.slots + (slot << 2), id + 1);
    }
  }
}

@inline
function mix(hash: u64, word: u64): u64 {
  return rotl<u64>((hash ^ word) * 0x9e3779b97f4a7c15, 29);
}

/** Bytes of a table itself: it lives at a fixed place, as there is no other use for a run-time library. */
export const TABLE_BYTES: i32 = 64;
