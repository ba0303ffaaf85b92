import type { Component } from "../checkpoint/checkpoint.ts";
import { member } from "../checkpoint/config.ts";
import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import { NONE, ROOT } from "../safetensors/tensor-names.ts";

/** Members of a configuration that are widths of a model's layers. */
const WIDTHS = [
  "hidden_size",
  "n_embd",
  "d_model",
  "dim",
  "intermediate_size",
  "moe_intermediate_size",
  "shared_expert_intermediate_size",
  "ffn_hidden_size",
  "q_lora_rank",
  "kv_lora_rank",
] as const;
const SUB_CONFIGS = [
  "text_config",
  "llm_config",
  "language_config",
  "vision_config",
  "audio_config",
] as const;
/** Modules up from a weight whose norms are looked at: the attention or feed-forward block, its layer, the layer list. */
const LEVELS_UP = 4;
/** Siblings looked at on each level; a layer has some ten, an expert list hundreds of equal ones. */
const MAX_SIBLINGS = 64;

function count(config: unknown, key: string): number | null {
  const value = member(config, key);
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** Widths that the configuration claims, attention's included. */
export function declaredWidths(component: Component): number[] {
  const config = component.configs.get("config.json");
  const widths = new Set<number>();
  for (const part of [config, ...SUB_CONFIGS.map((name) => member(config, name))]) {
    for (const key of WIDTHS) {
      const width = count(part, key);
      if (width !== null) widths.add(width);
    }
    const heads = count(part, "num_attention_heads");
    const headWidth = count(part, "head_dim");
    if (heads !== null && headWidth !== null) widths.add(heads * headWidth);
  }
  return [...widths];
}

/** Key/value heads by the configuration, null where it does not say. */
export function declaredKeyValueHeads(component: Component): number | null {
  const config = component.configs.get("config.json");
  for (const part of [config, ...SUB_CONFIGS.map((name) => member(config, name))]) {
    const heads = count(part, "num_key_value_heads");
    if (heads !== null) return heads;
  }
  return null;
}

/** Lengths of the norms beside a module and above it: the hidden size of whatever it stands in. */
export function normWidths(kinds: ModuleKinds, node: number): number[] {
  const { names } = kinds.table;
  const widths = new Set<number>();
  let at = node;
  for (let level = 0; level < LEVELS_UP && at !== ROOT; level++) {
    at = names.parent(at);
    const kind = kinds.kindOf(at);
    if (kind === NONE) continue;
    const siblings = Math.min(kinds.childCount(kind), MAX_SIBLINGS);
    for (let position = 0; position < siblings; position++) {
      const width = normWidth(kinds, kinds.childKind(kind, position), kinds.childName(kind, position));
      if (width !== undefined) widths.add(width);
    }
  }
  return [...widths];
}

function normWidth(kinds: ModuleKinds, kind: number, name: string): number | undefined {
  if (!/norm|(?:^|_)ln(?:_|\d|$)/i.test(name) || /^[qk]_(?:layer)?norm|norm_[qk]$/.test(name))
    return undefined;
  for (let position = 0; position < kinds.childCount(kind); position++) {
    if (kinds.childName(kind, position) !== "weight") continue;
    const row = kinds.tensorRow(kinds.childKind(kind, position));
    const shape = row === undefined ? [] : kinds.table.shape(row);
    if (shape.length === 1) return shape[0];
  }
  return undefined;
}

/** Rows of the weights beside a module: what `gate_proj` puts out, `down_proj` takes in. */
export function siblingRows(kinds: ModuleKinds, node: number): number[] {
  if (node === ROOT) return [];
  const { names } = kinds.table;
  const kind = kinds.kindOf(names.parent(node));
  const rows = new Set<number>();
  if (kind === NONE) return [];
  const siblings = Math.min(kinds.childCount(kind), MAX_SIBLINGS);
  for (let position = 0; position < siblings; position++) {
    const child = kinds.childKind(kind, position);
    if (child === kinds.kindOf(node)) continue;
    for (let leaf = 0; leaf < kinds.childCount(child); leaf++) {
      if (!/^(?:weight|weight_packed|embedding_quantized)$/.test(kinds.childName(child, leaf))) continue;
      const row = kinds.tensorRow(kinds.childKind(child, leaf));
      const shape = row === undefined ? [] : kinds.table.shape(row);
      if (shape.length >= 2) rows.add(shape[shape.length - 2] as number);
    }
  }
  return [...rows];
}

/** The path with its numbers taken out: the same module of all layers and experts. */
export function placeOf(path: string): string {
  return path.replace(/(^|\.)\d+(?=\.|$)/g, "$1#");
}
