import { type ChildProcess, fork } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type CaseResult, prepareGround, runCase } from "../../test/support/fuzz/run-case.ts";

export interface FuzzOptions {
  readonly seed: number;
  /** Number of the first case. */
  readonly first: number;
  /** How many cases; without it, as many as `seconds` hold. */
  readonly cases?: number;
  readonly seconds?: number;
  /** Processes at once; the cases are the same however many there are. */
  readonly jobs: number;
  /** Whether the folders of failing cases are left in place. */
  readonly keep: boolean;
}

export interface FuzzSummary {
  readonly isSound: boolean;
  readonly summary: string;
  readonly failures: readonly string[];
}

/** A case takes milliseconds. One without an end in this time hangs: a limit to be stopped at, no measurement. */
const KILL_AFTER_MS = 120_000;
/** Failing cases described before the run ends. */
const MAX_FAILURES = 20;

interface Order {
  readonly seed: number;
  readonly number: number;
  readonly keep: boolean;
}

type Answer = CaseResult & { readonly number: number; readonly folder: string | null };

/** Runs cases in child processes, each of which is stopped where a case does not end. `script` starts one with `--worker`. */
export async function fuzzCheckpoints(script: string, options: FuzzOptions): Promise<FuzzSummary> {
  const state = new FuzzState(options);
  await Promise.all(Array.from({ length: options.jobs }, () => work(script, state)));
  return state.summary();
}

/** Which case comes next, and what came of those before. */
class FuzzState {
  readonly options: FuzzOptions;
  private next: number;
  private readonly startedAt = performance.now();
  private readonly failures = new Map<number, string>();
  private readonly codes = new Map<number, number>();
  private runs = 0;
  private done = 0;

  constructor(options: FuzzOptions) {
    this.options = options;
    this.next = options.first;
  }

  take(): number | undefined {
    const { cases = Number.POSITIVE_INFINITY, seconds, first } = this.options;
    const isLate =
      this.options.cases === undefined &&
      seconds !== undefined &&
      performance.now() - this.startedAt > seconds * 1000;
    if (isLate || this.next - first >= cases || this.failures.size >= MAX_FAILURES) return undefined;
    return this.next++;
  }

  settle({ number, faults, codes, runs, folder }: Answer): void {
    this.done++;
    this.runs += runs;
    for (const code of codes) this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    if (faults.length > 0)
      this.fail(number, `${faults.join("\n  ")}${folder === null ? "" : `\n  kept in ${folder}`}`);
  }

  fail(number: number, what: string): void {
    const { seed } = this.options;
    this.failures.set(number, `seed ${seed} case ${number} (--seed ${seed} --only ${number}):\n  ${what}`);
  }

  summary(): FuzzSummary {
    const seconds = (performance.now() - this.startedAt) / 1000;
    const codes = [...this.codes].sort((a, b) => a[0] - b[0]).map(([code, count]) => `${count} × ${code}`);
    const failures = [...this.failures].sort((a, b) => a[0] - b[0]).map(([, text]) => text);
    const isSound = failures.length === 0;
    const verdict = isSound ? "all as promised" : `FAILED: ${failures.length} cases`;
    const summary = `${this.done} cases, ${this.runs} runs in ${seconds.toFixed(1)} s, seed ${this.options.seed}; exit codes ${codes.join(", ")}; ${verdict}`;
    return { isSound, failures, summary };
  }
}

/** One child after the other: a new one where the last was stopped or died. */
async function work(script: string, state: FuzzState): Promise<void> {
  for (let number = state.take(); number !== undefined; ) {
    const child = fork(script, ["--worker"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    try {
      for (; number !== undefined; number = state.take()) {
        const { seed, keep } = state.options;
        const answer = await ask(child, { seed, number, keep });
        if (typeof answer !== "string") state.settle(answer);
        else {
          state.fail(number, answer);
          number = state.take();
          break;
        }
      }
    } finally {
      child.kill("SIGKILL");
    }
  }
}

/** The answer to an order, or in words why there is none. */
function ask(child: ChildProcess, order: Order): Promise<Answer | string> {
  return new Promise((resolve) => {
    const settle = (answer: Answer | string) => {
      clearTimeout(timer);
      child.removeAllListeners();
      resolve(answer);
    };
    const timer = setTimeout(() => settle("it does not end"), KILL_AFTER_MS);
    child.once("message", (answer) => settle(answer as Answer));
    child.once("exit", (code, signal) => settle(`the process ended with ${code ?? signal}`));
    child.send(order);
  });
}

/** The child's side: takes orders until its parent is gone. */
export async function workOn(root: string): Promise<void> {
  const ground = await prepareGround(root);
  const strays: string[] = [];
  process.on(
    "unhandledRejection",
    (reason) => void strays.push(`unhandled rejection: ${(reason as Error)?.stack}`),
  );
  process.on("warning", (warning) => void strays.push(`a warning of the runtime: ${warning.stack}`));
  process.on("message", async (order: Order) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-fuzz-"));
    let result: CaseResult;
    try {
      result = await runCase(ground, order.seed, order.number, folder);
    } catch (error) {
      result = { runs: 0, codes: [], faults: [`the fuzzer itself: ${(error as Error).stack}`] };
    }
    const faults = [...result.faults, ...strays.splice(0)];
    const isKept = order.keep && faults.length > 0;
    process.chdir(root);
    if (!isKept) fs.rmSync(folder, { recursive: true, force: true });
    process.send?.({
      ...result,
      faults,
      number: order.number,
      folder: isKept ? folder : null,
    } satisfies Answer);
  });
  await new Promise<void>((resolve) => process.once("disconnect", resolve));
}
