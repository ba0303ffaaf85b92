import type { Component } from "../checkpoint/checkpoint.ts";
import { NONE } from "../safetensors/tensor-names.ts";
import type { TensorTable } from "../safetensors/tensor-table.ts";
import { joinPath } from "../sources/paths.ts";
import type { Family, Seen } from "./check.ts";

/**
 * The file to open about a finding, as its source names it: the shard it is about; else the configuration or the index
 * where the check is about these; else the shard that holds the first module or tensor named. Null where there is none.
 */
export function fileOf(seen: Seen, family: Family, component: Component): string | null {
  // What is said of a component's folder is said of no file.
  if (typeof seen.shard === "string" && seen.shard !== component.name) return seen.shard;
  const [first] = seen.at?.names(1) ?? [];
  // What an engine makes of the whole, it makes of its class, its type and its declaration.
  const isOfConfig =
    family === "config" ||
    (family === "engine" && first === undefined && seen.fault?.kind !== "engine.files-refused");
  if (isOfConfig && component.configs.has("config.json")) return joinPath(component.folder, "config.json");
  const index = component.index?.path ?? null;
  if (family === "index" && index !== null) return index;
  const holding = first === undefined ? undefined : shardHolding(component, first);
  return holding ?? index ?? component.shards[0]?.path ?? null;
}

/** The shard of a tensor, or of the first tensor of a module; of one that is not stored, what is nearest to it. */
function shardHolding(component: Component, name: string): string | undefined {
  for (let at = name; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const row = firstRow(component.table, at);
    if (row !== undefined) return component.shards[component.table.shards.data[row] as number]?.path;
  }
  return undefined;
}

function firstRow(table: TensorTable, name: string): number | undefined {
  for (let node = table.names.find(name); node !== NONE; node = table.names.firstChild(node)) {
    const row = table.rowAt(node);
    if (row !== undefined) return row;
  }
  return undefined;
}
