/** Names that come from inside a checkpoint and must not lead anywhere else. */

/** Characters of a path: what Linux takes (PATH_MAX), the most of all systems. */
const MAX_PATH_CHARACTERS = 4_096;

/**
 * Why a shard name from an index must not be opened, or undefined when it may. Judged alike on every system:
 * a name that would only escape on Windows is refused on Linux too (diffusers#14175, transformers#47176).
 */
export function findUnsafePath(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.length > MAX_PATH_CHARACTERS) return "it is longer than a path can be";
  if (/[\u0000-\u001f\u007f]/.test(path)) return "it holds control characters";
  // A lone half of a pair has no UTF-8, and so neither an address nor a name on disk.
  if (/\p{Surrogate}/u.test(path)) return "it holds half a character";
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(path)) return "it is an address or a drive, not a name in this folder";
  if (path.startsWith("/") || path.startsWith("\\")) return "it is an absolute path";
  const segments = path.split(/[/\\]/);
  if (segments.includes("..")) return "it leads out of the folder";
  if (path.includes("\\")) return "it holds a backslash";
  if (segments.some((segment) => segment === "" || segment === ".")) return "it holds an empty path segment";
  return undefined;
}

/** `a/b.safetensors` → `a`; `b.safetensors` → "". */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/** `a/b.safetensors` → `b.safetensors`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
