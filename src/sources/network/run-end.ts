import { UnfoldError } from "../../errors.ts";

/** Told once why everything ends. */
type Listener = (reason: UnfoldError) => void;

/**
 * The end of a run (Ctrl-C, `--timeout`, closing) as all that waits hears of it. One listener on the signal, however
 * many requests and retries wait: what waits is rejected, whether or not it has a socket that could be destroyed.
 */
export class RunEnd {
  private readonly signal: AbortSignal;
  private readonly listeners = new Set<Listener>();
  private given: UnfoldError | undefined;
  private readonly onAbort = () => this.finish(reasonOf(this.signal));

  constructor(signal: AbortSignal) {
    this.signal = signal;
    if (signal.aborted) this.given = reasonOf(signal);
    else signal.addEventListener("abort", this.onAbort, { once: true });
  }

  /** Why the run is over; undefined while it goes on. */
  get reason(): UnfoldError | undefined {
    return this.given;
  }

  throwIfOver(): void {
    if (this.given !== undefined) throw this.given;
  }

  /** Calls `listener` at the end, at once where that has come. Returns what takes it off again. */
  listen(listener: Listener): () => void {
    if (this.given !== undefined) {
      listener(this.given);
      return () => {};
    }
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Waits; rejects with the reason when the run ends before. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        forget();
        resolve();
      }, ms);
      const forget = this.listen((reason) => {
        clearTimeout(timer);
        reject(reason);
      });
    });
  }

  /** Ends it now; the first reason counts. */
  finish(reason: UnfoldError): void {
    this.signal.removeEventListener("abort", this.onAbort);
    if (this.given !== undefined) return;
    this.given = reason;
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener(reason);
  }
}

function reasonOf(signal: AbortSignal): UnfoldError {
  const reason: unknown = signal.reason;
  return reason instanceof UnfoldError ? reason : new UnfoldError("INTERRUPTED", {});
}
