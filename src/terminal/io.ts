import type { Identity, RunInputs } from "./run-inputs.ts";

/** One output stream as a command sees it. */
export interface OutputStream {
  /** Throws `OUTPUT_FAILED` where it is known that nothing arrives; a reader that hung up is no failure. */
  write(chunk: string | Uint8Array): void;
  /**
   * Waits until what was written has left: a pipe's reader may be slower than the writer, and a list of a million tensors must
   * not pile up in memory. Not given where writing is immediate.
   */
  drained?(): Promise<void>;
  readonly isTTY: boolean;
  /** Columns of the terminal as it tells them, 0 included; undefined where there is none. */
  readonly columns: number | undefined;
  /** The regular file that the stream goes to (`> report.txt`); not given where it is none. */
  readonly file?: Identity;
}

/** Everything a run knows of the world around it, so that tests can be that world. */
export interface Io {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the run reads of this disk: gathered by whoever reads, asked by whoever writes. */
  readonly inputs: RunInputs;
  /** Aborted when the user stops the run. */
  readonly signal?: AbortSignal;
  /** Shows text through a program that pages it, until the user leaves that; not given where there is no terminal to do so. */
  page?(pager: string, chunks: Iterable<string> | AsyncIterable<string>): Promise<void>;
  /** Folder of the user's settings; empty where there is none. */
  readonly homeFolder?: string;
  /** Folder that the program was started in, where it is still there: configuration is looked for from there upwards. */
  readonly workingFolder?: string;
  /**
   * Standard input read to its end, for options that take a secret or a list from it. Throws the signal's reason when that
   * comes before, and `USAGE` for more than the limit.
   */
  readStdin(signal: AbortSignal, limit: StdinLimit): Promise<string>;
}

/** What is expected on standard input. */
export interface StdinLimit {
  /** Characters that are too many for it. */
  readonly characters: number;
  /** In a message: "token". */
  readonly what: string;
}

/** Columns of a terminal that says 0 or nothing: serial lines and new pseudo-terminals do. */
const FALLBACK_COLUMNS = 80;

/** Columns that text may take on a stream; undefined where it is no terminal. */
export function columnsOf({ isTTY, columns }: Pick<OutputStream, "isTTY" | "columns">): number | undefined {
  if (columns === undefined && !isTTY) return undefined;
  return columns !== undefined && columns > 0 ? columns : FALLBACK_COLUMNS;
}
