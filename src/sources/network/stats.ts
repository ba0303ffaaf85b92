import type { ReadStats } from "../source.ts";

/** Counts as they grow; `ReadStats` says what each one means. */
export class NetworkStats implements ReadStats {
  requests = 0;
  exchanges = 0;
  rangedReads = 0;
  bytes = 0;
  retries = 0;
  cacheHits = 0;
}
