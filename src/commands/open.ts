import { UnfoldError } from "../errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { nowMs } from "../format/clock.ts";
import { formatCount, formatQuantity } from "../format/count.ts";
import { HostBudgets } from "../sources/network/host-budgets.ts";
import { openSource } from "../sources/open-source.ts";
import { type NetworkSettings, readNetworkSettings, type Surroundings } from "../sources/settings.ts";
import type { Footprint, ReadStats, Source } from "../sources/source.ts";
import type { Io, StdinLimit } from "../terminal/io.ts";
import { findAllowedTarget, isStdout, refuseStdoutInto } from "../terminal/output-file.ts";
import { type Progress, startProgress } from "../terminal/progress.ts";
import { RunInputs } from "../terminal/run-inputs.ts";
import { readSmallText } from "../terminal/user-files.ts";
import { VERSION } from "../version.ts";
import type { CommonOptions } from "./options.ts";

/** Opens what the user typed, with the network as the options and the environment say; progress is told from the first request on. */
export async function openForCommand(io: Io, target: string, options: CommonOptions): Promise<Opened> {
  const progress = startProgress(io, options.quiet === true, target);
  try {
    return { ...(await open(io, target, options, progress)), progress };
  } catch (error) {
    progress.stop();
    throw error;
  }
}

export interface Opened {
  readonly source: Source;
  readonly openedMs: number;
  /** Goes on until it is stopped. */
  readonly progress: Progress;
}

async function open(
  io: Io,
  target: string,
  options: CommonOptions,
  progress: Progress,
): Promise<Omit<Opened, "progress">> {
  const startMs = nowMs();
  const { subfolder = null, revision = null } = options;
  const network: NetworkSettings = {
    ...(await networkFor(io, options)),
    onWait: (wait) => progress.wait(wait),
  };
  // A snapshot is a file by itself, and a folder's footprint leaves out what it is called by.
  io.inputs.addFile(target, "the source");
  const source = await openSource(target, { subfolder, revision, network });
  io.inputs.addSource(() => source.footprint?.() ?? NO_FOOTPRINT);
  try {
    refuseOutput(io, options.output);
  } catch (error) {
    await source.close();
    throw error;
  }
  return { source, openedMs: nowMs() - startMs };
}

/** Said now, not after minutes of reading; it is asked again when all that was read is known. */
export function refuseOutput(io: Io, output: string | undefined): void {
  refuseStdoutInto(io);
  if (output !== undefined && !isStdout(output)) findAllowedTarget(io, output);
}

const NO_FOOTPRINT: Footprint = { files: [], folders: [], trees: [] };

/** What the settings are read from: the environment and the home folder as `io` shows them. */
export function surroundingsOf(io: Io, signal: AbortSignal): Surroundings {
  const { env: environment, homeFolder = "" } = io;
  const readText = (file: string) => {
    io.inputs.addFile(file, "the token");
    return readSmallText(file);
  };
  return { environment, homeFolder, readText, version: VERSION, signal };
}

async function networkFor(io: Io, options: CommonOptions): Promise<NetworkSettings> {
  if (options.token !== undefined && options.tokenStdin) {
    throw new UnfoldError("USAGE", { message: "--token and --token-stdin exclude each other" });
  }
  const signal = runSignal(io, options.timeout);
  const token = options.tokenStdin ? await tokenFromStdin(io, signal) : options.token;
  const { endpoint, offline, cache, concurrency, requesterPays } = options;
  const around = surroundingsOf(io, signal);
  const network = { token, endpoint, isOffline: offline, useCache: cache, concurrency };
  const settings = readNetworkSettings({ ...network, paysRequests: requesterPays }, around);
  const hosts = wholes.get(io)?.hosts;
  return hosts === undefined ? settings : { ...settings, hosts };
}

/** The run that a part belongs to, and what all its parts share. */
interface Whole {
  readonly io: Io;
  readonly hosts: HostBudgets;
}

const wholes = new WeakMap<Io, Whole>();

function wholeOf(io: Io): Io {
  return wholes.get(io)?.io ?? io;
}

/**
 * Makes the worlds of a run's many sources: each with inputs of its own, which end with it, and all under the run's end,
 * its token and one budget for each host.
 */
export function partsOf(io: Io, timeoutSeconds: number | undefined): { part: () => Io; end: AbortSignal } {
  const whole: Whole = { io, hosts: new HostBudgets() };
  const end = runSignal(io, timeoutSeconds);
  const part = () => {
    const made: Io = Object.create(io, { inputs: { value: new RunInputs() } });
    wholes.set(made, whole);
    return made;
  };
  return { part, end };
}

/** A token on standard input; more is something else. */
const TOKEN_LIMIT: StdinLimit = { characters: 10_000, what: "token" };

/** What a run was given on standard input, until its end or its deadline. */
export function stdinFor(io: Io, timeoutSeconds: number | undefined, limit: StdinLimit): Promise<string> {
  return io.readStdin(runSignal(io, timeoutSeconds), limit);
}

/** What each run was given on standard input, which can be read once, for all its sources. */
const stdinTokens = new WeakMap<Io, Promise<string>>();

function tokenFromStdin(io: Io, signal: AbortSignal): Promise<string> {
  const whole = wholeOf(io);
  const reading = stdinTokens.get(whole) ?? io.readStdin(signal, TOKEN_LIMIT);
  stdinTokens.set(whole, reading);
  return reading;
}

/** The end of each run under way: a run of several sources has one, and one deadline. */
const runSignals = new WeakMap<Io, AbortSignal>();

/** Ends requests on Ctrl-C and, where one is given, at the deadline of the run. */
function runSignal(io: Io, timeoutSeconds: number | undefined): AbortSignal {
  const known = runSignals.get(wholeOf(io));
  if (known !== undefined) return known;
  const controller = new AbortController();
  runSignals.set(wholeOf(io), controller.signal);
  const stop = () => controller.abort(io.signal?.reason);
  if (io.signal?.aborted) stop();
  io.signal?.addEventListener("abort", stop, { once: true });
  if (timeoutSeconds !== undefined) {
    const hint = "Give it more with --timeout, or run again: headers read so far are in the cache.";
    const late = new UnfoldError(
      "TIMEOUT",
      { what: "the run did not end", seconds: timeoutSeconds },
      { hint },
    );
    // Does not keep the process: a run that ends sooner is not held up.
    setTimeout(() => controller.abort(late), timeoutSeconds * 1000).unref();
  }
  return controller.signal;
}

/** `--stats`: what the run asked of the network, and where its time went; a line each. */
export function formatStats(stats: ReadStats | null, openedMs: number, readMs: number): string[] {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const times = `stats: opening ${seconds(openedMs)}, reading ${seconds(readMs)}`;
  if (stats === null) return ["stats: no requests, read from this disk", times];
  const { requests, rangedReads, retries, bytes, cacheHits } = stats;
  const asked = `${formatQuantity(requests, "request")} (${formatCount(rangedReads)} ranged, ${formatQuantity(retries, "retry", "retries")})`;
  const fetched = `${formatQuantity(bytes, "byte")} (${formatBytes(bytes)}) fetched`;
  return [`stats: ${asked}, ${fetched}, ${formatQuantity(cacheHits, "file")} from a cache`, times];
}
