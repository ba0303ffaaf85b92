import { UnfoldError } from "../errors.ts";
import {
  CONFIG_FILES,
  type ConfigFile,
  MAX_CONFIG_BYTES,
  REMOTE_CONFIG_FILES,
} from "../sources/config-files.ts";
import { findTooDeep, MAX_JSON_DEPTH } from "../sources/json-depth.ts";
import { joinPath } from "../sources/paths.ts";
import type { Source } from "../sources/source.ts";
import { type Note, note } from "./notes.ts";

/** The configuration files that are read of a source, where they are there. */
export function configFilesOf({ facts }: Source): readonly ConfigFile[] {
  const isRemote = facts.kind === "hub" || facts.kind === "http" || facts.kind === "s3";
  return isRemote ? REMOTE_CONFIG_FILES : CONFIG_FILES;
}

/** Parsed configuration by file name; values are unknown until whoever needs one has looked at its type. */
export type Configs = ReadonlyMap<string, unknown>;

/** Reads the configuration files of one folder. An unusable one is a note: it changes no fact of the headers. */
export async function loadConfigs(
  source: Source,
  folder: string,
  present: ReadonlySet<string>,
): Promise<{ configs: Configs; notes: Note[] }> {
  const configs = new Map<string, unknown>();
  const failed: Unused[] = [];
  for (const name of configFilesOf(source)) {
    const path = joinPath(folder, name);
    if (!present.has(path)) continue;
    try {
      const bytes = await source.readFile(path, MAX_CONFIG_BYTES);
      if (bytes !== undefined) configs.set(name, parseConfig(bytes));
    } catch (error) {
      if (!(error instanceof UnfoldError || error instanceof SyntaxError)) throw error;
      const reason = error instanceof UnfoldError ? error.message : "it is not JSON";
      failed.push({ path, name, reason });
    }
  }
  return { configs, notes: tellUnused(failed) };
}

/** A file that was not read, or is no configuration. */
interface Unused {
  readonly path: string;
  readonly name: string;
  readonly reason: string;
}

/** A note for each cause: a server that is down says the same of every file. */
function tellUnused(failed: readonly Unused[]): Note[] {
  const causeOf = ({ name, reason }: Unused) => reason.replaceAll(name, "");
  const causes = failed.map(causeOf);
  return failed
    .filter((_, at) => causes.indexOf(causes[at] as string) === at)
    .map((first) => {
      const { path, name, reason } = first;
      const alike = causes.filter((cause) => cause === causeOf(first)).length;
      return note("CONFIG_UNUSABLE", path, { name, reason, others: alike - 1 });
    });
}

/** The configuration files of each folder, read once for all components in it: a folder may hold thousands of adapters. */
export class FolderConfigs {
  private readonly source: Source;
  private readonly present: ReadonlySet<string>;
  private readonly loaded = new Map<string, Configs>();

  constructor(source: Source, present: ReadonlySet<string>) {
    this.source = source;
    this.present = present;
  }

  isLoaded(folder: string): boolean {
    return this.loaded.has(folder);
  }

  /** Notes are told with the first component of a folder alone. */
  async load(folder: string): Promise<{ configs: Configs; notes: readonly Note[] }> {
    const known = this.loaded.get(folder);
    if (known !== undefined) return { configs: known, notes: [] };
    const { configs, notes } = await loadConfigs(this.source, folder, this.present);
    this.loaded.set(folder, configs);
    return { configs, notes };
  }
}

/**
 * JSON as Python writes it: `NaN`, `Infinity` and `-Infinity` are read, NaN as null. Throws `SyntaxError`, and
 * `HEADER_TOO_DEEP` for what is nested as no configuration is.
 */
export function parseConfig(bytes: Uint8Array): unknown {
  const offset = findTooDeep(bytes);
  if (offset !== undefined) throw new UnfoldError("HEADER_TOO_DEEP", { offset, limit: MAX_JSON_DEPTH });
  const text = new TextDecoder("utf-8").decode(bytes);
  const parsed = parsePython(text);
  if (typeof parsed === "object" && parsed !== null) SPELLED.set(parsed, text);
  return parsed;
}

function parsePython(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const repaired = respellPythonNumbers(text);
    if (repaired === text) throw error;
    return JSON.parse(repaired);
  }
}

/** The text of what was parsed, for as long as that is in use. */
const SPELLED = new WeakMap<object, string>();

/**
 * The line of a file that states a key, `a.b` a member of a part; undefined where the file does not, or is one line.
 * Of several members of one name the last counts, as for the parser.
 */
export function lineOfKey(config: object, path: string): number | undefined {
  const text = SPELLED.get(config);
  if (text?.trimEnd().includes("\n") !== true) return undefined;
  const wanted = path.split(".");
  const open: (string | null)[] = [];
  let key: string | undefined;
  let line = 1;
  let found: number | undefined;
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === "\n") line++;
    else if (c === '"') {
      const end = endOfString(text, at);
      const name = text.slice(at + 1, end);
      if (/^\s*:/.test(text.slice(end + 1, end + MAX_SPACE))) {
        key = name;
        if (open.length === wanted.length && name === wanted.at(-1) && isPath(open, wanted)) found = line;
      }
      at = end;
    } else if (c === "{" || c === "[") {
      open.push(c === "{" ? (key ?? null) : null);
      key = undefined;
    } else if (c === "}" || c === "]") open.pop();
  }
  return found;
}

/** Space between a name and its colon that is looked over. */
const MAX_SPACE = 64;

/** Whether the parts that are open are those that lead to a member. The first is the whole. */
function isPath(open: readonly (string | null)[], wanted: readonly string[]): boolean {
  return open.slice(1).every((part, at) => part === wanted[at]);
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

const PYTHON_NUMBER = /-?Infinity|NaN/y;

/**
 * Writes `NaN` and `Infinity` outside strings as JSON can. One walk over the text: a pattern that matches whole
 * strings overflows the stack on a long one, and takes the square of its length where its end is missing.
 */
function respellPythonNumbers(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (inString && c === 0x5c) at++;
    else if (c === 0x22) inString = !inString;
    else if (!inString && (c === 0x2d || c === 0x49 || c === 0x4e)) {
      PYTHON_NUMBER.lastIndex = at;
      const token = PYTHON_NUMBER.exec(text)?.[0];
      if (token === undefined) continue;
      const spelling = token === "NaN" ? "null" : token.startsWith("-") ? "-1e999" : "1e999";
      parts.push(text.slice(copied, at), spelling);
      copied = at + token.length;
      at = copied - 1;
    }
  }
  return copied === 0 ? text : parts.join("") + text.slice(copied);
}

/** A member of a JSON object from outside, undefined for anything that is not there under its own name. */
export function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined;
  return (value as Record<string, unknown>)[key];
}
