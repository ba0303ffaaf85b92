import fs from "node:fs";
import path from "node:path";
import { changesBetween, folderState } from "./folder-state.ts";

/**
 * Looks at what a command line names before it runs; the function that comes back tells what the run has changed of it. What the
 * run was told to write may be new or changed.
 */
export function watchSources(argv: readonly string[]): () => string[] {
  const outputs = outputsOf(argv);
  const watched = argv.filter((text) => text !== "" && !text.startsWith("-") && isThere(text));
  const before = watched.map((target) => stateOf(target, outputs));
  return () =>
    watched.flatMap((target, k) =>
      changesBetween(before[k] ?? new Map(), stateOf(target, outputs)).map(
        (change) => `${target}: ${change}`,
      ),
    );
}

/** Files that a command line asks to be written. */
export function outputsOf(argv: readonly string[]): string[] {
  const after = (flag: string): string[] => {
    const at = argv.lastIndexOf(flag);
    const file = at < 0 ? undefined : argv[at + 1];
    return file === undefined ? [] : [path.resolve(file)];
  };
  return [
    ...after("-o"),
    ...after("--output"),
    ...(argv.includes("--update-baseline") ? after("--baseline") : []),
  ];
}

/** Whether it names a file or folder; one that holds the working folder is no source of a test. */
function isThere(target: string): boolean {
  if (target.includes("\0") || `${process.cwd()}/`.startsWith(path.resolve(target, "x").slice(0, -1)))
    return false;
  try {
    return fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // too long for a name, or below a file
  }
}

/** Of a file, itself and the names beside it; of a folder, all that lies in it. */
function stateOf(target: string, outputs: readonly string[]): Map<string, string> {
  const isFolder = isFolderOf(target);
  const state = folderState(target);
  if (!isFolder) for (const name of namesBeside(target)) state.set(`../${name}`, "");
  const isOutput = (name: string) => outputs.includes(path.resolve(target, name));
  return new Map([...state].filter(([name]) => !isOutput(name)));
}

function isFolderOf(target: string): boolean {
  try {
    return fs.statSync(target).isDirectory();
  } catch {
    return false; // a link that leads nowhere, or to itself
  }
}

function namesBeside(file: string): string[] {
  try {
    return fs.readdirSync(path.dirname(file));
  } catch {
    return []; // not ours to list
  }
}
