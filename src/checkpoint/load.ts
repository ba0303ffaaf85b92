import { UnfoldError } from "../errors.ts";
import { compareNatural } from "../format/natural.ts";
import { countShown } from "../format/shown.ts";
import { HeaderParser } from "../safetensors/header-parser.ts";
import { findLayoutFaults } from "../safetensors/layout-faults.ts";
import { COMMON_HEADER_BYTES, MAX_INDEX_BYTES } from "../safetensors/limits.ts";
import { LENGTH_BYTES } from "../safetensors/read-header.ts";
import { ScanKernel } from "../safetensors/scan-kernel.ts";
import { parseShardIndex, type ShardIndex } from "../safetensors/shard-index.ts";
import { TensorTable } from "../safetensors/tensor-table.ts";
import { baseName, findUnsafePath, folderOf, joinPath } from "../sources/paths.ts";
import type { Source } from "../sources/source.ts";
import { type Checkpoint, Component, type IndexClaims, type Layout, type Shard } from "./checkpoint.ts";
import { configFilesOf, FolderConfigs } from "./config.ts";
import { checkAgainstIndex, noteCopies, noteTotal, noteUnnamed } from "./cross-check.ts";
import { type ComponentPlan, isOneOfMany, type PlanOptions } from "./find-components.ts";
import { type Note, note } from "./notes.ts";
import { readPipeline } from "./pipeline.ts";
import { planSource, type SourcePlan } from "./plan-source.ts";
import { type Problem, problemFrom, toProblem } from "./problem.ts";
import { readShards } from "./read-shards.ts";
import { keepTensors, type TensorFilter } from "./tensor-filter.ts";

export interface LoadOptions extends PlanOptions {
  /** Keeps only tensors whose names it accepts; totals are then those of what was kept. */
  readonly filter?: TensorFilter;
  /** Called after each shard: progress for whoever has a screen. */
  readonly onProgress?: (shardsDone: number, shards: number) => void;
}

/** Missing shards told one by one; of a stale index with hundreds the rest is counted. */
const MAX_MISSING_SHOWN = 10;

/**
 * Reads all headers of a source's checkpoint, its index and its configuration files. What cannot be read is a
 * problem beside the rest. Throws only where there is nothing to report on: no source, no checkpoint in it.
 */
export async function loadCheckpoint(source: Source, options: LoadOptions = {}): Promise<Checkpoint> {
  const plan = await planNamed(source, options);
  const problems: Problem[] = [];
  const notes: Note[] = [...plan.notes];
  const components: Component[] = [];
  const listing: Listing = {
    paths: plan.listed,
    weightFiles: [...plan.listed].filter((path) => path.endsWith(".safetensors")).length,
    configs: new FolderConfigs(source, plan.listed),
  };
  const progress = {
    done: 0,
    total: plan.components.reduce((sum, component) => sum + component.shards.length, 0),
  };
  for (const componentPlan of plan.components) {
    const loader = new ComponentLoader(source, componentPlan, options, problems, notes, () => {
      progress.done++;
      options.onProgress?.(progress.done, Math.max(progress.done, progress.total));
    });
    components.push(await loader.load(listing));
  }
  const pipeline = await readPipeline(plan.listed, listing.configs);
  // Last: some of it shows only in reading, some only in keeping what was read.
  await source.settle?.();
  const ofSource = (source.notes ?? []).map((message) => note("SOURCE", null, { message }));
  const told = [...ofSource, ...withoutTaken(notes, components)];
  const { facts, folder = null } = source;
  return { source: facts, folder, components, addUp: plan.addUp, pipeline, problems, notes: told };
}

/** A place without a checkpoint is told by its name: a run may have several, and an option may have led below it. */
async function planNamed(source: Source, options: LoadOptions): Promise<SourcePlan> {
  try {
    return await planSource(source, options);
  } catch (error) {
    if (!(error instanceof UnfoldError) || error.code !== "NO_CHECKPOINT" || error.file !== null) throw error;
    const { id, subfolder } = source.facts;
    throw error.about(subfolder ? `${id}/${subfolder}` : id);
  }
}

/** Files with a name of their own (`mtp.safetensors`) look left aside until the index names them. */
function withoutTaken(notes: readonly Note[], components: readonly Component[]): Note[] {
  const taken = new Set(components.flatMap(({ shards }) => shards.map(({ path }) => path)));
  return notes.flatMap(({ skipped, ...note }) => (skipped?.every((path) => taken.has(path)) ? [] : [note]));
}

/** What is known of the source before a component is read, the same for all of them. */
interface Listing {
  readonly paths: ReadonlySet<string>;
  readonly weightFiles: number;
  readonly configs: FolderConfigs;
}

class ComponentLoader {
  private readonly source: Source;
  private readonly plan: ComponentPlan;
  private readonly options: LoadOptions;
  private readonly problems: Problem[];
  private readonly notes: Note[];
  private readonly onShard: () => void;
  /** Problems that were there before: those of other components. */
  private readonly earlierProblems: number;
  /** Bytes that the tensors read so far need. */
  private tensorBytes = 0;

  constructor(
    source: Source,
    plan: ComponentPlan,
    options: LoadOptions,
    problems: Problem[],
    notes: Note[],
    onShard: () => void,
  ) {
    this.source = source;
    this.plan = plan;
    this.options = options;
    this.problems = problems;
    this.earlierProblems = problems.length;
    this.notes = notes;
    this.onShard = onShard;
  }

  async load(listing: Listing): Promise<Component> {
    const { plan } = this;
    const listed = listing.paths;
    const table = new TensorTable();
    this.source.expect?.(expectedFiles(plan, listing, this.source));
    const { configs, notes } = await listing.configs.load(plan.folder);
    this.notes.push(...notes);
    const kernel = new ScanKernel(table);
    const index = await this.readIndex(table, kernel);
    const files = this.chooseShards(index, listed);
    const shards = await this.readAll(table, kernel, files);
    // The kernel takes no name twice, so what went through it whole holds no copies.
    const mayHoldCopies = kernel.isSettled && shards.length > 1;
    if (this.options.filter === undefined) kernel.finish();
    kernel.settle();
    this.reportMissing(shards, listing);
    if (index !== undefined && files.fromIndex) {
      const { problems, notes: found } = checkAgainstIndex(index, plan.index as string, table, shards);
      this.problems.push(...problems);
      this.notes.push(...found);
    }
    const superseded = mayHoldCopies && hasCopies(table) ? table.dropSuperseded() : [];
    if (superseded.length > 0) this.notes.push(...noteCopies(superseded, table, shards));
    if (index !== undefined && files.fromIndex && index.totalSize !== null && !this.isDamaged) {
      const supersededBytes = superseded.reduce((sum, { bytes }) => sum + bytes, 0);
      this.notes.push(
        ...noteTotal(index.totalSize, this.tensorBytes - supersededBytes, plan.index as string),
      );
    }
    const kept = this.options.filter === undefined ? table : keepTensors(table, this.options.filter);
    if (kept.count < table.count) {
      this.notes.push(note("FILTERED", null, { kept: kept.count, all: table.count }));
    }
    const claims = index === undefined || !files.fromIndex ? null : claimsOf(index, plan.index as string);
    const [only] = plan.shards;
    const isOneShard = claims === null && plan.shards.length === 1 && only !== undefined && isOneOfMany(only);
    return new Component({
      left: kept.count < table.count ? "filtered" : isOneShard ? "one-shard" : null,
      isDamaged: this.isDamaged,
      name: plan.name,
      folder: plan.folder,
      layout: files.layout,
      shards,
      index: claims,
      configs,
      beside: () => this.filesBeside(listing, shards),
      table: kept,
    });
  }

  /** What lists nothing (a web server, a bucket that denies it) or holds what was read (a snapshot) may have more than it names. */
  private filesBeside({ paths }: Listing, shards: readonly Shard[]): string[] | null {
    const { kind } = this.source.facts;
    if ((kind !== "local" && kind !== "hub" && kind !== "s3") || this.source.listsAll === false) return null;
    const own = new Set(shards.map(({ path }) => path));
    const found: string[] = [];
    for (const path of paths)
      if (/\.(?:safetensors|py)$/.test(path) && !own.has(path) && folderOf(path) === this.plan.folder)
        found.push(baseName(path));
    return found.sort();
  }

  private get isDamaged(): boolean {
    return this.problems.length > this.earlierProblems;
  }

  /** An index that cannot be used is a problem; the shards beside it are then read without it. */
  private async readIndex(table: TensorTable, kernel: ScanKernel): Promise<ShardIndex | undefined> {
    const path = this.plan.index;
    if (path === null) return undefined;
    try {
      const bytes = await this.source.readFile(path, MAX_INDEX_BYTES);
      if (bytes === undefined) throw new UnfoldError("SHARD_MISSING", {});
      return parseShardIndex(bytes, table.names, kernel);
    } catch (error) {
      this.problems.push(problemFrom(error, path));
      if (error instanceof UnfoldError) this.source.noteUnusable?.(path, error);
      return undefined;
    }
  }

  /** The shards that the index names, if it may name them; else those that the names suggest. */
  private chooseShards(
    index: ShardIndex | undefined,
    listed: ReadonlySet<string>,
  ): { paths: string[]; layout: Layout; fromIndex: boolean } {
    const { plan } = this;
    if (index === undefined) {
      const layout =
        plan.shards.length === 1 &&
        plan.missing.length === 0 &&
        !/-\d{5,6}-of-/.test(plan.shards[0] as string)
          ? "single"
          : "unindexed";
      return { paths: [...plan.shards, ...plan.missing], layout, fromIndex: false };
    }
    const folder = folderOf(plan.index as string);
    const safe: string[] = [];
    for (const name of index.shards) {
      const reason =
        findUnsafePath(name) ??
        (name.endsWith(".safetensors") ? undefined : "only .safetensors files are opened");
      if (reason === undefined) safe.push(joinPath(folder, name));
      else this.problems.push(toProblem(new UnfoldError("SHARD_NAME_UNSAFE", { name, reason }), plan.index));
    }
    const here = safe.filter((path) => listed.has(path) || folderOf(path) !== folder);
    if (here.length < safe.length && plan.fallback !== null) {
      const missing = safe.length - here.length;
      const left = { missing, shards: safe.length, taken: plan.fallback };
      this.notes.push(note("INDEX_LEFT_ASIDE", plan.index, left));
      return { paths: [plan.fallback], layout: "single", fromIndex: false };
    }
    this.notes.push(...noteUnnamed(plan.shards, safe));
    return { paths: safe.sort(compareNatural), layout: "sharded", fromIndex: true };
  }

  private async readAll(
    table: TensorTable,
    kernel: ScanKernel,
    files: { paths: readonly string[] },
  ): Promise<Shard[]> {
    const parser = new HeaderParser(table, kernel);
    const shards: Shard[] = [];
    for await (const result of readShards(this.source, files.paths)) {
      shards.push(this.takeShard(parser, shards.length, result));
      this.onShard();
    }
    return shards;
  }

  private takeShard(
    parser: HeaderParser,
    shard: number,
    result: Awaited<ReturnType<typeof readShards> extends AsyncIterable<infer T> ? T : never>,
  ): Shard {
    const { path } = result;
    if (result.error !== undefined) return this.unreadable(path, result.error);
    try {
      const header = parser.parse(result.header.json, shard);
      for (const fault of findLayoutFaults(header, result.header)) this.problems.push(toProblem(fault, path));
      for (const seen of header.notes) this.notes.push({ ...seen, shard: path });
      const headerBytes = result.header.json.length + LENGTH_BYTES;
      if (headerBytes > COMMON_HEADER_BYTES) this.notes.push(note("HEADER_LARGE", path, {}));
      this.tensorBytes += header.tensorBytes;
      const tensorCount = header.endRow - header.firstRow;
      return {
        status: "read",
        path,
        fileBytes: result.header.fileBytes,
        headerBytes,
        tensorCount,
        metadata: header.metadata,
      };
    } catch (error) {
      if (error instanceof UnfoldError) return this.unreadable(path, error);
      throw error;
    }
  }

  private unreadable(path: string, error: UnfoldError): Shard {
    if (error.code !== "SHARD_MISSING") this.problems.push(toProblem(error, path));
    this.source.noteUnusable?.(path, error);
    return { status: "unreadable", path, error };
  }

  /** Missing shards are told together: a stale index names hundreds. */
  private reportMissing(shards: readonly Shard[], listing: Listing): void {
    const missing = shards
      .filter((shard) => shard.status === "unreadable" && shard.error.code === "SHARD_MISSING")
      .map((shard) => shard.path);
    if (missing.length === 0) return;
    const others = listing.weightFiles - shards.filter(({ path }) => listing.paths.has(path)).length;
    const stale =
      others > 0 ? ` ${others} other safetensors files are here: does the index belong to them?` : "";
    const hint = `Fetch or copy the missing files.${stale}`;
    const shown = countShown(missing.length, MAX_MISSING_SHOWN);
    for (const path of missing.slice(0, shown)) {
      this.problems.push(toProblem(new UnfoldError("SHARD_MISSING", {}, { hint }), path));
    }
    const rest = missing.slice(shown);
    if (rest.length > 0) {
      this.problems.push(
        toProblem(
          new UnfoldError("SHARDS_MISSING", { count: rest.length, names: rest.slice(0, 1) }, { hint }),
          null,
        ),
      );
    }
  }
}

/** What will be read, as far as names tell before the index is there: it comes first, being the longest. */
function expectedFiles(plan: ComponentPlan, { paths, configs: known }: Listing, source: Source): string[] {
  const configs = known.isLoaded(plan.folder)
    ? []
    : configFilesOf(source)
        .map((name) => joinPath(plan.folder, name))
        .filter((path) => paths.has(path));
  return [...(plan.index === null ? [] : [plan.index]), ...configs, ...plan.shards];
}

/** Whether some name has more than one row: then the rows are more than the distinct names. */
function hasCopies(table: TensorTable): boolean {
  for (let row = 0; row < table.count; row++)
    if (table.rowAt(table.nodes.data[row] as number) !== row) return true;
  return false;
}

function claimsOf(index: ShardIndex, path: string): IndexClaims {
  const { entryCount, totalSize, totalParameters, hasMetadata } = index;
  return { path, entryCount, totalSize, totalParameters, hasMetadata };
}
