import type { Source } from "../sources/source.ts";

const EXTENSION = ".unfold.json.gz";

/** Bytes that common file systems take for one name. */
const MAX_NAME_BYTES = 255;

/**
 * The name of a snapshot that got none: after the folder, the file or the model. An address gives its path alone: its query may
 * be a signature, which is a secret. Only plain characters are kept, one byte each.
 */
export function nameSnapshot(
  target: string,
  { facts, chosenFile }: Pick<Source, "facts" | "chosenFile">,
): string {
  const parts =
    facts.kind === "hub"
      ? [lastSegment(facts.id), facts.subfolder ?? "", withoutExtension(chosenFile ?? "")]
      : [withoutExtension(lastSegment(facts.kind === "http" ? decodePath(facts.id) : target))];
  const stem = parts
    .filter((part) => part !== "")
    .join("-")
    .replace(/[^A-Za-z0-9._-]/g, "-")
    // Neither hidden, nor an option, nor ".." for whoever works with the file.
    .replace(/^[.-]+/, "")
    .slice(0, MAX_NAME_BYTES - EXTENSION.length);
  return `${stem === "" ? "checkpoint" : stem}${EXTENSION}`;
}

/** `./export/` → `export`. */
function lastSegment(path: string): string {
  return (
    path
      .replace(/[/\\]+$/, "")
      .split(/[/\\]/)
      .pop() ?? ""
  );
}

function withoutExtension(name: string): string {
  return name.replace(/(\.safetensors(\.index\.json)?|\.unfold\.json(\.gz)?)$/, "");
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a percent sign that encodes nothing
  }
}
