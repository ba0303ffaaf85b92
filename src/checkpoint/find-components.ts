import { UnfoldError } from "../errors.ts";
import { formatQuantity } from "../format/count.ts";
import { DATA_FORMATS, WEIGHT_FORMATS } from "../format/file-formats.ts";
import { compareNatural } from "../format/natural.ts";
import { baseName, folderOf } from "../sources/paths.ts";
import type { SourceEntry } from "../sources/source.ts";
import { type Note, note } from "./notes.ts";
import {
  type IndexFileName,
  parseIndexFileName,
  parseShardFileName,
  type ShardFileName,
} from "./shard-files.ts";

/** The files that make up one checkpoint, as their names tell. */
export interface ComponentPlan {
  /** "." for the checkpoint of the folder; else its sub-folder, variant, rank or file. */
  readonly name: string;
  readonly folder: string;
  /** Index file, which then decides about the shards; null where there is none. */
  readonly index: string | null;
  /** Shards by name, in natural order; with an index those that look like its own. */
  readonly shards: readonly string[];
  /** Numbers that the shards' own names promise and that are not there; only told without an index. */
  readonly missing: readonly string[];
  /** A single file to fall back to when the index names shards that are not there. */
  readonly fallback: string | null;
}

export interface CheckpointPlan {
  readonly components: readonly ComponentPlan[];
  /** Whether the components make up one model, so that their totals add up to something. */
  readonly addUp: boolean;
  readonly notes: readonly Note[];
}

export interface PlanOptions {
  /** Only this variant, such as `fp16`. */
  readonly variant?: string | null;
  /** A file of the folder that the user named. */
  readonly chosenFile?: string | null;
}

/** Prefixes by which loaders look for a model, first found wins. */
const MAIN_PREFIXES = ["model", "diffusion_pytorch_model", "adapter_model"] as const;

/**
 * Which files of a folder are the checkpoint, as transformers, diffusers, vLLM and PEFT would choose: the index, the
 * single file, numbered shards, then variants, adapters and whatever else lies there. Files left aside are told.
 * `entries` are those of one folder. Throws `NO_CHECKPOINT` with what is there instead.
 */
export function planFolder(
  folder: string,
  entries: readonly SourceEntry[],
  options: PlanOptions = {},
): CheckpointPlan {
  const files = new FolderFiles(entries);
  if (options.chosenFile) return planChosenFile(folder, files, options.chosenFile);
  const sets = groupSets(folder, files);
  const wanted = options.variant ? sets.filter((set) => set.variant === options.variant) : sets;
  if (wanted.length === 0) throw noCheckpoint(files, options.variant ?? null);
  const ranks = wanted.filter((set) => set.rank !== null);
  if (ranks.length > 0 && ranks.length === wanted.length) return planRanks(ranks);
  return planSets(folder, wanted, files);
}

/** Weight files that belong together by name: one prefix, one variant, one rank. */
interface FileSet {
  readonly prefix: string;
  readonly variant: string | null;
  readonly rank: string | null;
  readonly index: string | null;
  readonly single: string | null;
  readonly numbered: readonly ShardFileName[];
  readonly folder: string;
}

class FolderFiles {
  readonly weights: readonly ShardFileName[];
  readonly indexes: readonly IndexFileName[];
  readonly others: readonly string[];
  private readonly names: ReadonlySet<string>;

  constructor(entries: readonly SourceEntry[]) {
    const paths = entries.filter((entry) => entry.kind !== "folder").map((entry) => entry.path);
    paths.sort(compareNatural);
    this.weights = paths.filter((path) => path.endsWith(".safetensors")).map(parseShardFileName);
    this.indexes = paths.map(parseIndexFileName).filter((name) => name !== undefined);
    this.others = paths;
    this.names = new Set(paths.map(baseName));
  }

  has(name: string): boolean {
    return this.names.has(name);
  }
}

/** What the names of a set have in common, and its files so far. */
interface Group {
  readonly prefix: string;
  readonly variant: string | null;
  readonly rank: string | null;
  readonly own: ShardFileName[];
  index: IndexFileName | undefined;
}

/** One walk over the files: a folder may hold a hundred thousand of them, each a set of its own. */
function groupSets(folder: string, files: FolderFiles): FileSet[] {
  const groups = new Map<string, Group>();
  const groupOf = (prefix: string, variant: string | null, rank: string | null): Group => {
    const key = JSON.stringify([prefix, variant, rank]);
    const group = groups.get(key) ?? { prefix, variant, rank, own: [], index: undefined };
    groups.set(key, group);
    return group;
  };
  for (const file of files.weights) groupOf(file.prefix, file.variant, file.rank).own.push(file);
  for (const file of files.indexes) groupOf(file.prefix, file.variant, null).index ??= file;
  return Array.from(groups.values(), ({ prefix, variant, rank, own, index }) => ({
    prefix,
    variant,
    rank,
    folder,
    index: index?.path ?? null,
    single: rank === null ? (own.find((file) => file.number === null)?.path ?? null) : null,
    numbered: rank === null ? own.filter((file) => file.number !== null) : own,
  }));
}

function planSets(folder: string, sets: readonly FileSet[], files: FolderFiles): CheckpointPlan {
  const main = chooseMain(sets, files);
  if (main === undefined) {
    // Unrelated files side by side: each stands for itself, and adding them up would mean nothing.
    return {
      components: sets.map((set) => toPlan(set, sets.length === 1 ? "." : nameOfSet(set))),
      addUp: false,
      notes: [],
    };
  }
  const others = sets.filter((set) => set !== main);
  const companions = others.filter((set) => isCompanion(set, main, files));
  const skipped = others.filter((set) => !isCompanion(set, main, files));
  const components = [toPlan(main, "."), ...companions.map((set) => toPlan(set, nameOfSet(set)))];
  return { components, addUp: false, notes: [...notesOnChoice(main), ...notesOnRest(folder, skipped)] };
}

/** The set that loaders would take by default. */
function chooseMain(sets: readonly FileSet[], files: FolderFiles): FileSet | undefined {
  const plain = sets.filter((set) => set.variant === null && set.rank === null);
  for (const prefix of MAIN_PREFIXES) {
    const found = plain.find((set) => set.prefix === prefix);
    if (
      found !== undefined &&
      (prefix !== "adapter_model" || files.has("adapter_config.json") || plain.length === 1)
    )
      return found;
  }
  const indexed = plain.filter((set) => set.index !== null && set.prefix !== "consolidated");
  if (indexed.length === 1) return indexed[0];
  const rest = plain.filter((set) => set.prefix !== "consolidated");
  if (rest.length === 1) return rest[0];
  if (rest.length === 0 && plain.length > 0) return plain[0];
  return plain.length === 0 && sets.length === 1 ? sets[0] : undefined;
}

/** Another checkpoint in its own right: a variant of the main one, or an adapter. */
function isCompanion(set: FileSet, main: FileSet, files: FolderFiles): boolean {
  if (set.variant !== null && set.prefix === main.prefix) return true;
  return set.prefix === "adapter_model" && files.has("adapter_config.json");
}

function toPlan(set: FileSet, name: string): ComponentPlan {
  const numbered = set.numbered.map((file) => file.path);
  const shards = set.index !== null || set.single === null ? numbered : [set.single];
  const missing = set.index === null && set.single === null ? missingNumbers(set.numbered) : [];
  return {
    name,
    folder: set.folder,
    index: set.index,
    shards,
    missing,
    fallback: set.index !== null ? set.single : null,
  };
}

/** Shards that `-00001-of-00004` names promise. The first one present tells whether counting starts at 0. */
function missingNumbers(files: readonly ShardFileName[]): string[] {
  const first = files[0];
  if (first?.total == null) return [];
  const have = new Set(files.map((file) => file.number));
  const start = have.has(0) ? 0 : 1;
  const missing: string[] = [];
  const width = /[-_](\d+)-of-/.exec(first.path)?.[1]?.length ?? 5;
  for (let number = start; number < start + first.total && missing.length < MAX_PROMISED; number++) {
    if (!have.has(number))
      missing.push(first.path.replace(/([-_])\d+(-of-)/, `$1${String(number).padStart(width, "0")}$2`));
  }
  return missing;
}

/** Missing numbers listed at the most: a name may promise 999,999. */
const MAX_PROMISED = 10_000;

function planRanks(sets: readonly FileSet[]): CheckpointPlan {
  const notes = [note("RANK_SLICES", null, { sets: sets.length })];
  return { components: sets.map((set) => toPlan(set, `rank ${set.rank}`)), addUp: true, notes };
}

function planChosenFile(folder: string, files: FolderFiles, chosen: string): CheckpointPlan {
  const index = parseIndexFileName(chosen);
  if (index === undefined) {
    const plan = { name: ".", folder, index: null, shards: [chosen], missing: [], fallback: null };
    return { components: [plan], addUp: false, notes: noteOneOfMany(chosen) };
  }
  const shards = files.weights
    .filter((file) => file.prefix === index.prefix && file.variant === index.variant && file.number !== null)
    .map((file) => file.path);
  return {
    components: [{ name: ".", folder, index: chosen, shards, missing: [], fallback: null }],
    addUp: false,
    notes: [],
  };
}

/** A shard by itself is a fair question, and no answer about the model. */
function noteOneOfMany(chosen: string): Note[] {
  if (!isOneOfMany(chosen)) return [];
  return [note("ONE_SHARD", chosen, { file: baseName(chosen) })];
}

/** Whether a file's name says that it is one shard of several. */
export function isOneOfMany(path: string): boolean {
  return (parseShardFileName(path).total ?? 1) > 1;
}

function nameOfSet(set: FileSet): string {
  const stem = set.variant === null ? set.prefix : `${set.prefix}.${set.variant}`;
  return set.folder === "" ? stem : `${set.folder}/${stem}`;
}

function notesOnChoice(main: FileSet): Note[] {
  const numbers = main.index === null && main.single === null && main.numbered.length > 0;
  if (numbers) {
    const folder = main.folder === "" ? null : main.folder;
    return [note("NO_INDEX", folder, { shards: main.numbered.length })];
  }
  if (main.index !== null && main.single !== null && main.numbered.length > 0) {
    const both = { index: baseName(main.index), single: baseName(main.single) };
    return [note("AMBIGUOUS_CHECKPOINT", null, both)];
  }
  if (main.single !== null && main.numbered.length > 0 && main.index === null) {
    const left = { taken: baseName(main.single), shards: main.numbered.length };
    return [note("FILES_LEFT_ASIDE", null, left)];
  }
  return [];
}

function notesOnRest(folder: string, skipped: readonly FileSet[]): Note[] {
  return skipped.map((set) => {
    const files = [...(set.single === null ? [] : [set.single]), ...set.numbered.map((file) => file.path)];
    const shown =
      files.length === 1
        ? baseName(files[0] as string)
        : `${formatQuantity(files.length, "file")} named ${set.prefix}`;
    const left = { set: shown, isPublishers: set.prefix === "consolidated" };
    return note("FILES_LEFT_ASIDE", folder === "" ? null : folder, left, { skipped: files });
  });
}

function noCheckpoint(files: FolderFiles, variant: string | null): UnfoldError {
  if (variant !== null && files.weights.length > 0) {
    const known = [...new Set(files.weights.map((file) => file.variant).filter((name) => name !== null))];
    const hint =
      known.length === 0 ? "It has no variants: leave out --variant." : `Variants here: ${known.join(", ")}.`;
    return new UnfoldError("NO_CHECKPOINT", { reason: `no weights of the variant "${variant}"` }, { hint });
  }
  for (const { pattern, name, reader } of [...WEIGHT_FORMATS, ...DATA_FORMATS]) {
    const found = files.others.filter(
      (path) => pattern.test(path) && folderOf(path) === folderOf(files.others[0] as string),
    );
    if (found.length === 0) continue;
    const reason = `no safetensors files here, but ${formatQuantity(found.length, `${name} file`)}`;
    const hint = `unfold reads safetensors only: convert the weights, or look for a safetensors copy. ${reader}`;
    return new UnfoldError("NO_CHECKPOINT", { reason }, { hint });
  }
  return new UnfoldError("NO_CHECKPOINT", { reason: "no safetensors files here" });
}
