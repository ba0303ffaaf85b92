import type { Component } from "../../checkpoint/checkpoint.ts";
import type { Adapter } from "../../kinds/adapter/facts.ts";
import type { AdapterModule, PartKey } from "../../kinds/adapter/modules.ts";
import type { Found } from "./adapter-found.ts";

/** Methods whose modules may each hold other factors: those of one are told apart by pairs. */
const PAIRED = new Set(["lora", "dora", "loha", "lokr", "full", "ip-adapter", "ia3", "other"]);

/** Of a Kronecker product either side is whole, or two factors. */
const SIDES: readonly (readonly [name: string, parts: readonly PartKey[]])[] = [
  ["lokr_w1", ["w1", "w1a", "w1b"]],
  ["lokr_w2", ["w2", "w2a", "w2b"]],
];

/** What most modules of a method have and one lacks: its loader leaves what is not there as it was started. */
export function judgeSets(component: Component, { modules }: Adapter, found: Found): void {
  judgeSides(modules, found);
  judgeMost(modules, "spectrum", "lora_E", found);
  const byKind = new Map<string, AdapterModule[]>();
  for (const module of modules) {
    if (PAIRED.has(module.kind)) continue;
    const known = byKind.get(module.kind);
    if (known === undefined) byKind.set(module.kind, [module]);
    else known.push(module);
  }
  for (const own of byKind.values()) if (own.length > 1) judgeLeaves(component, own, found);
}

function judgeSides(modules: readonly AdapterModule[], found: Found): void {
  for (const { kind, name, parts } of modules)
    if (kind === "lokr")
      for (const [lacking, own] of SIDES)
        if (!own.some((part) => parts.has(part))) addLacking(found, name, lacking);
}

/** A part that more than half of the modules with factors have. */
function judgeMost(modules: readonly AdapterModule[], part: PartKey, leaf: string, found: Found): void {
  const paired = modules.filter(({ parts }) => parts.has("a"));
  const without = paired.filter(({ parts }) => !parts.has(part));
  if (2 * without.length >= paired.length) return;
  for (const { name } of without) addLacking(found, name, leaf);
}

function judgeLeaves({ table }: Component, modules: readonly AdapterModule[], found: Found): void {
  const sets = modules.map(({ name, parts }) => {
    const leaves = Array.from(parts.values(), ({ row }) => table.name(row).slice(name.length + 1));
    return { name, leaves: new Set(leaves.filter((leaf) => !leaf.endsWith("bias"))) };
  });
  const counts = new Map<string, number>();
  for (const { leaves } of sets) for (const leaf of leaves) counts.set(leaf, (counts.get(leaf) ?? 0) + 1);
  for (const [leaf, count] of counts) {
    if (count === sets.length || 2 * count <= sets.length) continue;
    for (const { name, leaves } of sets) if (!leaves.has(leaf)) addLacking(found, name, leaf);
  }
}

function addLacking(found: Found, module: string, leaf: string): void {
  found.add("adapter.incomplete", module, { data: { leaf } });
}
