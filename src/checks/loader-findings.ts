import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import type { Note, NoteCode } from "../checkpoint/notes.ts";
import { PlaceSet } from "../checkpoint/place-set.ts";
import type { Problem } from "../checkpoint/problem.ts";
import type { ErrorCode } from "../errors.ts";
import { type Check, defineCheck, type Seen } from "./check.ts";

interface Reported extends Seen {
  readonly text: string;
}

/**
 * A check of what the reading of the files came upon: the loader's problems and notes of these codes, in the loader's
 * words. Said once, of the component whose file or folder it is about; of the first where it is about none of them.
 */
export function fromLoader(
  codes: readonly (ErrorCode | NoteCode)[],
  check: Omit<Check, "find" | "message" | "needs">,
): Check & { readonly codes: readonly (ErrorCode | NoteCode)[] } {
  const defined = defineCheck<Reported>({
    ...check,
    needs: [],
    find: ({ checkpoint, component, isFirst }) =>
      [...checkpoint.problems, ...checkpoint.notes]
        .filter((told) => codes.includes(told.code))
        .filter((told) => {
          const owner = ownerOf(checkpoint, told);
          return owner === undefined ? isFirst : owner === component;
        })
        .map((told) => toSeen(told)),
    message: ({ text }) => text,
  });
  return { ...defined, codes };
}

function toSeen(told: Problem | Note): Reported {
  const { shard, message: text, tensor } = told;
  const place = tensor === undefined ? {} : { at: PlaceSet.named(tensor) };
  const hint = "hint" in told ? told.hint : null;
  return { shard, text, ...place, ...(hint === null ? {} : { fix: hint }) };
}

/** The component whose shard, index or folder the loader speaks of. */
function ownerOf(checkpoint: Checkpoint, { shard }: Problem | Note): Component | undefined {
  if (shard === null || checkpoint.components.length < 2) return undefined;
  let owners = OWNERS.get(checkpoint);
  if (owners === undefined) {
    owners = ownersIn(checkpoint);
    OWNERS.set(checkpoint, owners);
  }
  for (let path = shard; path !== ""; path = path.slice(0, Math.max(0, path.lastIndexOf("/")))) {
    const owner = owners.get(path);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

/** Paths of files and folders with their component, listed once for all checks of the kind. */
const OWNERS = new WeakMap<Checkpoint, ReadonlyMap<string, Component>>();

function ownersIn({ components }: Checkpoint): ReadonlyMap<string, Component> {
  const owners = new Map<string, Component>();
  for (const component of components) {
    owners.set(component.name, component);
    if (component.index !== null) owners.set(component.index.path, component);
    for (const { path } of component.shards) owners.set(path, component);
  }
  return owners;
}
