import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { addUp, parseListing, sortedText } from "./listing.ts";
import { findBadManners } from "./manners.ts";
import { type CliRun, runCli } from "./run-cli.ts";
import type { Tally } from "./tally.ts";

interface Case {
  readonly id: string;
  readonly class: string;
  readonly path: string;
  readonly verdict: "accept" | "reject";
  readonly strength: "must" | "open";
  readonly stored: boolean;
  readonly showExactly?: readonly string[];
  readonly facts?: {
    readonly tensors: number;
    readonly elements: string;
    readonly dataBytes: string;
    readonly elementsByDtype: Readonly<Record<string, string>>;
    readonly headerBytes: number;
  };
}

/** Runs every case of a conformance folder, those included that its script only ever generates. */
export function runConformance(root: string, folder: string, scratch: string, tally: Tally): void {
  const generator = path.join(folder, "mkconformance.mjs");
  const generated = path.join(scratch, "conformance");
  if (fs.existsSync(generator)) {
    const made = spawnSync(process.execPath, [generator, generated], { encoding: "utf8" });
    tally.check("conformance generator", made.status === 0 ? [] : [`it failed: ${made.stderr.trim()}`]);
  }
  const { cases } = JSON.parse(fs.readFileSync(path.join(folder, "expect.json"), "utf8")) as {
    cases: Case[];
  };
  for (const each of cases) {
    const target = [folder, generated].map((base) => path.join(base, each.path)).find(isThere);
    if (target === undefined) tally.skip(each.id, "neither stored nor generated here");
    else tally.check(each.id, judgeCase(root, each, target));
  }
  fs.rmSync(generated, { recursive: true, force: true });
}

/** A link to itself is there too. */
function isThere(target: string): boolean {
  return fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined;
}

function judgeCase(root: string, each: Case, target: string): string[] {
  const run = runCli(root, ["ls", target, "--json"]);
  const faults = [...findBadManners(run), ...judgeVerdict(each, run)];
  if (run.code === 0) faults.push(...judgeFacts(each, run));
  // The strings themselves go through every form that a person or a program may read.
  if (each.class === "names" || each.class === "metadata") {
    for (const format of ["table", "ndjson", "csv"]) {
      const shown = runCli(root, ["ls", target, "--format", format]);
      if (shown.code !== run.code) faults.push(`exit ${shown.code} as ${format}, ${run.code} as json`);
      faults.push(...findBadManners(shown).map((fault) => `${format}: ${fault}`));
    }
  }
  return faults;
}

function judgeVerdict(each: Case, run: CliRun): string[] {
  if (run.code !== 0 && run.code !== 3) return [`exit code ${run.code}: ${firstLine(run.stderr)}`];
  const found = run.code === 0 ? "accept" : "reject";
  if (each.strength === "open" || found === each.verdict) return [];
  return [`${found}, expected ${each.verdict}: ${firstLine(run.stderr)}`];
}

function judgeFacts(each: Case, run: CliRun): string[] {
  const listing = parseListing(run.stdout);
  const names = new Set(listing.result.tensors.map((tensor) => tensor.name));
  const faults = (each.showExactly ?? [])
    .filter((text) => !names.has(text) && !run.stdout.includes(text))
    .map((text) => `${JSON.stringify(text)} is not shown exactly`);
  const { facts } = each;
  if (facts === undefined) return faults;
  const totals = addUp(listing);
  const { checkpoint } = listing;
  const expected = {
    tensors: facts.tensors,
    listed: facts.tensors,
    elements: facts.elements,
    bytes: facts.dataBytes,
    listedBytes: facts.dataBytes,
    // The corpus counts the JSON alone, unfold what it read: eight bytes more.
    headerBytes: facts.headerBytes + 8,
    elementsByDtype: sortedText(facts.elementsByDtype),
  };
  const found = {
    tensors: checkpoint.tensors,
    listed: totals.tensors,
    elements: String(totals.elements),
    bytes: String(checkpoint.tensorBytes),
    listedBytes: String(totals.bytes),
    headerBytes: checkpoint.headerBytes,
    elementsByDtype: sortedText(totals.elementsByDtype),
  };
  for (const key of Object.keys(expected) as (keyof typeof expected)[])
    if (found[key] !== expected[key]) faults.push(`${key} ${found[key]}, expected ${expected[key]}`);
  return faults;
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
