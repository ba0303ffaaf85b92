import fs from "node:fs";
import path from "node:path";
import { buildCheckpoint, type CheckpointSpec } from "../../fixtures/checkpoint-spec.ts";

/** Writes a story's checkpoint as sparse files into a folder of that name; returns its path. */
export function writeStory(name: string, spec: CheckpointSpec, parent: string): string {
  const folder = path.join(parent, name);
  for (const [file, { bytes, fileBytes }] of buildCheckpoint(spec)) {
    const target = path.join(folder, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, bytes);
    if (fileBytes !== undefined) fs.truncateSync(target, fileBytes);
  }
  return folder;
}
