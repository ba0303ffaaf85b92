import { Command, CommanderError } from "commander";
import { addCacheCommand } from "./commands/cache.ts";
import { addLsCommand } from "./commands/ls.ts";
import { addOverviewCommand } from "./commands/overview.ts";
import { addParamsCommand } from "./commands/params.ts";
import { addSnapshotCommand } from "./commands/snapshot.ts";
import { addTreeCommand } from "./commands/tree.ts";
import { UnfoldError } from "./errors.ts";
import { EXIT, exitCodeForError } from "./report/exit-code.ts";
import { type Io, processIo } from "./terminal/io.ts";
import { reportFailure } from "./terminal/trouble.ts";
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

/** The program: arguments in, exit code out. All that it knows of the world comes through `io`. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    io.stdout.write(`${VERSION}\n`);
    return EXIT.done;
  }
  let code: number = EXIT.done;
  const program = createProgram(io, (exitCode) => {
    code = exitCode;
  });
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return EXIT.usage;
    }
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    await reportFailure(io, error, { ...colorFlag(argv) });
    return exitCodeForError(error);
  }
}

/** Colour as asked for, for messages of runs that never came to read their options. */
function colorFlag(argv: readonly string[]): { color?: boolean } {
  if (argv.includes("--no-color")) return { color: false };
  return argv.includes("--color") ? { color: true } : {};
}

function createProgram(io: Io, done: (code: number) => void): Command {
  const program = new Command("unfold");
  program
    .description("Everything that a checkpoint's headers can tell, in seconds, without downloading a weight.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      outputError: (text, write) => write(text.replace(/^error: /, "error USAGE ")),
    })
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError(true)
    .exitOverride()
    .addHelpText("before", OPENING)
    .addHelpText("after", CLOSING);
  const add = [
    addOverviewCommand,
    addTreeCommand,
    addParamsCommand,
    addLsCommand,
    addSnapshotCommand,
    addCacheCommand,
  ];
  for (const addCommand of add) addCommand(program, io, done);
  return program;
}

const OPENING = `Start with one of these:
  unfold ./export                 what is this, how big, how precise
  unfold tree ./export            the module tree, equal layers folded
  unfold ls ./export --filter '*.experts.0.w1.*'
`;

const CLOSING = `
A source is a folder, a .safetensors file, a .safetensors.index.json, a snapshot (.unfold.json.gz), a model of the
Hugging Face Hub (owner/name, owner/name@revision, hf://owner/name/folder, or its address in a browser), or the
https:// address of a .safetensors file or its index.
Exit codes: 0 done, 2 wrong usage, 3 could not be read or not whole, 70 a bug in unfold, 130 interrupted.`;
