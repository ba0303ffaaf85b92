import { buildShard } from "../../fixtures/checkpoint-spec.ts";
import { listTensors } from "../../src/analysis/list.ts";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { DTYPE_BITS, type Dtype } from "../../src/safetensors/dtype.ts";
import type { MemoryFile } from "../../src/sources/memory.ts";
import { expandAll, type TensorSpec } from "./component-of.ts";

export interface DraftTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly shard: string;
}

/** A checkpoint that can be bent: tensors, files and index, each to be changed before the files are written. */
export class Draft {
  readonly tensors = new Map<string, DraftTensor>();
  readonly configs = new Map<string, Record<string, unknown>>();
  /** Entries of the index beyond, or other than, what the tensors say; null drops one. */
  readonly indexChanges = new Map<string, string | null>();
  readonly metadata: Record<string, unknown> = {};
  /** Last of all: what is done to finished files. */
  readonly fileChanges: ((files: Map<string, MemoryFile>) => void)[] = [];
  hasIndex = true;

  /** A sound checkpoint in so many shards; names may hold ranges. */
  static of(specs: Iterable<TensorSpec>, config: Record<string, unknown> | null, shards = 2): Draft {
    const draft = new Draft();
    const list = [...expandAll(specs)];
    const layers = 1 + Math.max(0, ...list.map(([name]) => layerOf(name)));
    for (const [at, [name, dtype, shape]] of list.entries()) {
      // By layer, so that a weight and its scales lie together; what is outside of layers goes by its place.
      const share = /\.\d+\./.test(name) ? layerOf(name) / layers : at / list.length;
      const number = 1 + Math.floor(share * shards);
      const shard = shards === 1 ? "model.safetensors" : `model-${pad(number)}-of-${pad(shards)}.safetensors`;
      draft.tensors.set(name, { dtype, shape, shard });
    }
    if (config !== null) draft.configs.set("config.json", structuredClone(config));
    draft.hasIndex = shards > 1;
    return draft;
  }

  /** The first component of a checkpoint that was read. */
  static from({ components }: Checkpoint): Draft {
    const draft = new Draft();
    const [component] = components;
    if (component === undefined) return draft;
    for (const { name, dtype, shape, shard } of listTensors(component))
      draft.tensors.set(name, { dtype: dtype as Dtype, shape, shard });
    for (const [file, config] of component.configs)
      if (file !== "model_index.json")
        draft.configs.set(file, structuredClone(config) as Record<string, unknown>);
    draft.hasIndex = component.shards.length > 1;
    return draft;
  }

  get names(): string[] {
    return [...this.tensors.keys()];
  }

  get shards(): string[] {
    return [...new Set([...this.tensors.values()].map(({ shard }) => shard))];
  }

  get config(): Record<string, unknown> {
    return this.configs.get("config.json") ?? {};
  }

  change(name: string, change: Partial<DraftTensor>): this {
    this.tensors.set(name, { ...(this.tensors.get(name) as DraftTensor), ...change });
    return this;
  }

  rename(rename: (name: string) => string): this {
    const entries = [...this.tensors];
    this.tensors.clear();
    for (const [name, tensor] of entries) this.tensors.set(rename(name), tensor);
    return this;
  }

  drop(isDropped: (name: string) => boolean): this {
    for (const name of this.names) if (isDropped(name)) this.tensors.delete(name);
    return this;
  }

  toFiles(): Map<string, MemoryFile> {
    const byShard = new Map<string, Parameters<typeof buildShard>[0][number][]>();
    const weightMap = new Map<string, string>();
    let total = 0;
    for (const [name, { dtype, shape, shard }] of this.tensors) {
      const bytes = Math.ceil((shape.reduce((product, dim) => product * dim, 1) * DTYPE_BITS[dtype]) / 8);
      total += bytes;
      const tensor = { name, dtype, shape, bytes };
      const list = byShard.get(shard);
      if (list === undefined) byShard.set(shard, [tensor]);
      else list.push(tensor);
      weightMap.set(name, shard);
    }
    for (const [name, shard] of this.indexChanges)
      if (shard === null) weightMap.delete(name);
      else weightMap.set(name, shard);
    const files = new Map<string, MemoryFile>();
    for (const [shard, tensors] of byShard) files.set(shard, buildShard(tensors));
    if (this.hasIndex) {
      const metadata = { total_size: total, ...this.metadata };
      const index = { metadata, weight_map: Object.fromEntries(weightMap) };
      files.set("model.safetensors.index.json", { bytes: Buffer.from(JSON.stringify(index)) });
    }
    for (const [file, config] of this.configs)
      files.set(file, { bytes: Buffer.from(JSON.stringify(config)) });
    for (const change of this.fileChanges) change(files);
    return files;
  }
}

/** Writes the header of a finished shard anew, as `change` bends its text; the data stays as long as it was. */
export function bendHeader(file: MemoryFile, change: (json: string) => string): MemoryFile {
  const length = Number(file.bytes.length - 8);
  const dataBytes = (file.fileBytes ?? file.bytes.length) - file.bytes.length;
  const header = Buffer.from(
    change(
      Buffer.from(file.bytes)
        .subarray(8, 8 + length)
        .toString("utf8"),
    ),
    "utf8",
  );
  const bytes = Buffer.alloc(8 + header.length);
  bytes.writeBigUInt64LE(BigInt(header.length));
  header.copy(bytes, 8);
  return { bytes, fileBytes: bytes.length + dataBytes };
}

function layerOf(name: string): number {
  return Number(/\.(\d+)\./.exec(name)?.[1] ?? 0);
}

function pad(number: number): string {
  return String(number).padStart(5, "0");
}
