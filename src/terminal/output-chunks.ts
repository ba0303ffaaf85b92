import fs from "node:fs";
import { setImmediate, setTimeout } from "node:timers/promises";

/** Text, or bytes, in the order in which it is to be written. */
export type Chunks = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Characters gathered before a write: few system calls, and never the whole of a long list in memory. */
const WRITE_CHARACTERS = 65_536;

/** Joins short texts to longer ones; bytes pass as they are. */
export async function* gather(chunks: Chunks): AsyncGenerator<string | Uint8Array> {
  let pending = "";
  for await (const chunk of chunks) {
    if (typeof chunk === "string") pending += chunk;
    const isFull = pending.length >= WRITE_CHARACTERS || typeof chunk !== "string";
    if (isFull && pending !== "") {
      yield pending;
      pending = "";
    }
    if (typeof chunk !== "string") yield chunk;
  }
  if (pending !== "") yield pending;
}

/** Time between two tries where a device or a pipe takes no more for now. */
const FULL_WAIT_MS = 5;

/** Writes all chunks into what is open. A reader that hangs up is a normal end, as on stdout; a signal ends it between writes. */
export async function writeAll(descriptor: number, chunks: Chunks, signal?: AbortSignal): Promise<void> {
  for await (const chunk of gather(chunks)) {
    // Lets a signal arrive: writing itself waits for nothing.
    if (signal !== undefined) await setImmediate();
    if (!(await writeChunk(descriptor, Buffer.from(chunk), signal))) return;
  }
}

/** False where there is no reader any more. */
async function writeChunk(
  descriptor: number,
  bytes: Buffer,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (let written = 0; written < bytes.length; ) {
    signal?.throwIfAborted();
    try {
      written += fs.writeSync(descriptor, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return false;
      if (code !== "EAGAIN") throw error;
      await pause(FULL_WAIT_MS, signal);
    }
  }
  return true;
}

/** Waits; the signal's reason is thrown where it comes first. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }).catch((error) => {
    signal?.throwIfAborted();
    throw error;
  });
}
