import type { Component } from "../checkpoint/checkpoint.ts";
import { PlaceSet } from "../checkpoint/place-set.ts";
import { type FoldedModules, gatherModules, type PatternGroup } from "../checkpoint/repeats.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import { ROOT } from "../safetensors/tensor-names.ts";

/** Where modules of a group are. */
export function modulesAt({ patterns, count }: FoldedModules): { readonly at: PlaceSet } {
  return { at: PlaceSet.modules(patterns, count) };
}

/** Where tensors of a group are. */
export function tensorsAt({ patterns, count }: FoldedModules): { readonly at: PlaceSet } {
  return { at: PlaceSet.tensorPaths(patterns, count) };
}

/** Modules whose kind is as asked, alike ones together. Tensors and mere parts of weights are no modules. */
export function findModules(component: Component, isWanted: (kind: number) => boolean): FoldedModules[] {
  const { kinds } = component;
  if (kinds.root < 0) return [];
  const quantization = quantizationOf(component);
  const isModule = (group: PatternGroup) => !quantization.isPart(group.parentKind, group.position);
  const root = isWanted(kinds.root) ? [{ kind: kinds.root, count: 1, node: ROOT, patterns: [[]] }] : [];
  return [...root, ...gatherModules(kinds, (group) => isModule(group) && isWanted(group.kind), isModule)];
}

/** Alike tensors, with the row of the first. */
export interface FoldedTensors extends FoldedModules {
  readonly row: number;
}

/** Tensors as asked, alike ones together; `name` is the last segment of theirs. */
export function findTensors(
  component: Component,
  isWanted: (row: number, name: string) => boolean,
): FoldedTensors[] {
  const { kinds } = component;
  const select = (group: PatternGroup) => {
    // The tensor of this place: that of the kind is an example, and may lie elsewhere.
    const row = kinds.table.rowAt(group.node);
    return row !== undefined && isWanted(row, kinds.childName(group.parentKind, group.position));
  };
  const groups = kinds.root < 0 ? [] : gatherModules(kinds, select, () => true);
  return groups.flatMap((group) => {
    const row = kinds.table.rowAt(group.node);
    return row === undefined ? [] : [{ ...group, row }];
  });
}
