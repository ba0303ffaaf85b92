import type { Io } from "./terminal/io.ts";
import { installLastResort } from "./terminal/last-resort.ts";
import { printAtOnce } from "./terminal/print-at-once.ts";
import { VERSION } from "./version.ts";

/** Runs unfold in this process: arguments, streams and exit code are its own. */
export async function run(): Promise<void> {
  installLastResort();
  const argv = process.argv.slice(2);
  // Where it cannot be printed, the program says why.
  if (asksForVersion(argv) && printAtOnce(`${VERSION}\n`)) return;
  const { runProcess } = await import("./commands/program.ts");
  await runProcess(argv);
}

/**
 * The program: arguments in, exit code out. All that it knows of the world comes through `io`. Whatever is more
 * than the version is loaded when it is asked for.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  if (asksForVersion(argv)) {
    io.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const { runProgram } = await import("./commands/program.ts");
  return runProgram(argv, io);
}

function asksForVersion(argv: readonly string[]): boolean {
  return argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V");
}
