import { gunzipSync, gzipSync } from "node:zlib";
import { UnfoldError } from "../errors.ts";

/**
 * The header snapshot: everything that was read of a checkpoint, in one small JSON file. It is a lossless
 * compression of bytes, so every command says of a snapshot what it said of the checkpoint, damage included.
 *
 * A header that the usual writers wrote is kept as columns: names in front coding (characters shared with the name
 * before, then the rest) and a number for each pair of dtype and shape; offsets follow from sizes. Any other
 * header is kept as its text.
 */
export interface Snapshot {
  readonly unfoldSnapshot: 1;
  readonly source: {
    readonly kind: string;
    readonly id: string;
    readonly revision: string | null;
    readonly commit: string | null;
    readonly subfolder: string | null;
  };
  /** A file that was named instead of the whole source. */
  readonly chosenFile: string | null;
  readonly files: readonly SnapshotFile[];
}

export type SnapshotFile =
  | { readonly path: string; readonly kind: "text"; readonly text: string }
  | { readonly path: string; readonly kind: "bytes"; readonly base64: string; readonly fileBytes: number }
  | { readonly path: string; readonly kind: "listed"; readonly fileBytes: number | null }
  | {
      readonly path: string;
      readonly kind: "failed";
      readonly code: string;
      readonly details: unknown;
      readonly hint: string | null;
    }
  | ({ readonly path: string; readonly kind: "shard"; readonly fileBytes: number } & HeaderColumns)
  | ({ readonly path: string; readonly kind: "index" } & IndexColumns);

/** A header in the common spelling. */
export interface HeaderColumns {
  /** `__metadata__` as it stood first in the header; null where there was none. */
  readonly metadata: Readonly<Record<string, string>> | null;
  /** Spaces behind the closing brace. */
  readonly padding: number;
  /** [dtype, shape, bytes] of each distinct kind of tensor. */
  readonly kinds: readonly (readonly [string, readonly number[], number])[];
  /** Front-coded names: shared characters and rest, in turn. */
  readonly names: readonly (number | string)[];
  /** Number of the kind of each tensor, run-length coded: kind, count, in turn. */
  readonly kindRuns: readonly number[];
}

/** An index as huggingface_hub writes it: sorted names, two-space indent. */
export interface IndexColumns {
  readonly metadata: unknown;
  readonly shards: readonly string[];
  readonly names: readonly (number | string)[];
  /** Number of the shard of each name, run-length coded. */
  readonly shardRuns: readonly number[];
  readonly newlineAtEnd: boolean;
}

/** Bytes of a snapshot once unpacked; the headers of the largest known checkpoint would take 60 MB. */
export const MAX_SNAPSHOT_BYTES = 500_000_000;

/** Snapshot → bytes of a file, gzipped where its name says so. Deterministic: no time, no name, no system in it. */
export function packSnapshot(snapshot: Snapshot, gzip: boolean): Uint8Array {
  const json = Buffer.from(`${JSON.stringify(snapshot)}\n`, "utf8");
  if (!gzip) return json;
  const packed = gzipSync(json, { level: 9 });
  packed[9] = 0xff; // the "operating system" byte: unknown, on all of them
  return packed;
}

/** Bytes of a file → snapshot, with the types of its own format checked. Throws `SNAPSHOT_INVALID`. */
export function unpackSnapshot(bytes: Uint8Array): Snapshot {
  let value: unknown;
  try {
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const json = isGzip ? gunzipSync(bytes, { maxOutputLength: MAX_SNAPSHOT_BYTES }) : Buffer.from(bytes);
    value = JSON.parse(json.toString("utf8"));
  } catch (error) {
    throw new UnfoldError(
      "SNAPSHOT_INVALID",
      { problem: "neither JSON nor gzipped JSON of a sensible size" },
      { cause: error },
    );
  }
  if (!isSnapshot(value)) {
    const hint = "Write it anew with `unfold snapshot`; a newer version of unfold may have made it.";
    throw new UnfoldError(
      "SNAPSHOT_INVALID",
      { problem: "it does not follow version 1 of the format" },
      { hint },
    );
  }
  return value;
}

function isSnapshot(value: unknown): value is Snapshot {
  const snapshot = value as Snapshot;
  return (
    typeof value === "object" &&
    value !== null &&
    snapshot.unfoldSnapshot === 1 &&
    typeof snapshot.source === "object" &&
    snapshot.source !== null &&
    typeof snapshot.source.id === "string" &&
    Array.isArray(snapshot.files) &&
    snapshot.files.every((file) => typeof file === "object" && file !== null && typeof file.path === "string")
  );
}

/** Header text → columns, or undefined where the columns would not give back every byte. */
export function encodeHeader(json: Uint8Array): HeaderColumns | undefined {
  const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8");
  let header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  try {
    header = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) return undefined;
  const { __metadata__: metadata = null, ...tensors } = header as typeof header & {
    __metadata__?: Record<string, string> | null;
  };
  const kinds = new Map<string, number>();
  const kindList: [string, number[], number][] = [];
  const kindNumbers: number[] = [];
  for (const tensor of Object.values(tensors)) {
    if (!Array.isArray(tensor?.data_offsets) || !Array.isArray(tensor.shape)) return undefined;
    const bytes = (tensor.data_offsets[1] ?? 0) - (tensor.data_offsets[0] ?? 0);
    const key = JSON.stringify([tensor.dtype, tensor.shape, bytes]);
    if (!kinds.has(key)) kindList.push([tensor.dtype, tensor.shape, bytes]);
    kindNumbers.push(kinds.get(key) ?? kinds.set(key, kinds.size).size - 1);
  }
  const padding = text.length - text.trimEnd().length;
  const columns: HeaderColumns = {
    metadata: metadata as HeaderColumns["metadata"],
    padding,
    kinds: kindList,
    names: frontCode(Object.keys(tensors)),
    kindRuns: runLengths(kindNumbers),
  };
  return Buffer.from(decodeHeader(columns)).equals(json) ? columns : undefined;
}

/** Columns → header text, as the reference writer spells it. */
export function decodeHeader(columns: HeaderColumns): Uint8Array {
  const parts: string[] = [];
  if (columns.metadata !== null) parts.push(`"__metadata__":${JSON.stringify(columns.metadata)}`);
  const kindNumbers = expandRuns(columns.kindRuns);
  let offset = 0;
  for (const [k, name] of expandNames(columns.names).entries()) {
    const kind = columns.kinds[kindNumbers[k] as number];
    if (kind === undefined)
      throw new UnfoldError("SNAPSHOT_INVALID", { problem: "a tensor without dtype and shape" });
    const [dtype, shape, bytes] = kind;
    const end = offset + bytes;
    parts.push(
      `${JSON.stringify(name)}:{"dtype":${JSON.stringify(dtype)},"shape":${JSON.stringify(shape)},"data_offsets":[${offset},${end}]}`,
    );
    offset = end;
  }
  return Buffer.from(
    `{${parts.join(",")}}${" ".repeat(Math.min(columns.padding, MAX_SNAPSHOT_BYTES))}`,
    "utf8",
  );
}

/** Index text → columns, or undefined where the columns would not give back every byte. */
export function encodeIndex(json: Uint8Array): IndexColumns | undefined {
  const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8");
  let index: { metadata?: unknown; weight_map?: Record<string, string> };
  try {
    index = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof index?.weight_map !== "object" || index.weight_map === null) return undefined;
  const shards = [...new Set(Object.values(index.weight_map))];
  const numbers = new Map(shards.map((shard, k) => [shard, k]));
  const columns: IndexColumns = {
    metadata: index.metadata,
    shards,
    names: frontCode(Object.keys(index.weight_map)),
    shardRuns: runLengths(Object.values(index.weight_map).map((shard) => numbers.get(shard) as number)),
    newlineAtEnd: text.endsWith("\n"),
  };
  return Buffer.from(decodeIndex(columns)).equals(json) ? columns : undefined;
}

/** Columns → index text, as huggingface_hub spells it. */
export function decodeIndex(columns: IndexColumns): Uint8Array {
  const numbers = expandRuns(columns.shardRuns);
  const lines = expandNames(columns.names).map(
    (name, k) => `    ${JSON.stringify(name)}: ${JSON.stringify(columns.shards[numbers[k] as number] ?? "")}`,
  );
  const metadata = JSON.stringify(columns.metadata, null, 2)?.replaceAll("\n", "\n  ");
  const head = metadata === undefined ? "" : `  "metadata": ${metadata},\n`;
  return Buffer.from(
    `{\n${head}  "weight_map": {\n${lines.join(",\n")}\n  }\n}${columns.newlineAtEnd ? "\n" : ""}`,
    "utf8",
  );
}

function frontCode(names: readonly string[]): (number | string)[] {
  const coded: (number | string)[] = [];
  let before = "";
  for (const name of names) {
    let shared = 0;
    while (shared < name.length && name.charCodeAt(shared) === before.charCodeAt(shared)) shared++;
    coded.push(shared, name.slice(shared));
    before = name;
  }
  return coded;
}

function expandNames(coded: readonly (number | string)[]): string[] {
  const names: string[] = [];
  let before = "";
  for (let k = 0; k + 1 < coded.length; k += 2) {
    before = before.slice(0, coded[k] as number) + String(coded[k + 1]);
    names.push(before);
  }
  return names;
}

function runLengths(values: readonly number[]): number[] {
  const runs: number[] = [];
  for (const value of values) {
    if (runs.length > 0 && runs[runs.length - 2] === value)
      runs[runs.length - 1] = (runs[runs.length - 1] as number) + 1;
    else runs.push(value, 1);
  }
  return runs;
}

function expandRuns(runs: readonly number[]): number[] {
  const values: number[] = [];
  for (let k = 0; k + 1 < runs.length; k += 2) {
    const count = Math.min(runs[k + 1] as number, MAX_SNAPSHOT_BYTES - values.length);
    for (let n = 0; n < count; n++) values.push(runs[k] as number);
  }
  return values;
}
