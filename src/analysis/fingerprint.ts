import { createHash } from "node:crypto";
import type { Component } from "../checkpoint/checkpoint.ts";

/** Hexadecimal digits that are told: 128 bits, as many as a UUID has. */
const DIGITS = 32;

/**
 * What a checkpoint is built of, in a word: `unfold:1:9c1f3d2a…`. Equal where names, dtypes and shapes are, whatever the
 * values, the shards and the order in them; so a copy under another name has the same, and a quantized one another.
 *
 * SHA-256 over the tree of names. A tensor is `dtype[shape]`; a module is a line for each child, sorted by name as UTF-16
 * code units, `name` as JSON, a blank and the child's own hash; a module that is a tensor too begins with the tensor's
 * line. Steps: one for each kind of module, not for each tensor.
 */
export function fingerprintOf(component: Component): string {
  return component.analyses.get(fingerprintAnew);
}

function fingerprintAnew({ kinds }: Component): string {
  const hashes: string[] = [];
  // Children have smaller numbers than their parents.
  for (let kind = 0; kind < kinds.count; kind++) {
    const row = kinds.tensorRow(kind);
    let text = row === undefined ? "" : `${kinds.table.dtype(row)}[${kinds.table.shape(row).join(",")}]\n`;
    const children = Array.from({ length: kinds.childCount(kind) }, (_, position) => ({
      name: kinds.childName(kind, position),
      kind: kinds.childKind(kind, position),
    }));
    children.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const child of children) text += `${JSON.stringify(child.name)} ${hashes[child.kind]}\n`;
    hashes[kind] = createHash("sha256").update(text).digest("hex");
  }
  return `unfold:1:${(hashes[kinds.root] ?? "").slice(0, DIGITS)}`;
}
