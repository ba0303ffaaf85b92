import type { CheckResult } from "../../src/checks/run.ts";
import type { Draft } from "./draft.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";
import { Prng } from "./prng.ts";
import { checkDraft } from "./run-checks.ts";

export interface Survivor {
  readonly mutation: string;
  readonly seed: number;
  readonly named: string;
  /** What was told instead. */
  readonly told: readonly string[];
}

export interface MutationScore {
  readonly runs: number;
  readonly survivors: readonly Survivor[];
}

/** Breaks copies of a checkpoint, each way that applies at a few random places, and counts what was not told rightly. */
export async function runMutations(
  make: () => Draft,
  seeds: readonly number[],
  mutations: readonly Mutation[] = MUTATIONS,
): Promise<MutationScore> {
  let runs = 0;
  const survivors: Survivor[] = [];
  for (const mutation of mutations) {
    for (const seed of seeds) {
      const draft = make();
      const named = mutation.apply(draft, new Prng(seed));
      if (named === undefined) break;
      runs++;
      const result = await checkDraft(draft);
      if (!isTold(result, mutation, named))
        survivors.push({ mutation: mutation.name, seed, named, told: result.findings.map(describe) });
    }
  }
  return { runs, survivors };
}

/** Whether a fitting check says it, and says where. */
function isTold({ findings }: CheckResult, { rules }: Mutation, named: string): boolean {
  return findings.some(
    ({ rule, severity, where, shard, message, modules, expected }) =>
      rules.includes(rule) &&
      severity !== "info" &&
      ([where, shard, message, expected, ...modules].some((text) => text?.includes(named)) ||
        // A module that is gone with its only tensor is named by what held it.
        (where !== null && where !== "" && named.startsWith(`${where}.`))),
  );
}

function describe({ severity, rule, where, message }: CheckResult["findings"][number]): string {
  return `${severity} ${rule} ${where ?? ""} ${message}`.slice(0, 200);
}
