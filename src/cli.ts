import { UnfoldError } from "./errors.ts";
import { EXIT } from "./report/exit-code.ts";
import { type Io, processIo } from "./terminal/io.ts";
import { VERSION } from "./version.ts";

/** Runs unfold in this process: arguments, streams and exit code are its own. */
export async function run(): Promise<void> {
  const interruption = new AbortController();
  const io = processIo(interruption.signal);
  process.once("SIGINT", () => {
    interruption.abort(new UnfoldError("INTERRUPTED", {}));
    // Requests end now; whatever else is under way gets a moment to clean up after itself.
    setTimeout(() => process.exit(EXIT.interrupted), CLEANUP_MS);
  });
  // Set, never `process.exit`: that would cut what is still being written into a pipe.
  process.exitCode = await main(process.argv.slice(2), io);
}

/** Time for removing temporary files after Ctrl-C. */
const CLEANUP_MS = 200;

/**
 * The program: arguments in, exit code out. All that it knows of the world comes through `io`. Whatever is more
 * than the version is loaded when it is asked for.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    io.stdout.write(`${VERSION}\n`);
    return EXIT.done;
  }
  const { runProgram } = await import("./commands/program.ts");
  return runProgram(argv, io);
}
