import { main } from "../../src/cli.ts";
import type { Io } from "../../src/terminal/io.ts";

export interface FakeIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
}

export interface FakeIoOptions extends Partial<Omit<Io, "stdout" | "stderr" | "readStdin">> {
  /** Columns of a terminal; without it there is none. */
  readonly columns?: number;
  readonly stdin?: string;
}

/** A world without a terminal, or with one of so many columns; what is written is kept. */
export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const out: string[] = [];
  const err: string[] = [];
  const { columns, stdin = "", ...world } = options;
  const isTTY = columns !== undefined;
  return {
    stdout: { write: (text) => void out.push(text), isTTY, columns },
    stderr: { write: (text) => void err.push(text), isTTY: false, columns },
    env: {},
    readStdin: async () => stdin,
    ...world,
    out: () => out.join(""),
    err: () => err.join(""),
  };
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in this process, as a user would from the shell. */
export async function runMain(args: readonly string[], options: FakeIoOptions = {}): Promise<Run> {
  const io = fakeIo(options);
  const code = await main(args, io);
  return { code, stdout: io.out(), stderr: io.err() };
}
