import { main } from "../../src/cli.ts";
import type { Io } from "../../src/terminal/io.ts";
import { type Identity, RunInputs } from "../../src/terminal/run-inputs.ts";
import { watchSources } from "./watched-sources.ts";

export interface FakeIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
}

export interface FakeIoOptions extends Partial<Omit<Io, "stdout" | "stderr" | "readStdin">> {
  /** Columns of a terminal; without it there is none. */
  readonly columns?: number;
  readonly stdin?: string;
  /** Device and inode of the file that stdout goes to. */
  readonly stdoutFile?: string;
}

/** A world without a terminal, or with one of so many columns; what is written is kept. */
export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const out: string[] = [];
  const err: string[] = [];
  const { columns, stdin = "", stdoutFile, ...world } = options;
  const file = stdoutFile === undefined ? {} : { file: stdoutFile as Identity };
  const isTTY = columns !== undefined;
  return {
    stdout: { write: (chunk) => void out.push(asText(chunk)), isTTY, columns, ...file },
    stderr: { write: (chunk) => void err.push(asText(chunk)), isTTY: false, columns },
    env: {},
    inputs: new RunInputs(),
    readStdin: async () => stdin,
    ...world,
    out: () => out.join(""),
    err: () => err.join(""),
  };
}

function asText(chunk: string | Uint8Array): string {
  return typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in this process, as a user would from the shell. Throws where it changes its source. */
export async function runMain(args: readonly string[], options: FakeIoOptions = {}): Promise<Run> {
  const io = fakeIo(options);
  const changesOf = watchSources(args);
  const code = await main(args, io);
  const changes = changesOf();
  if (changes.length > 0)
    throw new Error(`unfold ${args.join(" ")} changed its source: ${changes.join(", ")}`);
  return { code, stdout: io.out(), stderr: io.err() };
}
