import { formatBytes } from "../format/bytes.ts";
import { nowMs } from "../format/clock.ts";
import { formatCount } from "../format/count.ts";
import { cutWidth } from "../format/display-width.ts";
import { escapeForTerminal, shortenMiddle } from "../format/escape.ts";
import type { Io } from "./io.ts";

/** Time before a spinner shows: a run that ends sooner needs none. */
const PATIENCE_MS = 300;

/** How often seconds go on while nothing else is told. */
const TICK_MS = 1000;

/** Columns of a terminal too narrow for a spinner: on one of 0 columns its line would never end. */
const MIN_COLUMNS = 20;

/** Columns of the spinner with its blank, and one that stays free: a full line would go on in the next. */
const SPINNER_COLUMNS = 3;

/** Characters of a source's name in the line. */
const MAX_NAME = 40;

export interface Progress {
  /** So many shards of all are read; `bytes` fetched so far, where there is a network. */
  update(done: number, total: number, bytes?: number): void;
  /** A server asks to wait: said until the wait is over. */
  wait(wait: Wait): void;
  stop(): void;
}

/** A wait that a server asked for. */
export interface Wait {
  readonly host: string;
  readonly status: number;
  readonly ms: number;
}

const SILENT: Progress = { update: () => {}, wait: () => {}, stop: () => {} };

interface State {
  readonly target: string;
  /** Headers that are read; undefined while files are being listed. */
  readonly read?: { readonly done: number; readonly total: number; readonly bytes: number };
  /** What a server asks for, and how many seconds of it are left. */
  readonly wait?: { readonly host: string; readonly status: number; readonly seconds: number };
}

/** What is under way, as one line: what is being listed at first, then shards, bytes and seconds; a wait takes its place. */
export function progressText({ target, read, wait }: State, seconds: number): string {
  const time = seconds < 1 ? [] : [`${formatCount(Math.floor(seconds))} s`];
  if (wait !== undefined)
    return `${shortenMiddle(wait.host, MAX_NAME)} asks to wait ${formatCount(wait.seconds)} s (${wait.status})`;
  const name = shortenMiddle(escapeForTerminal(target), MAX_NAME);
  if (read === undefined) return [`${name}: listing`, ...time].join(" · ");
  const { bytes, done, total } = read;
  const fetched = bytes === 0 ? [] : [formatBytes(bytes)];
  return [`reading headers ${formatCount(done)}/${formatCount(total)}`, ...fetched, ...time].join(" · ");
}

/**
 * Says on stderr what is under way: on a terminal only, and only once there is something to wait for. ora is loaded at
 * that moment; off a terminal it would print lines.
 */
export function startProgress(io: Io, quiet: boolean, target: string): Progress {
  if (quiet || !io.stderr.isTTY || io.env.CI || isTooNarrow(io.stderr.columns)) return SILENT;
  const startMs = nowMs();
  let stopped = false;
  let read: State["read"];
  let waitUntil: { wait: Wait; endMs: number } | undefined;
  let spinner: { text: string; stop(): unknown } | undefined;
  const text = () => {
    const left = waitUntil === undefined ? 0 : waitUntil.endMs - nowMs();
    const wait =
      waitUntil === undefined || left <= 0
        ? undefined
        : { ...waitUntil.wait, seconds: Math.ceil(left / 1000) };
    const state = {
      target,
      ...(read === undefined ? {} : { read }),
      ...(wait === undefined ? {} : { wait }),
    };
    return cutWidth(progressText(state, (nowMs() - startMs) / 1000), columnsOf() - SPINNER_COLUMNS);
  };
  const columnsOf = () => process.stderr.columns || io.stderr.columns || MIN_COLUMNS;
  const tell = () => {
    if (spinner !== undefined) spinner.text = text();
  };
  const tick = setInterval(tell, TICK_MS);
  tick.unref();
  const timer = setTimeout(async () => {
    const { default: ora } = await import("ora");
    if (stopped) return;
    spinner = ora({ text: text(), stream: process.stderr, discardStdin: false }).start();
    process.stderr.on("resize", stopIfNarrow);
  }, PATIENCE_MS);
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    clearInterval(tick);
    process.stderr.off("resize", stopIfNarrow);
    spinner?.stop();
  };
  const stopIfNarrow = () => {
    if (isTooNarrow(process.stderr.columns)) stop();
  };
  return {
    update: (done, total, bytes = 0) => {
      read = { done, total, bytes };
      tell();
    },
    wait: (wait) => {
      waitUntil = { wait, endMs: nowMs() + wait.ms };
      tell();
    },
    stop,
  };
}

/** A terminal that does not tell its columns counts as one of 0. */
function isTooNarrow(columns: number | undefined): boolean {
  return (columns ?? 0) < MIN_COLUMNS;
}
