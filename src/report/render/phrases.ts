import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatQuantity, formatShortCount } from "../../format/count.ts";
import type { Report } from "../report.ts";
import type { Block } from "./document.ts";

/** `228,689,764,864 (228.69B)`: exact and short form travel together. */
export function exactAndShort(count: number): string {
  return count < 1000 ? formatCount(count) : `${formatCount(count)} (${formatShortCount(count)})`;
}

/** `1,234 parameters`, and of what where shards are missing. */
export function parametersPhrase(report: Report, count: number): string {
  const partial =
    report.checkpoint.shardsRead < report.checkpoint.shards ? " in the shards that could be read" : "";
  return `${exactAndShort(count)} ${count === 1 ? "parameter" : "parameters"}${partial}`;
}

/** Name and size of the checkpoint: the first line of every view. */
export function titleOf(report: Report): Block {
  const { checkpoint, source } = report;
  const read =
    checkpoint.shardsRead === checkpoint.shards ? "" : `${formatCount(checkpoint.shardsRead)} read of `;
  const size = `${read}${formatQuantity(checkpoint.shards, "shard")} · ${formatQuantity(checkpoint.tensors, "tensor")} · ${formatBytes(checkpoint.tensorBytes)}`;
  const at = source.revision === null ? "" : `@${source.revision}`;
  return { kind: "title", text: `${source.id}${at}`, aside: size };
}
