import fs from "node:fs";
import os from "node:os";
import tty from "node:tty";
import { UnfoldError } from "../errors.ts";
import type { Io, OutputStream, StdinLimit } from "./io.ts";
import { toOutputError } from "./output-problem.ts";
import { type Identity, RunInputs, toIdentity } from "./run-inputs.ts";

/** The world of this process, and what it says at the end of it. */
export interface ProcessIo extends Io {
  /** Waits until stdout has taken everything. Throws `OUTPUT_FAILED` where something did not arrive. */
  settle(): Promise<void>;
  /** Waits until stderr has taken everything, or is known to take nothing. */
  settleStderr(): Promise<void>;
}

/**
 * The streams and the surroundings of this process. Nothing here throws: without a home, a line in the list of users or a
 * working folder, a run does without what they are for.
 */
export function processIo(signal?: AbortSignal): ProcessIo {
  const { stream: stdout, settle } = openStdout();
  const stderr = openStderr();
  const workingFolder = orUndefined(() => process.cwd());
  return {
    stdout,
    settle,
    settleStderr: stderr.settle,
    stderr: stderr.stream,
    env: process.env,
    inputs: new RunInputs(),
    homeFolder: orUndefined(() => os.homedir()) ?? "",
    ...(workingFolder === undefined ? {} : { workingFolder }),
    ...(signal === undefined ? {} : { signal }),
    ...(stdout.isTTY
      ? { page: async (pager, chunks) => (await import("./pager.ts")).pageThrough(pager, chunks) }
      : {}),
    readStdin,
  };
}

const STDOUT = 1;
/** What stdout is called in messages. */
const STDOUT_NAME = "stdout";

/** What the system does not say is not known, and no reason to end. */
function orUndefined<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

interface Stream {
  readonly stream: OutputStream;
  settle(): Promise<void>;
}

function openStdout(): Stream {
  const stats = orUndefined(() => fs.fstatSync(STDOUT, { bigint: true }));
  if (stats?.isFile()) return fileStdout({ file: toIdentity(stats) });
  const isDevice = stats === undefined || stats.isCharacterDevice();
  return isDevice && !tty.isatty(STDOUT) ? fileStdout({}) : streamStdout();
}

/**
 * A file or a device such as /dev/null. Node's own stream takes a short write for a whole one, and a disk that is filled
 * up by it would cut the output without a word.
 */
function fileStdout(about: { readonly file?: Identity }): Stream {
  const write = (chunk: string | Uint8Array) => {
    const bytes = Buffer.from(chunk);
    try {
      for (let written = 0; written < bytes.length; ) written += fs.writeSync(STDOUT, bytes, written);
    } catch (error) {
      throw toOutputError(STDOUT_NAME, error);
    }
  };
  return { stream: { write, isTTY: false, columns: undefined, ...about }, settle: async () => {} };
}

/** A pipe, a socket or a terminal. A reader that hangs up (`| head`) is a normal end. */
function streamStdout(): Stream {
  const { stdout } = process;
  const state: { isClosed: boolean; failure: unknown } = { isClosed: false, failure: undefined };
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    state.isClosed = true;
    if (error.code !== "EPIPE") state.failure ??= toOutputError(STDOUT_NAME, error);
  });
  const failIfBroken = () => {
    if (state.failure !== undefined) throw state.failure;
  };
  const waitFor = (subscribe: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      const events = ["drain", "close", "error"];
      const done = () => {
        for (const event of events) stdout.off(event, done);
        resolve();
      };
      for (const event of events) stdout.once(event, done);
      subscribe(done);
    });
  return {
    stream: {
      write: (chunk) => {
        failIfBroken();
        if (!state.isClosed) stdout.write(chunk);
      },
      drained: async () => {
        if (!state.isClosed && stdout.writableNeedDrain) await waitFor(() => {});
      },
      isTTY: stdout.isTTY === true,
      columns: stdout.columns,
    },
    settle: async () => {
      // An empty write is answered when all before it were.
      if (!state.isClosed) await waitFor((done) => stdout.write("", done));
      failIfBroken();
    },
  };
}

/** Nobody is left to tell that stderr cannot be written to. */
function openStderr(): Stream {
  const stderr = orUndefined(() => process.stderr);
  stderr?.on("error", () => {});
  const stream: OutputStream = {
    write: (chunk) => {
      orUndefined(() => stderr?.write(chunk));
    },
    isTTY: stderr?.isTTY === true,
    columns: stderr?.columns,
  };
  const settle = async () => {
    if (stderr === undefined || stderr.writableLength === 0) return;
    // An empty write is answered when all before it were, also by a stream that has failed.
    await new Promise<unknown>(
      (resolve) => orUndefined(() => stderr.write("", resolve)) ?? resolve(undefined),
    );
  };
  return { stream, settle };
}

async function readStdin(signal: AbortSignal, limit: StdinLimit): Promise<string> {
  // Waiting for who never writes would keep the process.
  const stop = () => process.stdin.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    let text = "";
    for await (const chunk of process.stdin.setEncoding("utf8")) {
      text += chunk as string;
      if (text.length > limit.characters) {
        const message = `more than ${limit.characters} characters on standard input, which is no ${limit.what}`;
        throw new UnfoldError("USAGE", { message });
      }
    }
    signal.throwIfAborted();
    return text;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
