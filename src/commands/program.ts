import { Command, CommanderError } from "commander";
import { UnfoldError } from "../errors.ts";
import { EXIT, exitCodeForError } from "../report/exit-code.ts";
import { type Io, processIo } from "../terminal/io.ts";
import { reportFailure } from "../terminal/trouble.ts";
import { VERSION } from "../version.ts";

type AddCommand = (program: Command, io: Io, done: (code: number) => void) => void;

/**
 * The commands in the order of the help. Only the one that is asked for is loaded; all of them for the help, and where
 * the first word is none of their names.
 */
const COMMANDS: readonly (readonly [name: string, load: () => Promise<AddCommand>])[] = [
  ["overview", async () => (await import("./overview.ts")).addOverviewCommand],
  ["tree", async () => (await import("./tree.ts")).addTreeCommand],
  ["precision", async () => (await import("./precision.ts")).addPrecisionCommand],
  ["params", async () => (await import("./params.ts")).addParamsCommand],
  ["arch", async () => (await import("./arch.ts")).addArchCommand],
  ["ls", async () => (await import("./ls.ts")).addLsCommand],
  ["check", async () => (await import("./check.ts")).addCheckCommand],
  ["explain", async () => (await import("./explain.ts")).addExplainCommand],
  ["diff", async () => (await import("./diff.ts")).addDiffCommand],
  ["snapshot", async () => (await import("./snapshot.ts")).addSnapshotCommand],
  ["cache", async () => (await import("./cache.ts")).addCacheCommand],
];

/** Runs the program in this process: streams and exit code are its own. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  const interruption = new AbortController();
  const io = processIo(interruption.signal);
  process.once("SIGINT", () => {
    interruption.abort(new UnfoldError("INTERRUPTED", {}));
    // Requests end now; whatever else is under way gets a moment to clean up after itself.
    setTimeout(() => process.exit(EXIT.interrupted), CLEANUP_MS);
  });
  // Set, never `process.exit`: that would cut what is still being written into a pipe.
  process.exitCode = await runProgram(argv, io);
}

/** Time for removing temporary files after Ctrl-C. */
const CLEANUP_MS = 200;

/** Understands the arguments, runs the command that they ask for and returns the exit code. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.done;
  const program = await createProgram(argv[0], io, (exitCode) => {
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

/** The program with the command that is asked for, or with all of them where it is none of theirs. */
export async function createProgram(
  asked: string | undefined,
  io: Io,
  done: (code: number) => void,
): Promise<Command> {
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
  const one = COMMANDS.filter(([name]) => name === asked);
  for (const [, load] of one.length > 0 ? one : COMMANDS) {
    const addCommand = await load();
    addCommand(program, io, done);
  }
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
Exit codes: 0 done, 1 check has findings, 2 wrong usage, 3 could not be read or not whole, 70 a bug in unfold, 130 interrupted.`;
