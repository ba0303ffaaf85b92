import type { Component } from "../checkpoint/checkpoint.ts";
import { claimsOf } from "../checkpoint/claims.ts";
import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import { NONE, ROOT } from "../safetensors/tensor-names.ts";

/** Modules up from a weight whose norms are looked at: the attention or feed-forward block, its layer, the layer list. */
const LEVELS_UP = 4;
/** Siblings looked at on each level; a layer has some ten, an expert list hundreds of equal ones. */
const MAX_SIBLINGS = 64;

/** Widths that the configuration claims, attention's included. */
export function declaredWidths(component: Component): number[] {
  const widths = new Set<number>();
  for (const part of claimsOf(component).parts) {
    for (const width of part.every("anyWidth")) widths.add(width);
    const [heads] = part.every("heads");
    const [headWidth] = part.every("headDim");
    if (heads !== undefined && headWidth !== undefined) widths.add(heads * headWidth);
  }
  widths.delete(0);
  return [...widths];
}

/** Tables of tokens, and heads over them. */
const TABLE = /(?:^|[._])(?:embed\w*|wte|wpe|word_embeddings|tok_embeddings)$/;
const HEAD = /(?:^|[._])(?:lm_head|output|embed_out)$/;

/** Whether a module of this path is a table of tokens, for dialects that target classes. */
export function isTable(path: string): boolean {
  return TABLE.test(path);
}

/** Widths of the stream that tables and heads stand at either end of, by the configuration; empty for other modules. */
function streamWidths(component: Component, path: string): number[] {
  if (!TABLE.test(path) && !HEAD.test(path)) return [];
  const parts = claimsOf(component).parts;
  return parts.flatMap((part) => [...part.every("embeddingWidth"), ...part.every("hidden")]);
}

/**
 * Plausible numbers of input values, best source first. What puts out as much as the norms beside it have writes to the
 * stream, and what it takes is told by what its siblings put out; all else reads the stream.
 */
export function inputWidths(
  component: Component,
  node: number,
  rows: number | undefined,
  declared: readonly number[],
): (readonly number[])[] {
  const norms = normWidths(component.kinds, node);
  const siblings = siblingRows(component.kinds, node);
  const stream = streamWidths(component, component.table.names.name(node));
  const writes = rows !== undefined && norms.includes(rows) && siblings.length > 0;
  return writes ? [siblings, stream, declared] : [norms, stream, declared, siblings];
}

/** Key/value heads by the configuration, null where it does not say. */
export function declaredKeyValueHeads(component: Component): number | null {
  const heads = claimsOf(component).parts.flatMap((part) => part.every("kvHeads"));
  return heads.find((count) => count > 0) ?? null;
}

/** Lengths of the norms beside a module and above it: the hidden size of whatever it stands in. */
function normWidths(kinds: ModuleKinds, node: number): number[] {
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
function siblingRows(kinds: ModuleKinds, node: number): number[] {
  if (node === ROOT) return [];
  const { names } = kinds.table;
  const own = names.segments.text(names.segment(node));
  const kind = kinds.kindOf(names.parent(node));
  const rows = new Set<number>();
  if (kind === NONE) return [];
  const siblings = Math.min(kinds.childCount(kind), MAX_SIBLINGS);
  for (let position = 0; position < siblings; position++) {
    if (kinds.childName(kind, position) === own) continue;
    const child = kinds.childKind(kind, position);
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
