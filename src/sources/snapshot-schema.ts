import { detailFieldsOf, type ErrorCode, isErrorCode } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import {
  anything,
  count,
  exactly,
  type FieldsOf,
  flag,
  type Holds,
  listOf,
  type Mismatch,
  misfit,
  object,
  oneOf,
  orNull,
  recordOf,
  ruled,
  type Schema,
  text,
  tuple,
  variants,
} from "./schema.ts";
import { MAX_EXPANDED_FILE_BYTES, MAX_PATH_CHARACTERS } from "./snapshot-limits.ts";
import type { SourceFacts } from "./source.ts";

/*
 * Version 1 of the snapshot format, whole: what it holds, in which ranges, and what must agree with what. A snapshot is
 * sent around more readily than a checkpoint: it is outside text like any header, and is held against this before any
 * of it is used.
 */

const SOURCE_KINDS = {
  local: true,
  file: true,
  hub: true,
  http: true,
  s3: true,
  snapshot: true,
} satisfies Record<SourceFacts["kind"], true>;

/**
 * Whether a path is relative and leads nowhere else on any system. Names of files may hold what names in an index may not: a
 * folder on a disk holds what it holds.
 */
export function isSnapshotPath(path: string): boolean {
  return (
    path.length <= MAX_PATH_CHARACTERS &&
    !path.includes("\0") &&
    !/^([A-Za-z]:)?[/\\]/.test(path) &&
    path.split("/").every((segment) => segment !== "" && segment !== ".") &&
    !path.split(/[/\\]/).includes("..")
  );
}

const path: Schema<string> = ruled(text, (value) =>
  isSnapshotPath(value) ? undefined : misfit("a path inside the source", value),
);

const base64: Schema<string> = ruled(text, (value) =>
  value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? undefined : misfit("base64", value),
);

/** Front-coded names: characters shared with the name before, and the rest, in turn. */
const names: Schema<readonly (number | string)[]> = (value) => {
  if (!Array.isArray(value) || value.length % 2 !== 0) return misfit("a list of pairs", value);
  let before = 0;
  for (let k = 0; k < value.length; k += 2) {
    const shared: unknown = value[k];
    const rest: unknown = value[k + 1];
    const isShared =
      typeof shared === "number" && Number.isInteger(shared) && shared >= 0 && shared <= before;
    if (!isShared)
      return { ...misfit(`a whole number up to the ${before} characters before`, shared), at: `[${k}]` };
    if (typeof rest !== "string") return { ...misfit("text", rest), at: `[${k + 1}]` };
    before = shared + rest.length;
  }
  return undefined;
};

/** Run-length coded numbers: number, how often, in turn. */
const runs: Schema<readonly number[]> = ruled(listOf(count()), (value) =>
  value.length % 2 === 0 ? undefined : misfit("a list of pairs", value),
);

const HEADER_FIELDS = {
  /** `__metadata__` as it stood first in the header; null where there was none. */
  metadata: orNull(recordOf(text)),
  /** Spaces behind the closing brace. */
  padding: count(MAX_EXPANDED_FILE_BYTES),
  /** [dtype, shape, bytes] of each distinct kind of tensor. */
  kinds: listOf(tuple<[string, readonly number[], number]>(text, listOf(count()), count())),
  names,
  /** Number of the kind of each tensor. */
  kindRuns: runs,
};

/** A header in the common spelling. */
export type HeaderColumns = Holds<Schema<FieldsOf<typeof HEADER_FIELDS>>>;

function findHeaderMismatch({ kinds, names, kindRuns }: HeaderColumns): Mismatch | undefined {
  const found = findRunMismatch("kindRuns", kindRuns, kinds.length, names.length / 2);
  if (found !== undefined) return found;
  let end = 0;
  for (let k = 0; k < kindRuns.length; k += 2)
    end += (kindRuns[k + 1] as number) * (kinds[kindRuns[k] as number]?.[2] ?? 0);
  return Number.isSafeInteger(end) ? undefined : { at: "kinds", problem: "their bytes pass 2^53" };
}

const INDEX_FIELDS = {
  metadata: anything,
  /** Names of shards as the index gives them: it is the loader that refuses one. */
  shards: listOf(text),
  names,
  /** Number of the shard of each name. */
  shardRuns: runs,
  newlineAtEnd: flag,
};

/** An index as huggingface_hub writes it: sorted names, two-space indent. */
export type IndexColumns = Holds<Schema<FieldsOf<typeof INDEX_FIELDS>>>;

function findIndexMismatch({ shards, names, shardRuns }: IndexColumns): Mismatch | undefined {
  return findRunMismatch("shardRuns", shardRuns, shards.length, names.length / 2);
}

/** Runs stand for what is there, and add up to the names. */
function findRunMismatch(
  at: string,
  runs: readonly number[],
  numbers: number,
  wanted: number,
): Mismatch | undefined {
  let total = 0;
  for (let k = 0; k < runs.length; k += 2) {
    const number = runs[k] as number;
    if (number >= numbers) return { ...misfit(`a number below ${numbers}`, number), at: `${at}[${k}]` };
    total += runs[k + 1] as number;
  }
  return total === wanted ? undefined : { at, problem: `they add up to ${total}, for ${wanted} names` };
}

/** Codes that no file can have failed with: they end a run, each with an exit code of its own. */
const CODES_OF_RUNS: readonly ErrorCode[] = ["USAGE", "OUTPUT_FAILED", "INTERRUPTED", "INTERNAL"];

/** Whether a file can have failed with this code. */
export function isFailureCode(code: string): boolean {
  return isErrorCode(code) && !CODES_OF_RUNS.includes(code);
}

const failureCode: Schema<ErrorCode> = (value) =>
  typeof value === "string" && isFailureCode(value) ? undefined : misfit("a code of a failed read", value);

/** Types of the details of an error, as JSON holds them: an integer beyond its numbers is written in digits. */
const DETAILS = {
  text,
  texts: listOf(text),
  number: count(),
  integer: (value: unknown) =>
    typeof value === "string" && /^\d{1,20}$/.test(value) ? undefined : count()(value),
  flag,
  "text?": orNull(text),
  "number?": orNull(count()),
} satisfies Record<ReturnType<typeof detailFieldsOf>[string], Schema<unknown>>;

function findDetailMismatch({ code, details }: { readonly code: ErrorCode; readonly details: unknown }) {
  const fields = Object.entries(detailFieldsOf(code)).map(([name, type]) => [name, DETAILS[type]] as const);
  return object({ details: object(Object.fromEntries(fields)) })({ details });
}

const FILE = variants("kind", {
  text: object({ path, text }),
  bytes: object({ path, base64, fileBytes: count() }),
  listed: object({ path, fileBytes: orNull(count()) }),
  failed: ruled(
    object({ path, code: failureCode, details: anything, hint: orNull(text) }),
    findDetailMismatch,
  ),
  shard: ruled(object({ path, fileBytes: count(), ...HEADER_FIELDS }), findHeaderMismatch),
  index: ruled(object({ path, ...INDEX_FIELDS }), findIndexMismatch),
});

export type SnapshotFile = Holds<typeof FILE>;

/** A file is told by its path, where it has one. */
function labelOf(file: unknown): string {
  const named = (file as { readonly path?: unknown } | null)?.path;
  return typeof named === "string" ? ` (${quoteForMessage(named)})` : "";
}

function findRepeatedPath(files: readonly { readonly path: string }[]): Mismatch | undefined {
  const seen = new Set<string>();
  for (const [k, { path }] of files.entries()) {
    if (seen.has(path)) return { at: `[${k}]`, problem: `${quoteForMessage(path)} is there twice` };
    seen.add(path);
  }
  return undefined;
}

export const SNAPSHOT = object({
  unfoldSnapshot: exactly(1),
  source: object({
    kind: oneOf(...(Object.keys(SOURCE_KINDS) as SourceFacts["kind"][])),
    id: text,
    revision: orNull(text),
    commit: orNull(text),
    subfolder: orNull(text),
  }),
  /** A file that was named instead of the whole source. */
  chosenFile: orNull(path),
  files: ruled(listOf(FILE, labelOf), findRepeatedPath),
});

/**
 * The header snapshot: everything that was read of a checkpoint, in one small JSON file. It is a lossless
 * compression of bytes, so every command says of a snapshot what it said of the checkpoint, damage included.
 *
 * A header that the usual writers wrote is kept as columns: names in front coding (characters shared with the name
 * before, then the rest) and a number for each pair of dtype and shape; offsets follow from sizes. Any other
 * header is kept as its bytes.
 */
export type Snapshot = Holds<typeof SNAPSHOT>;

/** Whether a snapshot can hold these columns of a header: what a damaged one holds may be of any type. */
export const isHeaderColumns = (columns: unknown): columns is HeaderColumns =>
  ruled(object(HEADER_FIELDS), findHeaderMismatch)(columns) === undefined;

/** Whether a snapshot can hold these columns of an index. */
export const isIndexColumns = (columns: unknown): columns is IndexColumns =>
  ruled(object(INDEX_FIELDS), findIndexMismatch)(columns) === undefined;
