import { main } from "../../src/cli.ts";
import type { Io } from "../../src/terminal/io.ts";

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in this process, with nothing of the machine's environment. */
export async function runCli(
  argv: readonly string[],
  world: Partial<Io> & { stdin?: string } = {},
): Promise<CliRun> {
  const out: string[] = [];
  const err: string[] = [];
  const stream = (into: string[]) => ({
    write: (text: string) => void into.push(text),
    isTTY: false,
    columns: undefined,
  });
  const { stdin = "", ...more } = world;
  const io: Io = { stdout: stream(out), stderr: stream(err), env: {}, readStdin: async () => stdin, ...more };
  const code = await main(argv, io);
  return { code, stdout: out.join(""), stderr: err.join("") };
}
