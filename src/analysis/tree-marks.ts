import type { Component } from "../checkpoint/checkpoint.ts";
import { NUMBERED_NAME, type PatternSegment } from "../checkpoint/pattern-segment.ts";
import { oddSiblingsOf } from "../faults/siblings/find.ts";
import { formatDifference } from "../faults/siblings/module-differences.ts";
import { NONE, ROOT } from "../safetensors/tensor-names.ts";

export interface TreeMarks {
  /** What sets a module apart from its siblings, in words; undefined for one that is like them. */
  of(node: number): readonly string[] | undefined;
  /** Whether there is such a module below one of this kind. */
  areBelow(kind: number): boolean;
}

/**
 * The marks of the tree: the odd siblings that are faults, and nothing compared anew. A fault names modules by pattern,
 * the tree any member of a fold: both meet in the kinds of list and module, and the path without its numbers.
 */
export function treeMarksOf(component: Component): TreeMarks {
  const { kinds, table } = component;
  const { names } = table;
  const keyOf = (node: number) => {
    const segments: string[] = [];
    for (let at = node; at !== ROOT; at = names.parent(at))
      segments.push(names.segments.text(names.segment(at)).replace(NUMBERED_NAME, "$1#"));
    return `${kinds.kindOf(names.parent(node))} ${kinds.kindOf(node)} ${segments.join("/")}`;
  };
  const marks = new Map<string, string[]>();
  const marked = new Set<number>();
  const above = new Set<number>();
  for (const { segments, difference } of oddSiblingsOf(component)) {
    const node = names.find(firstOf(segments));
    if (node === NONE) continue;
    const key = keyOf(node);
    marked.add(kinds.kindOf(node));
    marks.set(key, [...(marks.get(key) ?? []), formatDifference(difference)]);
    for (let at = names.parent(node); at !== ROOT; at = names.parent(at)) above.add(kinds.kindOf(at));
  }
  return {
    of: (node) => (node !== ROOT && marked.has(kinds.kindOf(node)) ? marks.get(keyOf(node)) : undefined),
    areBelow: (kind) => above.has(kind),
  };
}

/** Path of the first module that a pattern stands for. */
function firstOf(segments: readonly PatternSegment[]): string {
  return segments
    .map((segment) => (typeof segment === "string" ? segment : `${segment.prefix}${segment.members[0]}`))
    .join(".");
}
