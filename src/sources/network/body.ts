/** How much of a body is taken, and what a byte more means: an error, or the end of our interest. */
export interface BodyPlan {
  readonly maxBytes: number;
  /** Made when more than `maxBytes` comes; without it the rest is left and its connection closed. */
  readonly surplus?: () => Error;
  /** The body must be as long as the plan: one that ends earlier was cut. */
  readonly isExact?: boolean;
}

/** Collects a body of known or unknown length; nothing is allocated by a length above the plan's. */
export class BodyCollector {
  receivedBytes = 0;
  private readonly plan: BodyPlan;
  private readonly contentBytes: number | null;
  private readonly whole: Buffer | undefined;
  private readonly parts: Buffer[] = [];

  constructor(plan: BodyPlan, contentBytes: number | undefined) {
    this.plan = plan;
    this.contentBytes = contentBytes ?? null;
    if (contentBytes !== undefined && contentBytes <= plan.maxBytes)
      this.whole = Buffer.allocUnsafeSlow(contentBytes);
  }

  /** Takes a chunk; true when nothing more is wanted although more may come. Throws the plan's error on surplus. */
  add(chunk: Buffer): boolean {
    const room = this.plan.maxBytes - this.receivedBytes;
    if (chunk.length > room && this.plan.surplus !== undefined) throw this.plan.surplus();
    const taken = chunk.length > room ? chunk.subarray(0, room) : chunk;
    if (this.whole !== undefined) this.whole.set(taken, this.receivedBytes);
    else this.parts.push(taken);
    this.receivedBytes += taken.length;
    // A body of known length within the plan is read to its end, which keeps the connection.
    return (
      this.whole === undefined && this.plan.surplus === undefined && this.receivedBytes >= this.plan.maxBytes
    );
  }

  /** The length promised, null where none was. */
  get expectedBytes(): number | null {
    return this.plan.isExact === true ? this.plan.maxBytes : this.contentBytes;
  }

  /** Whether a body that ended here is what was promised. */
  get isComplete(): boolean {
    return this.plan.isExact !== true || this.receivedBytes === this.plan.maxBytes;
  }

  take(): Buffer {
    if (this.whole !== undefined) return this.whole.subarray(0, this.receivedBytes);
    return this.parts.length === 1 && this.parts[0] !== undefined ? this.parts[0] : Buffer.concat(this.parts);
  }
}
