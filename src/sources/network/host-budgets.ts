import { Pacer } from "./pacer.ts";

/** What each host allows, for all sources of a run: requests at once, halved for all, and waits that all keep. */
export class HostBudgets {
  private readonly pacers = new Map<string, Pacer>();

  pacerFor(host: string, concurrency: number): Pacer {
    const pacer = this.pacers.get(host) ?? new Pacer(concurrency);
    this.pacers.set(host, pacer);
    return pacer;
  }
}
