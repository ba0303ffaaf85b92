import type { Component } from "../checkpoint/checkpoint.ts";
import {
  formatPattern,
  gatherModules,
  type ModuleGroup,
  type PatternGroup,
  type PatternPart,
} from "../checkpoint/repeats.ts";
import { countShown } from "../format/shown.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import { ROOT } from "../safetensors/tensor-names.ts";
import type { Seen } from "./check.ts";

/** Names given in full for a pattern; the pattern itself stands for all. */
const MAX_NAMED = 3;

/** Patterns shown of one fault whose places do not join into one. */
const MAX_PATTERNS = 5;

/** Where something was seen, for people (`where`), for scripts (`modules`) and counted. */
export function placesOf(
  patterns: readonly (readonly PatternPart[])[],
  count: number,
  below = "",
): Pick<Required<Seen>, "where" | "modules" | "count"> {
  const suffix = below === "" ? "" : `.${below}`;
  const shown = patterns
    .slice(0, countShown(patterns.length, MAX_PATTERNS))
    .map((parts) => `${formatPattern(parts)}${suffix}`);
  const rest = patterns.length - shown.length;
  const modules = patterns.flatMap((parts) => firstNames(parts)).slice(0, MAX_NAMED);
  return {
    where: rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", "),
    modules: modules.map((name) => `${name}${suffix}`),
    count,
  };
}

/** The first names that a pattern stands for. */
export function firstNames(parts: readonly PatternPart[]): string[] {
  let names = [""];
  for (const part of parts) {
    const segments =
      typeof part === "string"
        ? [part]
        : part.members.slice(0, MAX_NAMED).map((member) => `${part.stem}${member}`);
    names = names
      .flatMap((name) => segments.map((segment) => (name === "" ? segment : `${name}.${segment}`)))
      .slice(0, MAX_NAMED);
  }
  return names;
}

/** Modules whose kind is as asked, alike ones together. Tensors and mere parts of weights are no modules. */
export function findModules(component: Component, isWanted: (kind: number) => boolean): ModuleGroup[] {
  const { kinds } = component;
  if (kinds.root < 0) return [];
  const quantization = quantizationOf(component);
  const isModule = (group: PatternGroup) => !quantization.isPart(group.parentKind, group.position);
  const root = isWanted(kinds.root) ? [{ kind: kinds.root, count: 1, node: ROOT, patterns: [[]] }] : [];
  return [...root, ...gatherModules(kinds, (group) => isModule(group) && isWanted(group.kind), isModule)];
}

/** Alike tensors, with the row of the first. */
export interface TensorGroup extends ModuleGroup {
  readonly row: number;
}

/** Tensors as asked, alike ones together; `name` is the last segment of theirs. */
export function findTensors(
  component: Component,
  isWanted: (row: number, name: string) => boolean,
): TensorGroup[] {
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

/** A list of numbers in a pattern, as `formatIndexRanges` writes it. */
const NUMBERS = /\{(\d{1,9})(?:-(\d{1,9}))?((?:,\d{1,9}(?:-\d{1,9})?)*)\}/;

/** The first names that a written pattern stands for. Braces that hold no numbers are part of the name. */
export function namesOfPattern(pattern: string): string[] {
  const match = NUMBERS.exec(pattern);
  if (match === null) return [pattern];
  const [list, first, last] = match as unknown as [string, string, string | undefined];
  const end = Math.min(Number(last ?? first), Number(first) + MAX_NAMED - 1);
  const names: string[] = [];
  for (let number = Number(first); number <= end; number++)
    names.push(...namesOfPattern(pattern.replace(list, () => String(number))));
  return names.slice(0, MAX_NAMED);
}
