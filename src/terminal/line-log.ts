import fs from "node:fs";
import path from "node:path";
import { UnfoldError } from "../errors.ts";
import { formatCount } from "../format/count.ts";
import { quoteForMessage } from "../format/escape.ts";
import type { Io } from "./io.ts";
import { findAllowedTarget, isStdout } from "./output-file.ts";
import { toOutputError } from "./output-problem.ts";

/** Lines written one by one, each whole: what a stopped run leaves behind is where the next one goes on. */
export interface LineLog<T> {
  /** What the lines of earlier runs say; none on stdout. */
  readonly earlier: readonly T[];
  /** Writes a line, its newline included. Throws `OUTPUT_FAILED`. */
  write(line: string): Promise<void>;
  close(): void;
}

/** Bytes read at once of what earlier runs wrote. */
const READ_BYTES = 1_048_576;

/** Bytes of one line: a report with all findings of a broken model of a hundred thousand tensors has some millions. */
const MAX_LINE_BYTES = 100_000_000;

/**
 * Opens a file for lines to be added, or stdout. A last line that a killed run left without its end is taken off. Throws
 * `USAGE` for a file that holds anything else: `parse` gives undefined for what is not a line of this kind.
 */
export function openLineLog<T>(
  io: Io,
  output: string | undefined,
  parse: (line: string) => T | undefined,
): LineLog<T> {
  if (output === undefined || isStdout(output)) {
    const write = async (line: string) => {
      io.stdout.write(line);
      await io.stdout.drained?.();
    };
    return { earlier: [], write, close: () => {} };
  }
  const target = findAllowedTarget(io, output);
  if (target.kind !== "file")
    throw new UnfoldError("USAGE", {
      message: `${quoteForMessage(output)} is no regular file: lines are added to one`,
    });
  return openFile(output, path.join(target.folder, target.name), target.existing !== undefined, parse);
}

function openFile<T>(
  output: string,
  file: string,
  isThere: boolean,
  parse: (line: string) => T | undefined,
): LineLog<T> {
  try {
    const { earlier, bytes } = isThere ? readEarlier(output, file, parse) : { earlier: [], bytes: 0 };
    // Made by the first line: a run that is refused leaves nothing.
    let descriptor: number | undefined;
    const write = async (line: string) => {
      try {
        if (descriptor === undefined) {
          descriptor = fs.openSync(file, "a");
          fs.ftruncateSync(descriptor, bytes);
        }
        const text = Buffer.from(line);
        for (let written = 0; written < text.length; ) written += fs.writeSync(descriptor, text, written);
      } catch (error) {
        throw toOutputError(output, error);
      }
    };
    return { earlier, write, close: () => descriptor !== undefined && fs.closeSync(descriptor) };
  } catch (error) {
    throw toOutputError(output, error);
  }
}

/** The lines that are whole, and how many bytes they are. */
function readEarlier<T>(
  output: string,
  file: string,
  parse: (line: string) => T | undefined,
): { earlier: T[]; bytes: number } {
  const earlier: T[] = [];
  let bytes = 0;
  for (const line of wholeLines(file)) {
    bytes += line.length + 1;
    const parsed = parse(line.toString("utf8"));
    if (parsed === undefined) {
      const message = `line ${formatCount(earlier.length + 1)} of ${quoteForMessage(output)} was not written by such a run`;
      const hint = "Nothing was written. Give the output another name.";
      throw new UnfoldError("USAGE", { message }, { hint });
    }
    earlier.push(parsed);
  }
  return { earlier, bytes };
}

function* wholeLines(file: string): Generator<Buffer> {
  const descriptor = fs.openSync(file, "r");
  try {
    const chunk = Buffer.alloc(READ_BYTES);
    let parts: Buffer[] = [];
    let held = 0;
    for (let read = fs.readSync(descriptor, chunk); read > 0; read = fs.readSync(descriptor, chunk)) {
      let begin = 0;
      for (let end = chunk.indexOf(10); end >= 0 && end < read; end = chunk.indexOf(10, begin)) {
        yield Buffer.concat([...parts, chunk.subarray(begin, end)]);
        parts = [];
        held = 0;
        begin = end + 1;
      }
      parts.push(Buffer.from(chunk.subarray(begin, read)));
      held += read - begin;
      if (held > MAX_LINE_BYTES)
        throw new UnfoldError("LIMIT_EXCEEDED", {
          what: "bytes in a line",
          found: held,
          limit: MAX_LINE_BYTES,
        });
    }
  } finally {
    fs.closeSync(descriptor);
  }
}
