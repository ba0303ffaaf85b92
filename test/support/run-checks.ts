import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import type { Finding } from "../../src/checks/check.ts";
import { type CheckResult, type RunOptions, runChecks } from "../../src/checks/run.ts";
import { type MemoryFile, MemorySource } from "../../src/sources/memory.ts";
import { MEMORY_FACTS } from "./checkpoint-builder.ts";
import type { Draft } from "./draft.ts";

export function loadFiles(files: ReadonlyMap<string, MemoryFile>): Promise<Checkpoint> {
  return loadCheckpoint(new MemorySource(files, MEMORY_FACTS));
}

export async function checkDraft(draft: Draft, options: RunOptions = {}): Promise<CheckResult> {
  return runChecks(await loadFiles(draft.toFiles()), options);
}

/** Findings that count: others explain the rest. */
export function toldOf({ findings }: CheckResult): Finding[] {
  return findings.filter(({ because }) => because.length === 0);
}

/** Findings above information: what a sound checkpoint has none of. */
export function faultsOf(result: CheckResult): Finding[] {
  return toldOf(result).filter(({ severity }) => severity !== "info");
}
