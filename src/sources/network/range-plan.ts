import type { IncomingHttpHeaders } from "node:http";
import { UnfoldError } from "../../errors.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";
import type { BodyPlan } from "./body.ts";
import { parseContentRange, parseLength } from "./content-range.ts";

/**
 * What of an answer to `Range: bytes=begin-(end-1)` is read. A 206 must be exactly a part that was asked for; of a 200
 * (the server ignores ranges) only as much as was asked for, and only if that was the beginning. Everything else throws
 * before a byte is read.
 */
export function planRange(begin: number, end: number, host: string) {
  const asked = `${formatCount(begin)}-${formatCount(end - 1)}`;
  const invalid = (problem: string) => {
    const hint = "A proxy or mirror in between may be at fault: try another endpoint, or download the file.";
    return new UnfoldError("RANGE_INVALID", { asked, problem }, { hint });
  };
  return (status: number, headers: IncomingHttpHeaders): BodyPlan => {
    refuseEncoding(headers);
    if (status === 200) {
      if (begin > 0) throw rangeUnsupported(host);
      return { maxBytes: end };
    }
    if (status !== 206) throw invalid(`the answer has status ${status}`);
    if (/^multipart\//i.test(headers["content-type"] ?? ""))
      throw invalid("the answer comes in several parts");
    const range = parseContentRange(headers["content-range"]);
    if (range === undefined) throw invalid("the answer does not say which bytes of how many it holds");
    if (range.begin !== begin) throw invalid(`the answer starts at byte ${formatCount(range.begin)}`);
    if (range.end > end) throw invalid(`the answer ends at byte ${formatCount(range.end - 1)}`);
    const maxBytes = range.end - range.begin;
    const surplus = () =>
      invalid(`the answer holds more than the ${formatQuantity(maxBytes, "byte")} it promised`);
    const length = parseLength(headers["content-length"]);
    if (length !== undefined && length > maxBytes) throw surplus();
    return { maxBytes, surplus, isExact: true };
  };
}

/** Compressed bytes have other positions than those asked for, and may be a bomb. */
export function refuseEncoding(headers: IncomingHttpHeaders): void {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "" || encoding.toLowerCase() === "identity") return;
  const hint = "A proxy in between may compress what it should not.";
  throw new UnfoldError("ENCODING_UNEXPECTED", { encoding }, { hint });
}

export function rangeUnsupported(host: string): UnfoldError {
  return new UnfoldError(
    "RANGE_UNSUPPORTED",
    { host },
    { hint: "Download the file and give its path instead." },
  );
}
