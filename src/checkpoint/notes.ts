import { formatCount, formatQuantity } from "../format/count.ts";
import { quoteForMessage } from "../format/escape.ts";
import type { HeaderNote } from "../safetensors/header.ts";

/** Tensors of which the first is named. */
interface Tensors {
  readonly count: number;
  readonly first: string;
}

/** Copies of tensors in another shard, and the shard that the first is taken from. */
interface Copies extends Tensors {
  readonly kept: string;
}

/**
 * Everything that a reader should know of what was read, and that is no fault of the reading: one row a code, wording
 * in this one place. Notes of a header are worded where it is parsed, those of a source where it was opened.
 */
const NOTES = {
  RANK_SLICES: (d: { readonly sets: number }) =>
    `${formatQuantity(d.sets, "set")} of slices, one for each process: bytes add up; elements that every rank holds are counted once a rank`,
  ONE_SHARD: (d: { readonly file: string }) =>
    `${d.file} is one shard of several: all figures are those of this file alone`,
  NO_INDEX: (d: { readonly shards: number }) =>
    d.shards === 1
      ? "no index: the one numbered shard that is here is taken"
      : `no index: the ${formatQuantity(d.shards, "numbered shard")} of one name are taken`,
  AMBIGUOUS_CHECKPOINT: (d: { readonly index: string; readonly single: string }) =>
    `${d.index} and ${d.single} are both here, and loaders differ in which they take; the index is taken if all its shards are there`,
  FILES_LEFT_ASIDE: tellFilesLeft,
  FOLDER_LEFT_ASIDE: (d: { readonly folder: string }) =>
    `folder ${quoteForMessage(d.folder)}: left aside (another copy or format of the weights)`,
  FOLDER_OPENED: (d: { readonly folder: string }) =>
    `opened ${quoteForMessage(d.folder)}, the only folder here that holds a checkpoint`,
  INDEX_LEFT_ASIDE: (d: { readonly missing: number; readonly shards: number; readonly taken: string }) =>
    `the index is not used: ${d.missing} of its ${d.shards} shards are not there; ${d.taken} is read instead`,
  TENSOR_NOT_IN_INDEX: (d: Tensors) =>
    `${formatQuantity(d.count, "tensor is", "tensors are")} in the shards and not in the index, first ${quoteForMessage(d.first)}; loaders that go by the index do not load ${d.count === 1 ? "it" : "them"}`,
  TENSOR_IN_TWO_SHARDS: (d: Copies) => `${tellCopies(d)}; each is counted once`,
  TENSOR_COPIES_DIFFER: (d: Copies) =>
    `${tellCopies(d)}; the copies differ in dtype or shape, and loaders differ in which one they take`,
  TOTAL_SIZE_WRONG: (d: { readonly claimed: number; readonly bytes: number }) =>
    `the index claims total_size ${formatCount(d.claimed)}, the tensors take ${formatCount(d.bytes)} bytes; loaders ignore the claim`,
  CONFIG_UNUSABLE: (d: { readonly name: string; readonly reason: string; readonly others: number }) =>
    d.others === 0
      ? `${d.name} is not used: ${d.reason}`
      : `${d.name} and ${formatQuantity(d.others, "other configuration file")} are not used: ${d.reason}`,
  FILTERED: (d: { readonly kept: number; readonly all: number }) =>
    `${formatQuantity(d.kept, "tensor")} of ${formatCount(d.all)} ${d.kept === 1 ? "matches" : "match"} the filter; all figures are those of the matching ones`,
  PATTERN_UNMATCHED: (d: { readonly option: string; readonly pattern: string; readonly all: number }) =>
    `${d.option} ${quoteForMessage(d.pattern)} matches none of ${formatQuantity(d.all, "tensor")}`,
  HEADER_LARGE: (_: object) =>
    "the header is over 25 MB; both Hub clients refuse that, the format allows 100 MB",
  NOTHING_CHOSEN: (d: { readonly message: string; readonly hint: string }) => `${d.message}. ${d.hint}`,
  NOTHING_MATCHES: (_: object) => "no tensor meets the conditions of --where",
  SOURCE: (d: { readonly message: string }) => d.message,
} as const;

type WordedCode = keyof typeof NOTES;

/** Every code of a note. */
export type NoteCode = WordedCode | HeaderNote["code"];

export type NoteDetails<C extends WordedCode> = Parameters<(typeof NOTES)[C]>[0];

/** Something a reader of the report should know, and no fault of the reading: what was chosen, what is odd. */
export interface Note {
  readonly code: NoteCode;
  readonly shard: string | null;
  readonly message: string;
  /** The tensor it is about, the first of several. */
  readonly tensor?: string;
  /** Files said to be left aside: an index that is read later may name them after all. */
  readonly skipped?: readonly string[];
}

/** A note of this code about a file, or null for the checkpoint as a whole. */
export function note<C extends WordedCode>(
  code: C,
  shard: string | null,
  details: NoteDetails<C>,
  more: Pick<Note, "tensor" | "skipped"> = {},
): Note {
  const tell = NOTES[code] as (details: NoteDetails<C>) => string;
  return { code, shard, message: tell(details), ...more };
}

/** Files that are not read: numbered ones beside a single file, what the index does not name, another set. */
type FilesLeft =
  | { readonly taken: string; readonly shards: number }
  | { readonly unnamed: number; readonly first: string }
  | { readonly set: string; readonly isPublishers: boolean };

function tellFilesLeft(d: FilesLeft): string {
  if ("taken" in d)
    return `${d.taken} is taken; ${formatQuantity(d.shards, "numbered shard")} of the same name are left aside: no index names them`;
  if ("unnamed" in d) {
    const first = quoteForMessage(d.first);
    const which = d.unnamed === 1 ? first : `them, first ${first}`;
    return `${formatQuantity(d.unnamed, "file")} left aside: the index does not name ${which}`;
  }
  const why = d.isPublishers
    ? "the publisher's own format, often the same weights again"
    : "not named by the index of the checkpoint";
  return `${d.set}: left aside (${why})`;
}

function tellCopies({ count, first, kept }: Copies): string {
  const are = formatQuantity(count, "tensor is", "tensors are");
  return `${are} here and in another shard too, first ${quoteForMessage(first)}, taken from ${quoteForMessage(kept)}`;
}
