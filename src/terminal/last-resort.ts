import fs from "node:fs";
import { escapeForTerminal } from "../format/escape.ts";
import { BUG, describeError } from "./bug-report.ts";

/** Exit codes as in report/exit-code.ts, which is loaded with the program only. */
const EXIT_BUG = 70;
const EXIT_INTERRUPTED = 130;

/**
 * What happens to an error that nothing else has caught: it is a bug, said as one, and the code is 70. Left to the runtime it
 * would be 1, which for scripts means "findings", after a line of bundled source.
 */
export function installLastResort(): void {
  process.on("uncaughtException", endWith);
  process.on("unhandledRejection", endWith);
}

function endWith(error: unknown): void {
  // Told by its code: the program's own class of errors is not loaded here.
  const isInterruption = (error as { code?: unknown } | null | undefined)?.code === "INTERRUPTED";
  const lines = [`error INTERNAL ${BUG}`, ...describeError(error).map((line) => `  ${line}`)];
  if (!isInterruption) sayAtOnce(`${lines.map(escapeForTerminal).join("\n")}\n`);
  process.exit(isInterruption ? EXIT_INTERRUPTED : EXIT_BUG);
}

/** Streams may be what failed. */
function sayAtOnce(text: string): void {
  try {
    fs.writeSync(2, text);
  } catch {} // nobody left to tell
}
