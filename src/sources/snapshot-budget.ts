import { UnfoldError } from "../errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { quoteForMessage } from "../format/escape.ts";
import { MAX_EXPANDED_BYTES, MAX_EXPANDED_FILE_BYTES } from "./snapshot-limits.ts";

/**
 * Bytes that a snapshot may still expand to. Asked before each expansion: two hundred bytes of gzip can say "half a
 * billion tensors" or "four hundred million spaces", eight times.
 */
export class ExpansionBudget {
  private left = MAX_EXPANDED_BYTES;
  private leftOfFile = MAX_EXPANDED_FILE_BYTES;
  private path = "";

  /** What follows is of this file. */
  begin(path: string): void {
    this.path = path;
    this.leftOfFile = MAX_EXPANDED_FILE_BYTES;
  }

  /** Throws `SNAPSHOT_INVALID` where these bytes are more than are left. */
  reserve(bytes: number): void {
    this.left -= bytes;
    this.leftOfFile -= bytes;
    if (this.leftOfFile < 0)
      throw this.spent(`${quoteForMessage(this.path)} expands`, MAX_EXPANDED_FILE_BYTES);
    if (this.left < 0) throw this.spent("its files expand", MAX_EXPANDED_BYTES);
  }

  private spent(what: string, limit: number): UnfoldError {
    return new UnfoldError("SNAPSHOT_INVALID", { problem: `${what} to more than ${formatBytes(limit)}` });
  }
}
