import type { Derived } from "./derived.ts";

/** Rows of one piece: a few milliseconds to read. */
const PIECE_ROWS = 2000;

/** Classes by pieces: those of one model lie in one piece, for they share nearly all their rows. */
export function groupsOf(all: readonly Derived[]): Derived[][] {
  const groups: Derived[][] = [[]];
  let rows = 0;
  for (const [at, each] of all.entries()) {
    groups.at(-1)?.push(each);
    rows += each.rows.length + (each.runtime?.length ?? 0);
    const next = all[at + 1];
    if (rows <= PIECE_ROWS || (next?.folder === each.folder && each.folder !== "")) continue;
    groups.push([]);
    rows = 0;
  }
  return groups.filter(({ length }) => length > 0);
}

/** An older file's pieces with classes that were derived anew in the place of theirs, and new ones beside their kin. */
export function mergeOnto(old: readonly (readonly Derived[])[], anew: readonly Derived[]): Derived[][] {
  const keyOf = (each: Derived): string => `${each.library} ${each.class}`;
  const left = new Map(anew.map((each) => [keyOf(each), each]));
  const groups = old.map((group) =>
    group.map((each) => {
      const replaced = left.get(keyOf(each));
      left.delete(keyOf(each));
      return replaced ?? each;
    }),
  );
  const apart: Derived[] = [];
  for (const each of left.values()) {
    const kin = groups.find((group) => group.some((other) => isKin(each, other)));
    (kin ?? apart).push(each);
  }
  return [...groups, ...groupsOf(apart)];
}

function isKin(each: Derived, other: Derived): boolean {
  return each.library === other.library && each.modelTypes.some((type) => other.modelTypes.includes(type));
}
