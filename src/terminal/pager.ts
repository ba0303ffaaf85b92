import { spawn } from "node:child_process";
import { once } from "node:events";
import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";

/** What `less` does where nobody has told it otherwise: one screen is printed, colours stay, the screen is left as it is. */
const LESS = "FRX";

/** Exit codes by which a shell says that there is no such program, or none that runs. */
const NOT_STARTED: readonly (number | null)[] = [126, 127];

/**
 * Shows text through a pager, as the shell would start it, until the user leaves it. Leaving before the end is a normal one.
 * Throws `OUTPUT_FAILED` where there is no such program.
 */
export async function pageThrough(
  pager: string,
  chunks: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  // Ctrl-C is the pager's, for as long as it has the screen.
  const listeners = process.listeners("SIGINT");
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", ignore);
  try {
    const env = { ...process.env, LESS: process.env.LESS ?? LESS };
    const running = spawn(pager, { shell: true, env, stdio: ["pipe", "inherit", "inherit"] });
    const ended = once(running, "close") as Promise<[code: number | null]>;
    let isLeft = false;
    running.stdin.on("error", () => {
      isLeft = true;
    });
    for await (const chunk of chunks) {
      if (isLeft) break;
      if (!running.stdin.write(chunk))
        await Promise.race([once(running.stdin, "drain").catch(ignore), ended]);
    }
    running.stdin.end();
    const [code] = await ended;
    if (NOT_STARTED.includes(code)) throw notStarted(pager);
  } finally {
    process.off("SIGINT", ignore);
    for (const listener of listeners) process.on("SIGINT", listener);
  }
}

function ignore(): void {}

function notStarted(pager: string): UnfoldError {
  const reason = `the pager ${quoteForMessage(pager)} cannot be started`;
  const hint = "Name another in PAGER, or leave out --pager.";
  return new UnfoldError("OUTPUT_FAILED", { path: "stdout", reason }, { hint });
}
