import type { ModuleGroup } from "./weight-groups.ts";

/**
 * Modules by the segments of their names, numbers left open: an entry of a list is then held against the few modules
 * that have its rarest segment, and not against all.
 */
export class ModuleIndex {
  private readonly byKey = new Map<string, ModuleGroup[]>();

  constructor(modules: readonly ModuleGroup[]) {
    for (const group of modules)
      for (const key of keysOf(group)) {
        const known = this.byKey.get(key);
        if (known === undefined) this.byKey.set(key, [group]);
        else known.push(group);
      }
  }

  /** All modules that may hold these segments, in their paths or in the names of their tensors, and some others. */
  candidates(segments: readonly string[]): readonly ModuleGroup[] {
    let rarest: readonly ModuleGroup[] | undefined;
    for (const segment of segments) {
      const holders = this.byKey.get(keyOf(segment)) ?? [];
      if (rarest === undefined || holders.length < rarest.length) rarest = holders;
    }
    return rarest ?? [];
  }
}

function keysOf(group: ModuleGroup): Set<string> {
  const keys = new Set<string>();
  for (const part of group.parts) keys.add(typeof part === "string" ? keyOf(part) : `${part.stem}#`);
  for (const name of tensorNames(group)) for (const segment of name.split(".")) keys.add(keyOf(segment));
  return keys;
}

function keyOf(segment: string): string {
  let end = segment.length;
  while (end > 0 && isDigit(segment.charCodeAt(end - 1))) end--;
  return end === segment.length ? segment : `${segment.slice(0, end)}#`;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function tensorNames({ loose, weights }: ModuleGroup): string[] {
  return [...loose, ...weights.flatMap(({ parts }) => parts)].map(({ tensor }) => tensor.name);
}
