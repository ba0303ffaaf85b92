/**
 * Requests at once: as many as allowed, half as many from the moment a server says that it is too much (429, 503),
 * for the rest of the run.
 */
export class Pacer {
  private limit: number;
  private running = 0;
  private halvedAtStart = 0;
  private starts = 0;
  private readonly waiting: (() => void)[] = [];
  private held: Promise<void> | undefined;

  constructor(concurrency: number) {
    this.limit = concurrency;
  }

  get concurrency(): number {
    return this.limit;
  }

  /** Waits for a free place; the number returned says when this request started, for `slowDown`. */
  async enter(): Promise<number> {
    // A place that is handed over was never given back, so `running` stays as it is.
    if (this.running < this.limit) this.running++;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    while (this.held !== undefined) await this.held;
    return ++this.starts;
  }

  leave(): void {
    const next = this.running <= this.limit ? this.waiting.shift() : undefined;
    if (next === undefined) this.running--;
    else next();
  }

  /** Nobody starts before this is over: what a server asks of one request it means for all. */
  hold(wait: Promise<void>): void {
    const held = wait
      .catch(() => {}) // told to whoever waits
      .then(() => {
        if (this.held === held) this.held = undefined;
      });
    this.held = held;
  }

  /** Halves once for all requests that were under way together: thirty refusals of one burst are one message. */
  slowDown(start: number): void {
    if (start <= this.halvedAtStart) return;
    this.halvedAtStart = this.starts;
    this.limit = Math.max(1, Math.floor(this.limit / 2));
  }
}
