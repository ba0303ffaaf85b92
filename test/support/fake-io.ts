import { main } from "../../src/cli.ts";
import type { Io } from "../../src/terminal/io.ts";

export interface FakeIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
}

/** A world without a terminal, or with one of so many columns; what is written is kept. */
export function fakeIo(
  options: { columns?: number; env?: Record<string, string>; stdin?: string } = {},
): FakeIo {
  const out: string[] = [];
  const err: string[] = [];
  const isTTY = options.columns !== undefined;
  return {
    stdout: { write: (text) => void out.push(text), isTTY, columns: options.columns },
    stderr: { write: (text) => void err.push(text), isTTY: false, columns: options.columns },
    env: options.env ?? {},
    readStdin: async () => options.stdin ?? "",
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
export async function runMain(
  args: readonly string[],
  options: Parameters<typeof fakeIo>[0] = {},
): Promise<Run> {
  const io = fakeIo(options);
  const code = await main(args, io);
  return { code, stdout: io.out(), stderr: io.err() };
}
