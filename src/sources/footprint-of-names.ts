import fs from "node:fs";
import path from "node:path";
import type { Footprint } from "./source.ts";

/**
 * What of this disk a run may read that was given names only: folders with those right below, where the parts of a pipeline
 * lie, and single files. A name of a hub or an address is a file that is nowhere.
 */
export function footprintOfNames(names: readonly string[]): Footprint {
  const files: string[] = [];
  const folders: string[] = [];
  for (const name of names) {
    const below = foldersIn(name);
    if (below === undefined) files.push(name);
    else folders.push(name, ...below);
  }
  return { files, folders, trees: [] };
}

/** Undefined where a name is no folder, or none that can be listed: reading it will say why. */
function foldersIn(name: string): string[] | undefined {
  try {
    const entries = fs.readdirSync(name, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(name, entry.name));
  } catch {
    return undefined;
  }
}
