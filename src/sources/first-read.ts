/** How much of a shard a first read asks for, where every read is a request. */

/** Where nothing is known: 97 of 100 published files have shorter headers than this. */
const UNKNOWN_BYTES = 131_072;
const LEAST_BYTES = 16_384;
/** More would be weights of the shards with short headers; a longer header costs a second read. */
const MOST_BYTES = 4_194_304;
/** Headers seen before a smaller read is dared: the first shard often holds an embedding and little else. */
const ENOUGH_HEADERS = 8;
/** Of one model's headers, the longest exceeds those seen by little. */
const SPARE = 1.03;
/** An index line is shorter than the header entry of its tensor (name and file, against dtype, shape, offsets too). */
const HEADER_PER_INDEX_BYTE = 1.5;

/** Learns from the headers seen so far; begins with what the length of the index, where there is one, lets expect. */
export class FirstRead {
  private readonly beginBytes: number;
  private longestBytes = 0;
  private seen = 0;

  /** `indexBytes` and `shards` as listed; undefined and 0 where there is no index. */
  constructor(indexBytes: number | undefined, shards: number) {
    const expected =
      indexBytes === undefined || shards === 0
        ? UNKNOWN_BYTES
        : (HEADER_PER_INDEX_BYTE * indexBytes) / shards;
    this.beginBytes = clamp(expected);
  }

  note(headerBytes: number): void {
    this.seen++;
    this.longestBytes = Math.max(this.longestBytes, headerBytes + 8);
  }

  get bytes(): number {
    const learned = clamp(this.longestBytes * SPARE);
    return this.seen >= ENOUGH_HEADERS ? learned : Math.max(this.beginBytes, learned);
  }
}

function clamp(bytes: number): number {
  const whole = Math.ceil(bytes / 1024) * 1024;
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, whole));
}
