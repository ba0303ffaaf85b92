import { UnfoldError } from "../../errors.ts";
import type { NetworkLimits } from "./limits.ts";

/** The three clocks of an exchange: to the headers, between two pieces of the body, and for the whole. */
export class Deadlines {
  private readonly host: string;
  private readonly limits: NetworkLimits;
  private readonly stop: (error: UnfoldError) => void;
  private step: NodeJS.Timeout;
  private readonly whole: NodeJS.Timeout;

  /** `stop` is called once with the `TIMEOUT` of the clock that ran out first. */
  constructor(host: string, limits: NetworkLimits, wholeMs: number, stop: (error: UnfoldError) => void) {
    this.host = host;
    this.limits = limits;
    this.stop = stop;
    this.step = this.start("did not answer", limits.headersMs);
    this.whole = this.start("did not complete its answer", wholeMs);
  }

  /** The headers are there; interim answers (1xx) are none. */
  expectBody(): void {
    clearTimeout(this.step);
    this.step = this.start("sent nothing more", this.limits.idleMs);
  }

  refresh(): void {
    this.step.refresh();
  }

  clear(): void {
    clearTimeout(this.step);
    clearTimeout(this.whole);
  }

  private start(what: string, ms: number): NodeJS.Timeout {
    return setTimeout(() => this.stop(timeout(`${this.host} ${what}`, ms)), ms);
  }
}

function timeout(what: string, ms: number): UnfoldError {
  const hint = "Try again later, or with a lower --concurrency.";
  return new UnfoldError("TIMEOUT", { what, seconds: ms / 1000 }, { hint });
}
