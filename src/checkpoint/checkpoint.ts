import type { UnfoldError } from "../errors.ts";
import type { HeaderMetadata } from "../safetensors/header-metadata.ts";
import type { TensorTable } from "../safetensors/tensor-table.ts";
import type { SourceFacts } from "../sources/source.ts";
import { Analyses } from "./analyses.ts";
import type { Configs } from "./config.ts";
import { ModuleKinds } from "./module-kinds.ts";
import type { Note } from "./notes.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Problem } from "./problem.ts";

/** All weights of one model at one revision, as far as they could be read: facts, damage and remarks. */
export interface Checkpoint {
  readonly source: SourceFacts;
  /** Folder of this disk that paths begin in, null where they lie on none. Reports hold no such path. */
  readonly folder: string | null;
  readonly components: readonly Component[];
  /** Whether the components make up one model, so that their totals may be added. */
  readonly addUp: boolean;
  /** The description of its parts, where the source has one. */
  readonly pipeline?: Pipeline | null;
  readonly problems: readonly Problem[];
  readonly notes: readonly Note[];
}

/** How the files of a component were found: one file, an index with shards, or shards without an index. */
export type Layout = "single" | "sharded" | "unindexed";

/** A shard we cannot read is a fact about the checkpoint, not the end of the run. */
export type Shard =
  | {
      readonly status: "read";
      readonly path: string;
      readonly fileBytes: number;
      /** The header with the 8 bytes before it: what was read of the file. */
      readonly headerBytes: number;
      readonly tensorCount: number;
      readonly metadata: HeaderMetadata | null;
    }
  | { readonly status: "unreadable"; readonly path: string; readonly error: UnfoldError };

/** What the index claims, beside what the shards hold. */
export interface IndexClaims {
  readonly path: string;
  readonly entryCount: number;
  readonly totalSize: number | null;
  readonly totalParameters: number | null;
  readonly hasMetadata: boolean;
}

/** Why only some tensors of a component are here: shards that cannot be read, one file that was asked for, a filter. */
export type Absence = "unread" | "one-shard" | "filtered";

/** One checkpoint of the source: the whole of it in nearly all cases (named "."), or one part among several. */
export class Component {
  readonly name: string;
  /** Folder of the source that its files and configurations lie in; "" for the source's own. */
  readonly folder: string;
  readonly layout: Layout;
  readonly shards: readonly Shard[];
  readonly index: IndexClaims | null;
  readonly configs: Configs;
  readonly table: TensorTable;
  /** Why some tensors are not here, null where all are. */
  readonly absence: Absence | null;
  /** Whether its own files or its index have faults; those of other components leave it alone. */
  readonly isDamaged: boolean;
  /** The model that it works for, where it is a part of a file that holds several; null for all else. */
  readonly worksFor: Component | null;
  /** What was derived from it, each thing once. */
  readonly analyses: Analyses<Component> = new Analyses<Component>(this);
  private moduleKinds: ModuleKinds | undefined;
  private readonly listBeside: () => readonly string[] | null;

  /** `left` tells that tensors were left out on purpose; unreadable shards are seen here. */
  constructor(
    parts: Pick<Component, "name" | "layout" | "shards" | "index" | "configs" | "table"> & {
      folder?: string;
      left?: Exclude<Absence, "unread"> | null;
      isDamaged?: boolean;
      worksFor?: Component | null;
      beside?: () => readonly string[] | null;
    },
  ) {
    this.name = parts.name;
    this.folder = parts.folder ?? "";
    this.layout = parts.layout;
    this.shards = parts.shards;
    this.index = parts.index;
    this.configs = parts.configs;
    this.listBeside = parts.beside ?? (() => null);
    this.table = parts.table;
    this.isDamaged = parts.isDamaged ?? false;
    this.worksFor = parts.worksFor ?? null;
    const isRead = parts.shards.every((shard) => shard.status === "read");
    this.absence = isRead ? (parts.left ?? null) : "unread";
  }

  /**
   * Whether all tensors are here. Else a tensor that is not here may exist all the same: nothing may be concluded from
   * its absence.
   */
  get isComplete(): boolean {
    return this.absence === null;
  }

  /**
   * Weight files and code of its folder that are no shards of it, by name; null where the source does not list all that is there.
   * Walks the listing: a folder may hold thousands of checkpoints, and few ask.
   */
  get beside(): readonly string[] | null {
    return this.listBeside();
  }

  /** Lets go of all that was derived from it, for a folder of so many that all of that would fill the memory. */
  release(): void {
    this.analyses.release();
    this.moduleKinds = undefined;
  }

  /** The module tree by kinds; made when first asked for, as a plain list needs none. */
  get kinds(): ModuleKinds {
    this.moduleKinds ??= new ModuleKinds(this.table);
    return this.moduleKinds;
  }

  /** Bytes of headers read, their length prefixes included. */
  get headerBytes(): number {
    return this.shards.reduce((sum, shard) => sum + (shard.status === "read" ? shard.headerBytes : 0), 0);
  }
}
