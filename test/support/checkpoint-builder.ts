import fs from "node:fs";
import path from "node:path";
import { type MemoryFile, MemorySource } from "../../src/sources/memory.ts";
import type { SourceFacts } from "../../src/sources/source.ts";
import { byteLength, fileStart, plainHeader, type TensorText, utf8 } from "./header-text.ts";

export const MEMORY_FACTS: SourceFacts = {
  kind: "local",
  id: "memory",
  revision: null,
  commit: null,
  subfolder: null,
};

interface ShardDraft {
  readonly tensors: TensorText[];
  metadata: Readonly<Record<string, string>> | null;
}

/** `checkpoint().shard("model.safetensors").tensor("a.weight", "BF16", [8, 8]).toSource()`. */
export function checkpoint(): CheckpointBuilder {
  return new CheckpointBuilder();
}

/** A checkpoint in code. Data areas are sizes only: in memory they are virtual, on disk they are holes. */
export class CheckpointBuilder {
  private readonly shards = new Map<string, ShardDraft>();
  private readonly files = new Map<string, MemoryFile>();
  private current: ShardDraft | undefined;
  private currentName = "";
  private readonly places = new Map<string, string>();

  /** Starts a shard; the tensors that follow go into it. */
  shard(name: string, metadata: Readonly<Record<string, string>> | null = null): this {
    this.current = { tensors: [], metadata };
    this.currentName = name;
    this.shards.set(name, this.current);
    return this;
  }

  tensor(name: string, dtype: string, shape: readonly number[]): this {
    if (this.current === undefined) this.shard("model.safetensors");
    this.current?.tensors.push({ name, dtype, shape });
    this.places.set(name, this.currentName);
    return this;
  }

  /** Any other file, as text or bytes; `fileBytes` where its length goes beyond what is given. */
  file(name: string, content: string | Uint8Array, fileBytes?: number): this {
    const bytes = typeof content === "string" ? utf8(content) : content;
    this.files.set(name, fileBytes === undefined ? { bytes } : { bytes, fileBytes });
    return this;
  }

  json(name: string, value: unknown): this {
    return this.file(name, JSON.stringify(value, null, 2));
  }

  /** An index over all tensors given so far; `change` may bend the map to what a test needs. */
  index(
    change: (map: Map<string, string>) => void = () => {},
    name = "model.safetensors.index.json",
    metadata: Readonly<Record<string, unknown>> = { total_size: this.tensorBytes() },
  ): this {
    const map = new Map(this.places);
    change(map);
    return this.json(name, { metadata, weight_map: Object.fromEntries(map) });
  }

  tensorBytes(): number {
    let bytes = 0;
    for (const { tensors } of this.shards.values())
      for (const { dtype, shape } of tensors) bytes += byteLength(dtype, shape);
    return bytes;
  }

  toFiles(): Map<string, MemoryFile> {
    const files = new Map<string, MemoryFile>();
    for (const [name, { tensors, metadata }] of this.shards) {
      const { text, dataBytes } = plainHeader(tensors, metadata);
      const bytes = fileStart(text);
      files.set(name, { bytes, fileBytes: bytes.length + dataBytes });
    }
    for (const [name, file] of this.files) files.set(name, file);
    return files;
  }

  toSource(chosenFile: string | null = null): MemorySource {
    return new MemorySource(this.toFiles(), MEMORY_FACTS, chosenFile);
  }

  /** Writes all files; what lies beyond the given bytes is a hole that takes no room on the disk. */
  writeTo(folder: string): void {
    for (const [name, { bytes, fileBytes }] of this.toFiles()) {
      const target = path.join(folder, name);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, bytes);
      if (fileBytes !== undefined) fs.truncateSync(target, fileBytes);
    }
  }
}
