import fs from "node:fs";
import path from "node:path";
import { isCheckpointFile, isWeightsFile } from "../checkpoint/checkpoint-files.ts";
import type { Footprint } from "../sources/source.ts";

/** Where an output would land, links followed. */
export interface FileIdentity {
  /** The folder, without links in its path. */
  readonly folder: string;
  readonly name: string;
  /** What is there now, undefined where there is nothing. */
  readonly identity: Identity | undefined;
}

/** Device and inode: what tells a file from another, whatever the two are called. */
export type Identity = string & { readonly brand: "identity" };

/** Files looked at in one folder that counts as a whole: more than a cache holds of one checkpoint. */
const MAX_TREE_FILES = 100_000;

const PART_OF_SOURCE = "it is part of the source";
const PART_OF_CACHE = "it is in the cache that the source is read from";

/**
 * All that a run reads, or could read, of this disk: an output never takes the place of any of it. Two paths are the same
 * where device and inode are: a link, another spelling and a second name of one file are no way round.
 */
export class RunInputs {
  private readonly sources: (() => Footprint)[] = [];
  private readonly files: NamedFile[] = [];

  /** Asked when something is to be written: by then the source knows what it read. */
  addSource(footprint: () => Footprint): void {
    this.sources.push(footprint);
  }

  /** `what` names the file in a message: "the configuration". */
  addFile(file: string, what: string): void {
    this.files.push({ file, what });
  }

  /** Why nothing may be written to a place, undefined where it may; `except` is the one input that is written on purpose. */
  findConflict(place: FileIdentity, except?: string): string | undefined {
    const files = this.files.filter(({ what }) => what !== except);
    if (place.identity !== undefined) return this.replaces(place.identity, files) ?? this.poisons(place);
    const expected = files.find(({ file }) => isMissingAt(file, place));
    if (expected !== undefined) return `it is ${expected.what} of this run`;
    if (this.sources.some((footprint) => footprint().files.some((file) => isMissingAt(file, place))))
      return PART_OF_SOURCE;
    return this.poisons(place);
  }

  /** Why a file that is there, such as the one that stdout goes to, must stay as it is. */
  findOwner(identity: Identity): string | undefined {
    return this.replaces(identity, this.files);
  }

  private replaces(identity: Identity, named: readonly NamedFile[]): string | undefined {
    const isIt = (file: string | Buffer) => identityOf(file) === identity;
    const input = named.find(({ file }) => isIt(file));
    if (input !== undefined) return `it is ${input.what} of this run`;
    for (const footprint of this.sources) {
      const { files, folders, trees } = footprint();
      if (files.some(isIt)) return PART_OF_SOURCE;
      // Most of what a folder holds are those very files: none is looked at twice.
      const known = new Set(files.map(bytesOf));
      const others = folders.flatMap(checkpointFilesIn).filter((file) => !known.has(bytesOf(file)));
      if (others.some(isIt)) return PART_OF_SOURCE;
      if (trees.some((tree) => someFileIn(tree, isIt))) return PART_OF_CACHE;
    }
    return undefined;
  }

  /** Why a file of this name would be read where it should not, by this run or by the next. */
  private poisons({ folder, name, identity }: FileIdentity): string | undefined {
    const parents = parentsOf(folder);
    for (const footprint of this.sources) {
      const { folders, trees } = footprint();
      if (trees.some((tree) => parents.includes(identityOf(tree) ?? NOWHERE))) return PART_OF_CACHE;
      if (isCheckpointFile(name) && folders.some((each) => identityOf(each) === parents[0]))
        return "under this name it would be read as part of the source";
    }
    // Weights of whatever checkpoint: no report is meant to be some.
    if (!isWeightsFile(name)) return undefined;
    return identity === undefined ? "under this name it would be read as weights" : "it is a file of weights";
  }
}

interface NamedFile {
  readonly file: string;
  readonly what: string;
}

/** No file has it. */
const NOWHERE = "" as Identity;

/** Device and inode of what a path leads to, undefined where that is nothing, or cannot be told. */
export function identityOf(file: string | Buffer): Identity | undefined {
  try {
    const stats = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : toIdentity(stats);
  } catch {
    return undefined; // a path through a file, or through a folder without permission: not one that was read
  }
}

export function toIdentity({ dev, ino }: fs.BigIntStats): Identity {
  return `${dev}:${ino}` as Identity;
}

/** Whether a file that is not there would lie at a place: a shard that the index names, or a second output. */
function isMissingAt(file: string | Buffer, { folder, name }: FileIdentity): boolean {
  if (Buffer.isBuffer(file) || path.basename(file) !== name) return false;
  const identity = identityOf(path.dirname(file));
  return identity !== undefined && identity === identityOf(folder);
}

/** Identities of a folder and of those above it, the nearest first. */
function parentsOf(folder: string): (Identity | undefined)[] {
  const parents: (Identity | undefined)[] = [];
  for (let at = folder; ; at = path.dirname(at)) {
    parents.push(identityOf(at));
    if (path.dirname(at) === at) return parents;
  }
}

/** A path to compare by: its bytes, one a character. */
function bytesOf(file: string | Buffer): string {
  return Buffer.from(file).toString("latin1");
}

function checkpointFilesIn(folder: string): Buffer[] {
  const entries = readFolder(folder).filter(({ name }) => isCheckpointFile(name.toString()));
  return entries.map((entry) => inside(folder, entry));
}

/** Whether a folder holds such a file, at any depth. */
function someFileIn(tree: string, isIt: (file: Buffer) => boolean): boolean {
  const folders: (string | Buffer)[] = [tree];
  let seen = 0;
  while (folders.length > 0 && seen < MAX_TREE_FILES) {
    const folder = folders.pop() as string | Buffer;
    for (const entry of readFolder(folder)) {
      seen++;
      if (entry.isDirectory()) folders.push(inside(folder, entry));
      else if (isIt(inside(folder, entry))) return true;
    }
  }
  return false;
}

/** Names as bytes: decoding one that is no UTF-8 loses what to look at. */
type RawEntry = fs.Dirent<Buffer>;

function readFolder(folder: string | Buffer): RawEntry[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true, encoding: "buffer" });
  } catch {
    return []; // what cannot be listed was not read either
  }
}

function inside(folder: string | Buffer, { name }: RawEntry): Buffer {
  return Buffer.concat([Buffer.from(folder), Buffer.from(path.sep), name]);
}
