import { double, take } from "./memory";
import { bytesBeforeDot, firstBytes, mix } from "./words";

/** Where the text numbered last by `internPart` ended. */
export let partEnd: usize = 0;

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
    let hash: u64 = 0;
    const words = begin + (length & ~7);
    for (let at = begin; at < words; at += 8) hash = mix(hash, load<u64>(at));
    return this.number(begin, length, hash, firstBytes(load<u64>(words), length & 7));
  }

  /** The number of the text up to the first dot, or to `end` where none is before; its end is left in `partEnd`. */
  internPart(begin: usize, end: usize): i32 {
    let hash: u64 = 0;
    let at = begin;
    let word = load<u64>(at);
    let bytes = min(bytesBeforeDot(word), <i32>(end - at));
    while (bytes === 8) {
      hash = mix(hash, word);
      at += 8;
      word = load<u64>(at);
      bytes = min(bytesBeforeDot(word), <i32>(end - at));
    }
    partEnd = at + bytes;
    return this.number(begin, <i32>(partEnd - begin), hash, firstBytes(word, bytes));
  }

  /** Finds or adds a text, given the hash of its whole words and the bytes of its last. */
  @inline
  private number(begin: usize, length: i32, words: u64, rest: u64): i32 {
    const hash = mix(words ^ <u64>length, rest);
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

/** Bytes of a table itself: it lives at a fixed place, as there is no other use for a run-time library. */
export const TABLE_BYTES: i32 = 64;
