import type { HubFile } from "./hub-api.ts";
import { joinPath } from "./paths.ts";
import type { SourceEntry } from "./source.ts";

/** Entries of one folder, out of the flat listing of a repository; `root` is the folder that counts as "". */
export function entriesOf(files: readonly HubFile[], root: string, folder: string): SourceEntry[] {
  const inside = joinPath(root, folder).replace(/\/$/, "");
  const prefix = inside === "" ? "" : `${inside}/`;
  const entries = new Map<string, SourceEntry>();
  for (const file of files) {
    if (!file.path.startsWith(prefix)) continue;
    const slash = file.path.indexOf("/", prefix.length);
    const name = file.path.slice(prefix.length, slash < 0 ? undefined : slash);
    const path = joinPath(folder, name);
    if (slash >= 0) entries.set(path, { path, kind: "folder" });
    else
      entries.set(path, { path, kind: "file", ...(file.bytes === undefined ? {} : { bytes: file.bytes }) });
  }
  return [...entries.values()];
}
