import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** Arguments of node: a script and its own, or options. */
export type Command = readonly string[];

export interface Measured {
  /** Medians of whole processes, start to end. */
  readonly ms: number;
  readonly yardstickMs: number;
  /** Median of the ratios of each pair. */
  readonly ratio: number;
}

/** Runs a command and a yardstick in turn, so that whatever else the machine does meets both alike. */
export function measure(command: Command, yardstick: Command, pairs: number): Measured {
  run(command);
  run(yardstick);
  const times = Array.from({ length: pairs }, (_, pair) => {
    if (pair % 2 === 0) return { own: run(command), yard: run(yardstick) };
    const yard = run(yardstick);
    return { own: run(command), yard };
  });
  return {
    ms: median(times.map(({ own }) => own)),
    yardstickMs: median(times.map(({ yard }) => yard)),
    ratio: median(times.map(({ own, yard }) => own / yard)),
  };
}

/** What a run took of the machine, as the process itself knows it. */
export interface Cost {
  /** Processor time, user and system; infinite for a run that was ended. */
  readonly ms: number;
  /** Peak resident memory. */
  readonly megabytes: number;
}

/** Peak resident memory of a run in MB. */
export function peakMegabytes(command: Command): number {
  return costOf(command).megabytes;
}

/** Processor time and peak memory of one run; of a view, whatever it found. */
export function costOf(command: Command, maxSeconds?: number): Cost {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-cost-"));
  try {
    const script = path.join(folder, "cost.cjs");
    const file = path.join(folder, "cost");
    const code = `process.on("exit",()=>require("node:fs").writeFileSync(${JSON.stringify(file)},JSON.stringify(process.resourceUsage())))`;
    fs.writeFileSync(script, code);
    const { status, stderr } = spawnSync(process.execPath, ["--require", script, ...command], {
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      ...(maxSeconds === undefined ? {} : { timeout: maxSeconds * 1000 }),
    });
    if (status === null) return { ms: Number.POSITIVE_INFINITY, megabytes: Number.NaN };
    if (status > 1) throw new Error(`node ${command.join(" ")} ended with ${status}\n${stderr}`);
    const usage = JSON.parse(fs.readFileSync(file, "utf8")) as NodeJS.ResourceUsage;
    return { ms: (usage.userCPUTime + usage.systemCPUTime) / 1000, megabytes: usage.maxRSS / 1024 };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Milliseconds of one run. Throws where it fails: a fast failure must not look like speed. */
function run(command: Command): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [...command], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`node ${command.join(" ")} ended with ${status}\n${stderr}`);
  return ms;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
