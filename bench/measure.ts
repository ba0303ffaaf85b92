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

/** Peak resident memory of a run in MB, as the process itself knows it. */
export function peakMegabytes(command: Command): number {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-peak-"));
  try {
    const script = path.join(folder, "peak.cjs");
    const file = path.join(folder, "peak");
    const code = `process.on("exit",()=>require("node:fs").writeFileSync(${JSON.stringify(file)},String(process.resourceUsage().maxRSS)))`;
    fs.writeFileSync(script, code);
    run(["--require", script, ...command]);
    return Number(fs.readFileSync(file, "utf8")) / 1024;
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
