/** How much of a shard a first read asks for, where every read is a request. */

/** Where nothing is known: 97 of 100 published files have shorter headers than this. */
const UNKNOWN_BYTES = 131_072;
const LEAST_BYTES = 16_384;
/** More would be weights of the shards with short headers; a longer header costs a second read. */
const MOST_BYTES = 4_194_304;
/** Headers seen before a smaller read is dared: the first shard often holds an embedding and little else. */
const ENOUGH_HEADERS = 8;
/** Headers remembered: enough to know a model's, few enough to be sorted after each. */
const MOST_HEADERS = 128;
/** Of one model's headers, those to come exceed those seen by little. */
const SPARE = 1.03;
/**
 * A header entry takes some 1.3 times the bytes of the tensor's line in the index (dtype, shape and offsets against the
 * file's name), and the longest header of a model some 1.45 times the average.
 */
const HEADER_PER_INDEX_BYTE = 1.9;
/** Shards up to which it is quicker to read all at once than to learn from the first. */
const FEW_SHARDS = 16;
/** Shards in a hundred that may need a second read, where that saves bytes of all the others. */
const SECOND_READ_SHARE = 0.13;

/**
 * Learns from the headers seen so far, and begins with what the length of the index, where there is one, lets expect.
 * With an index the longest header counts: what it costs is little beside the index. Without one the headers are nearly
 * all that is fetched, and a few long ones (a fifth of a model's length more) may take a second read instead.
 */
export class FirstRead {
  private readonly hasIndex: boolean;
  private readonly shards: number;
  private readonly beginBytes: number;
  private readonly lengths: number[] = [];
  private learnedBytes = 0;

  /** `indexBytes` and `shards` as listed; undefined and 0 where nothing is. */
  constructor(indexBytes: number | undefined, shards: number) {
    this.hasIndex = indexBytes !== undefined;
    this.shards = shards;
    const isKnown = indexBytes !== undefined && shards > 0;
    this.beginBytes = clamp(isKnown ? (HEADER_PER_INDEX_BYTE * indexBytes) / shards : UNKNOWN_BYTES);
  }

  note(headerBytes: number): void {
    if (this.lengths.length === MOST_HEADERS) return;
    this.lengths.push(headerBytes + 8);
    this.lengths.sort((a, b) => a - b);
    const allowed = this.hasIndex ? 0 : Math.floor(this.lengths.length * SECOND_READ_SHARE);
    this.learnedBytes = clamp((this.lengths.at(-1 - allowed) ?? 0) * SPARE);
  }

  get bytes(): number {
    return this.lengths.length >= ENOUGH_HEADERS
      ? this.learnedBytes
      : Math.max(this.beginBytes, this.learnedBytes);
  }

  /** Shards to read at once, of so many that may: few while every read is a guess that the next could improve. */
  limit(concurrency: number): number {
    const isGuess = !this.hasIndex && this.shards > FEW_SHARDS && this.lengths.length < ENOUGH_HEADERS;
    return isGuess ? Math.min(ENOUGH_HEADERS, concurrency) : concurrency;
  }
}

function clamp(bytes: number): number {
  const whole = Math.ceil(bytes / 1024) * 1024;
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, whole));
}
