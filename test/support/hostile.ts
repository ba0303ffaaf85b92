import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import * as models from "../checks/sound-models.ts";
import type { Draft } from "./draft.ts";
import { type FakeIoOptions, type Run, runMain } from "./fake-io.ts";
import { judge } from "./fuzz/oracle.ts";
import { type CommandShape, commandShapes } from "./fuzz/random-command.ts";
import { writeFiles } from "./fuzz/random-folder.ts";

/** A process without an end is stopped then: a limit for hanging, no measurement. */
const KILL_AFTER_MS = 120_000;
export const BIN = path.resolve("bin", "unfold.js");

/** Runs a command line in this process and holds the outcome against every promise that the contract makes. */
export async function runKept(argv: readonly string[], options: FakeIoOptions = {}): Promise<Run> {
  const run = await runMain(argv, { env: { HF_HUB_OFFLINE: "1" }, ...options });
  const mayColor = options.columns !== undefined || argv.includes("--color");
  expect(judge({ ...run, argv, mayColor }), argv.join(" ")).toEqual([]);
  return run;
}

export interface BinOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdout?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Runs the program as a process of its own, which is stopped where it does not end; `code` is null then. */
export function runBin(
  argv: readonly string[],
  { env = {}, stdout, ...who }: BinOptions = {},
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const child = spawnSync(process.execPath, [BIN, ...argv], {
    ...who,
    env: { PATH: process.env.PATH ?? "", HF_HUB_OFFLINE: "1", ...env },
    stdio: ["ignore", stdout ?? "pipe", "pipe"],
    timeout: KILL_AFTER_MS,
    killSignal: "SIGKILL",
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  return { code: child.status, stdout: child.stdout ?? "", stderr: child.stderr };
}

/** Writes a checkpoint into a new folder below `parent`. */
export function writeDraft(parent: string, name: string, draft: Draft): string {
  const folder = path.join(parent, name);
  fs.mkdirSync(folder, { recursive: true });
  writeFiles(folder, draft.toFiles());
  return folder;
}

export const MODELS: readonly (readonly [string, () => Draft])[] = Object.entries(models);

/** Commands that show something of one source, each with all its formats: read from the program itself. */
export async function viewsWithFormats(): Promise<string[][]> {
  const views = (await commandShapes()).filter(
    (shape) => shape.arguments.join() === "source" && shape.words[0] !== "snapshot",
  );
  return views.flatMap((shape) => formatsOf(shape).map((format) => [...shape.words, "--format", format]));
}

function formatsOf(shape: CommandShape): readonly string[] {
  return shape.options.find(({ long }) => long === "--format")?.argChoices ?? [];
}
