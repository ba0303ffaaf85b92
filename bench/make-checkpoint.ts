import fs from "node:fs";
import path from "node:path";
import { buildCheckpoint, type CheckpointSpec, expandName } from "../fixtures/checkpoint-spec.ts";

/** A checkpoint on disk. */
export interface Checkpoint {
  readonly folder: string;
  readonly tensors: number;
}

/** Writes headers, index and configuration; the data is a hole in each file and takes no room. */
export function writeCheckpoint(folder: string, spec: CheckpointSpec): Checkpoint {
  fs.mkdirSync(folder);
  for (const [name, { bytes, fileBytes }] of buildCheckpoint(spec)) {
    const file = path.join(folder, name);
    fs.writeFileSync(file, bytes);
    if (fileBytes !== undefined) fs.truncateSync(file, fileBytes);
  }
  return { folder, tensors: countTensors(spec) };
}

/**
 * The same model with more layers and, in proportion, more shards, until it has about so many tensors. The longest
 * part of the names is shortened: with it, an index of a million tensors would be larger than is read.
 */
export function enlarge(spec: CheckpointSpec, tensors: number): CheckpointSpec {
  const layers =
    1 + Number(/\{0-(\d+)\}/.exec(spec.rows.find(([name]) => name.includes("{"))?.[0] ?? "")?.[1]);
  const perLayer = countTensors(spec) / layers;
  const wanted = Math.round(tensors / perLayer);
  const shards = Math.round((spec.shards.length * wanted) / layers);
  return {
    rows: spec.rows.map(([name, dtype, shape, shard]) => {
      const longer = name
        .replace(`{0-${layers - 1}}`, `{0-${wanted - 1}}`)
        .replace("block_sparse_moe", "mlp");
      const place = shard === undefined || shard === 0 ? shard : shards - 1;
      return place === undefined ? [longer, dtype, shape] : [longer, dtype, shape, place];
    }),
    shards: Array.from(
      { length: shards },
      (_, k) => `model-${number(k + 1)}-of-${number(shards)}.safetensors`,
    ),
    ...(spec.files === undefined ? {} : { files: spec.files }),
  };
}

function countTensors(spec: CheckpointSpec): number {
  return spec.rows.reduce((sum, [name]) => sum + expandName(name).length, 0);
}

function number(value: number): string {
  return String(value).padStart(5, "0");
}
