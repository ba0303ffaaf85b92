import { Command, type Option } from "commander";
import { UnfoldError } from "../errors.ts";
import { formatQuantity } from "../format/count.ts";
import { quoteForMessage } from "../format/escape.ts";
import { EXIT, exitCodeForError, exitCodes } from "../report/exit-code.ts";
import { MIN_WIDTH } from "../report/render/view.ts";
import { fitText } from "../terminal/fit-text.ts";
import { columnsOf, type Io, type OutputStream } from "../terminal/io.ts";
import { removeUnfinished } from "../terminal/output-file.ts";
import { type ProcessIo, processIo } from "../terminal/process-io.ts";
import { VERSION } from "../version.ts";
import { examplesOf } from "./examples.ts";
import { underOption } from "./options.ts";

type AddCommand = (
  program: Command,
  io: Io,
  done: (code: number) => void,
  /** The program with all its commands. */
  whole: () => Promise<Command>,
) => void;

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
  ["fit", async () => (await import("./fit.ts")).addFitCommand],
  ["declare", async () => (await import("./declare.ts")).addDeclareCommand],
  ["diff", async () => (await import("./diff.ts")).addDiffCommand],
  ["report", async () => (await import("./report.ts")).addReportCommand],
  ["snapshot", async () => (await import("./snapshot.ts")).addSnapshotCommand],
  ["cache", async () => (await import("./cache.ts")).addCacheCommand],
  ["skill", async () => (await import("./skill.ts")).addSkillCommand],
  ["completion", async () => (await import("./completion.ts")).addCompletionCommand],
];

/** Signals that stop a run, and the exit code of a run that one has stopped: 128 and its number, as shells say it. */
const STOPPING: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: 143,
  SIGHUP: 129,
};

/** Runs the program in this process: streams and exit code are its own. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  process.on("exit", removeUnfinished);
  const interruption = new AbortController();
  const io = processIo(interruption.signal);
  let stopCode: number = EXIT.interrupted;
  for (const [signal, code] of Object.entries(STOPPING)) {
    process.on(signal, () => {
      // Asked twice: at once.
      if (interruption.signal.aborted) process.exit(code);
      stopCode = code;
      interruption.abort(new UnfoldError("INTERRUPTED", {}));
      // Requests end now; whatever else is under way gets a moment to clean up after itself.
      setTimeout(() => process.exit(code), CLEANUP_MS).unref();
    });
  }
  const code = await settled(io, argv, await runProgram(argv, io));
  process.exitCode = code === EXIT.interrupted ? stopCode : code;
  // What went well has nothing left under way, once both streams have taken all: the end is not waited for while the
  // engine marks what a run of a hundred thousand tensors has left. What failed may have to clean up after itself.
  if (code !== EXIT.done && code !== EXIT.found) return;
  await io.settleStderr();
  // A turn later: whatever failed beside the run and was not told yet comes before.
  setImmediate(() => process.exit());
}

/** Time for removing temporary files after Ctrl-C. */
const CLEANUP_MS = 200;

/** The exit code, once stdout has taken everything: what did not arrive fails a run that went well. */
async function settled(io: ProcessIo, argv: readonly string[], code: number): Promise<number> {
  try {
    await io.settle();
    return code;
  } catch (error) {
    const failure = exitCodeForError(error);
    // The run may have met the failure itself, and said so.
    return code === failure ? failure : tellFailure(io, argv, error, true);
  }
}

/** Most runs go well: what tells of those that do not is loaded by them. */
async function tellFailure(
  io: Io,
  argv: readonly string[],
  error: unknown,
  isWritten: boolean,
): Promise<number> {
  return (await import("./failure.ts")).tellFailure(io, argv, error, isWritten);
}

/** Understands the arguments, runs the command that they ask for and returns the exit code. */
export async function runProgram(argv: readonly string[], world: Io): Promise<number> {
  let code: number = EXIT.done;
  let isWritten = false;
  const write: OutputStream["write"] = (chunk) => {
    isWritten = true;
    world.stdout.write(chunk);
  };
  const stdout: OutputStream = Object.create(world.stdout, { write: { value: write } });
  const io: Io = Object.create(world, { stdout: { value: stdout } });
  try {
    const program = await createProgram(argv[0], io, (exitCode) => {
      code = exitCode;
    });
    const [first, topic] = argv;
    if (first === "help" && topic !== undefined && !COMMANDS.some(([name]) => name === topic))
      throw await unknownTopic(topic);
    if (argv.length === 0) {
      program.outputHelp();
      return EXIT.usage;
    }
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    return tellFailure(io, argv, error, isWritten);
  }
}

async function unknownTopic(topic: string): Promise<UnfoldError> {
  const { findNearest } = await import("../format/nearest.ts");
  const names = COMMANDS.map(([name]) => name);
  const near = findNearest(topic, names);
  const hint =
    near === undefined ? `Commands: ${names.join(", ")}.` : `Did you mean \`unfold help ${near}\`?`;
  return new UnfoldError("USAGE", { message: `${quoteForMessage(topic)} is no command` }, { hint });
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
      writeOut: (text) => io.stdout.write(fitText(text, helpWidth(io.stdout))),
      writeErr: (text) => io.stderr.write(fitText(text, helpWidth(io.stderr))),
      getOutHelpWidth: () => helpWidth(io.stdout),
      getErrHelpWidth: () => helpWidth(io.stderr),
      // It is thrown as well: what it quotes is outside text, and goes the way of every other error.
      outputError: () => {},
    })
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError(true)
    .exitOverride()
    .addHelpText("before", OPENING)
    .addHelpText("after", CLOSING);
  const one = COMMANDS.filter(([name]) => name === asked);
  for (const [, load] of one.length > 0 ? one : COMMANDS) {
    const addCommand = await load();
    addCommand(program, io, done, () => createProgram(undefined, io, done));
  }
  for (const command of program.commands)
    command.addHelpText("before", () => examplesOf(command.name()) ?? "");
  for (const command of program.commands.flatMap((each) => [each, ...each.commands])) {
    for (const option of command.options) nameInErrors(option);
    nameWhatIsMore(command);
  }
  return program;
}

function nameInErrors(option: Option): void {
  const { parseArg } = option;
  if (parseArg === undefined) return;
  option.parseArg = (value, previous) =>
    underOption(option.long ?? option.flags, () => parseArg(value, previous));
}

/** The reader of arguments counts what is too many; which words they are is told here. */
function nameWhatIsMore(command: Command): void {
  // The default command is also what an unknown first word leads to: it tells itself what may have been meant.
  if (command.name() === "overview" || command.registeredArguments.some(({ variadic }) => variadic)) return;
  command.allowExcessArguments(true).hook("preAction", (_, run) => {
    if (run !== command) return;
    const most = command.registeredArguments.length;
    const more = command.args.slice(most);
    if (more.length === 0) return;
    const { parent } = command;
    if (parent?.parent) {
      const parts = parent.commands.map((part) => part.name()).filter((name) => name !== "help");
      const message = `unfold ${parent.name()} has no ${more.map(quoteForMessage).join(", ")}`;
      throw new UnfoldError("USAGE", { message }, { hint: `It has ${parts.join(", ")}.` });
    }
    const takes = most === 0 ? "nothing more" : formatQuantity(most, "argument");
    const message = `unfold ${command.name()} takes ${takes}; ${more.map(quoteForMessage).join(", ")} came on top`;
    throw new UnfoldError("USAGE", { message });
  });
}

/** Columns of help where no terminal tells its own. */
const HELP_WIDTH = 100;

function helpWidth(stream: OutputStream): number {
  const columns = columnsOf(stream);
  return columns === undefined ? HELP_WIDTH : Math.max(MIN_WIDTH, columns);
}

const OPENING = `Start with one of these:
  unfold ./export                 what is this, how big, how precise
  unfold tree ./export            the module tree, equal layers folded
  unfold ls ./export --filter '*.experts.0.w1.*'
`;

const CLOSING = `
A source is a folder, a .safetensors file, a .safetensors.index.json, a snapshot (.unfold.json.gz), a model of the Hugging Face Hub (owner/name, owner/name@revision, hf://owner/name/folder, or its address in a browser), a prefix in an object store (s3://bucket/prefix), or the https:// address of a .safetensors file or its index.
Exit codes: ${exitCodes()
  .map(([code, means]) => `${code} ${means}`)
  .join(", ")}.`;
