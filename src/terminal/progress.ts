import { formatCount } from "../format/count.ts";
import type { Io } from "./io.ts";

/** Time before a spinner shows: a run that ends sooner needs none. */
const PATIENCE_MS = 300;

/** Columns of a terminal too narrow for a spinner: on one of 0 columns its line would never end. */
const MIN_COLUMNS = 20;

export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

const SILENT: Progress = { update: () => {}, stop: () => {} };

/**
 * "reading headers 12/125" on stderr: on a terminal only, and only once there is something to wait for. ora is loaded at that
 * moment; off a terminal it would print lines.
 */
export function startProgress(io: Io, quiet: boolean): Progress {
  if (quiet || !io.stderr.isTTY || io.env.CI || isTooNarrow(io.stderr.columns)) return SILENT;
  let stopped = false;
  let text = "";
  let spinner: { text: string; stop(): unknown } | undefined;
  const timer = setTimeout(async () => {
    const { default: ora } = await import("ora");
    if (stopped) return;
    spinner = ora({ text, stream: process.stderr, discardStdin: false }).start();
    process.stderr.on("resize", stopIfNarrow);
  }, PATIENCE_MS);
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    process.stderr.off("resize", stopIfNarrow);
    spinner?.stop();
  };
  const stopIfNarrow = () => {
    if (isTooNarrow(process.stderr.columns)) stop();
  };
  return {
    update: (done, total) => {
      text = `reading headers ${formatCount(done)}/${formatCount(total)}`;
      if (spinner !== undefined) spinner.text = text;
    },
    stop,
  };
}

/** A terminal that does not tell its columns counts as one of 0. */
function isTooNarrow(columns: number | undefined): boolean {
  return (columns ?? 0) < MIN_COLUMNS;
}
