import fs from "node:fs";
import path from "node:path";
import { UnfoldError } from "../errors.ts";
import { LocalSource } from "./local.ts";
import { openSnapshot } from "./snapshot.ts";
import type { Source } from "./source.ts";

export interface OpenOptions {
  /** Folder below the source that holds the checkpoint. */
  readonly subfolder?: string | null;
}

/**
 * What the user typed → where its bytes come from. A path that exists on disk wins over every other reading. Throws
 * `SOURCE_NOT_FOUND` with what to try, `USAGE` for what can be no source.
 */
export async function openSource(target: string, options: OpenOptions = {}): Promise<Source> {
  if (target === "") throw new UnfoldError("USAGE", { message: "the source is empty" });
  if (/\.unfold\.json(\.gz)?$/.test(target) && isFile(target))
    return openSnapshot(target, fs.readFileSync(target));
  const place = options.subfolder ? path.join(target, options.subfolder) : target;
  const stats = fs.statSync(place, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return new LocalSource(target, place, null);
  if (stats !== undefined) return openFile(place);
  throw notFound(target, place);
}

function openFile(file: string): Source {
  if (!file.endsWith(".safetensors") && !/\.index(\.[^.]+)?\.json$/.test(file)) {
    const hint = "Give a folder, a .safetensors file, a .safetensors.index.json or an .unfold.json snapshot.";
    throw new UnfoldError(
      "USAGE",
      { message: `${JSON.stringify(path.basename(file))} is none of the files that unfold reads` },
      { hint },
    );
  }
  return new LocalSource(file, path.dirname(file), path.basename(file));
}

function isFile(target: string): boolean {
  return fs.statSync(target, { throwIfNoEntry: false })?.isFile() === true;
}

function notFound(target: string, place: string): UnfoldError {
  const near = nearestSibling(place);
  const hint =
    near === undefined
      ? "Check the path; a local source is a folder or a file."
      : `Did you mean ${JSON.stringify(near)}?`;
  return new UnfoldError("SOURCE_NOT_FOUND", { target }, { hint });
}

/** A name in the same folder that one typing slip explains. */
function nearestSibling(place: string): string | undefined {
  const wanted = path.basename(place);
  let names: string[];
  try {
    names = fs.readdirSync(path.dirname(place)).slice(0, 1000);
  } catch {
    return undefined;
  }
  const close = names.find(
    (name) => name.toLowerCase() === wanted.toLowerCase() || editDistance(name, wanted) <= 2,
  );
  return close === undefined ? undefined : path.join(path.dirname(place), close);
}

/** Levenshtein distance, given up beyond 2. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
