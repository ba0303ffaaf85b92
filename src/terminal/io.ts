import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { UnfoldError } from "../errors.ts";
import { escapeForTerminal, quoteForMessage } from "../format/escape.ts";
import { readRegularFile } from "../sources/regular-file.ts";

/** One output stream as a command sees it. */
export interface OutputStream {
  write(text: string): void;
  /**
   * Waits until what was written has left: a pipe's reader may be slower than the writer, and a list of a million tensors must
   * not pile up in memory. Not given where writing is immediate.
   */
  drained?(): Promise<void>;
  readonly isTTY: boolean;
  /** Columns of the terminal, undefined where there is none. */
  readonly columns: number | undefined;
}

/** Everything a run knows of the world around it, so that tests can be that world. */
export interface Io {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user stops the run. */
  readonly signal?: AbortSignal;
  /** Folder of the user's settings; empty where there is none. */
  readonly homeFolder?: string;
  /** Folder that the program was started in: configuration is looked for from there upwards. */
  readonly workingFolder?: string;
  /**
   * Standard input read to its end, for options that take a secret from it. Throws the signal's reason when that comes
   * before, and `USAGE` for more than a secret has.
   */
  readStdin(signal: AbortSignal): Promise<string>;
}

/** The streams of this process. A reader that hangs up (`| head`) is a normal end. */
export function processIo(signal?: AbortSignal): Io {
  const closed = { stdout: false };
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    closed.stdout = true;
  });
  process.stderr.on("error", () => {}); // nobody left to tell
  return {
    stdout: {
      write: (text) => {
        if (!closed.stdout) process.stdout.write(text);
      },
      drained: async () => {
        if (closed.stdout || !process.stdout.writableNeedDrain) return;
        await new Promise<void>((resolve) => {
          const done = () => {
            for (const event of ["drain", "close", "error"]) process.stdout.off(event, done);
            resolve();
          };
          for (const event of ["drain", "close", "error"]) process.stdout.once(event, done);
        });
      },
      isTTY: process.stdout.isTTY === true,
      columns: process.stdout.columns,
    },
    stderr: {
      write: (text) => {
        process.stderr.write(text);
      },
      isTTY: process.stderr.isTTY === true,
      columns: process.stderr.columns,
    },
    env: process.env,
    homeFolder: os.homedir(),
    workingFolder: process.cwd(),
    ...(signal === undefined ? {} : { signal }),
    readStdin,
  };
}

async function readStdin(signal: AbortSignal): Promise<string> {
  // Waiting for who never writes would keep the process.
  const stop = () => process.stdin.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    let text = "";
    for await (const chunk of process.stdin) {
      text += (chunk as Buffer).toString("utf8");
      if (text.length > MAX_SMALL_TEXT) {
        const message = `more than ${MAX_SMALL_TEXT} characters on standard input, which is no token`;
        throw new UnfoldError("USAGE", { message });
      }
    }
    signal.throwIfAborted();
    return text;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Characters of a small text file such as a token's; a longer one is something else. */
const MAX_SMALL_TEXT = 10_000;

/** A small text file, or undefined where there is none that can be read: like one that was never written. */
export function readSmallText(file: string): string | undefined {
  return readRegularFile(file, MAX_SMALL_TEXT)?.toString("utf8");
}

/** Bytes of a file that the user wrote for unfold, or had written by it: a configuration, a baseline. */
const MAX_USER_FILE_BYTES = 10_000_000;

/** A file that the user named, parsed as JSON. Throws `USAGE`: it is the user's own file that cannot be used. */
export function readUserJson(file: string): unknown {
  try {
    if (fs.statSync(file).size > MAX_USER_FILE_BYTES)
      throw new UnfoldError("USAGE", { message: `${quoteForMessage(file)} is larger than 10 MB` });
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof UnfoldError) throw error;
    const message = `${quoteForMessage(file)} ${problemOf(error)}`;
    throw new UnfoldError("USAGE", { message }, { cause: error });
  }
}

/** Why a file of the user's cannot be used, in words; of JSON what its parser says, which names the place. */
function problemOf(error: unknown): string {
  if (error instanceof SyntaxError) return `is not JSON: ${escapeForTerminal(error.message)}`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "is not there";
  return code === "EISDIR" ? "is a folder" : `cannot be read: ${code}`;
}

/** The nearest file of this name in a folder or those above it, undefined where there is none. */
export function findUpwards(name: string, folder: string): string | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const candidate = path.join(at, name);
    if (fs.existsSync(candidate)) return candidate;
    if (path.dirname(at) === at) return undefined;
  }
}

/**
 * Writes a file whole or not at all: beside its place first, then renamed. Throws `OUTPUT_FAILED`.
 */
export function writeOutputFile(file: string, chunks: Iterable<string | Uint8Array>): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  try {
    const descriptor = fs.openSync(temporary, "wx");
    try {
      for (const chunk of chunks) fs.writeFileSync(descriptor, chunk);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    if (error instanceof UnfoldError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    const reason =
      code === "ENOENT"
        ? "its folder does not exist"
        : code === "EACCES"
          ? "no permission"
          : code === "EISDIR"
            ? "it is a folder"
            : code;
    throw new UnfoldError("OUTPUT_FAILED", { path: file, reason }, { cause: error });
  }
}
