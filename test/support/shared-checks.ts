import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { runChecks } from "../../src/checks/run.ts";
import { openSource } from "../../src/sources/open-source.ts";
import { Draft } from "./draft.ts";
import { faultsOf } from "./run-checks.ts";
import { runMutations } from "./run-mutations.ts";
import type { Tally } from "./tally.ts";

/** Tensors beyond which a checkpoint is checked whole, and not broken again and again. */
const MAX_MUTATED_TENSORS = 20_000;

/** Share of the breaks that the right check must tell. */
const MIN_TOLD = 0.99;

/** No good checkpoint of the corpus has a finding above info; each is then broken in every way that applies. */
export async function runSharedChecks(
  shared: string,
  scratch: string,
  tally: Tally,
  say: (line: string) => void,
): Promise<void> {
  const corpus = path.join(shared, "corpus");
  let runs = 0;
  let told = 0;
  for (const slug of fs.readdirSync(corpus).sort()) {
    const entry = path.join(corpus, slug);
    if (!["manifest.ndjson.gz", "spec.json"].some((name) => fs.existsSync(path.join(entry, name)))) continue;
    const folder = path.join(scratch, "checked");
    spawnSync(process.execPath, [path.join(shared, "tools", "mkckpt.mjs"), entry, folder]);
    const checkpoint = await loadCheckpoint(await openSource(folder));
    const faults = faultsOf(runChecks(checkpoint)).map(({ rule, message }) => `${rule}: ${message}`);
    tally.check(`check/${slug}`, faults);
    const tensors = checkpoint.components.reduce((sum, { table }) => sum + table.count, 0);
    if (tensors <= MAX_MUTATED_TENSORS) {
      const score = await runMutations(() => Draft.from(checkpoint), [1, 2, 3]);
      runs += score.runs;
      told += score.runs - score.survivors.length;
      for (const { mutation, seed, named, told: instead } of score.survivors)
        say(
          `  not told: ${slug}: ${mutation} (seed ${seed}) at ${named}; told: ${instead.join(" | ") || "nothing"}`,
        );
    }
    fs.rmSync(folder, { recursive: true, force: true });
  }
  say(`breaks told by the right check with the place: ${told} of ${runs}`);
  tally.check("check/breaks", told >= MIN_TOLD * runs ? [] : [`${told} of ${runs} breaks were told`]);
}
