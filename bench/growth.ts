import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Checkpoint } from "./make-checkpoint.ts";
import { GROWTH_KINDS, type GrowthKind, type GrowthKindName, writeGrowth } from "./make-growth.ts";
import { type Cost, costOf } from "./measure.ts";
import { printTable } from "./print.ts";

/** Time for a tensor at the largest size may be so many times that at a tenth of it. */
const MAX_GROWTH = 1.5;

/** `diff` of two of half a million tensors, in MB; what else is compared is told and not limited. */
const MAX_DIFF_MEGABYTES = 350;
const GIANT_TENSORS = 500_000;

/** A run of a view that takes longer is ended, and told as such. */
const MAX_SECONDS = 60;

const VIEWS: readonly { readonly name: string; args(folder: string): string[] }[] = [
  { name: "overview", args: (folder) => [folder] },
  { name: "tree", args: (folder) => ["tree", folder] },
  { name: "precision", args: (folder) => ["precision", folder] },
  { name: "params", args: (folder) => ["params", folder] },
  { name: "arch", args: (folder) => ["arch", folder] },
  { name: "ls", args: (folder) => ["ls", folder] },
  { name: "ls ndjson", args: (folder) => ["ls", folder, "--format", "ndjson"] },
  { name: "check", args: (folder) => ["check", folder] },
  { name: "diff", args: (folder) => ["diff", folder, folder] },
];

/** Every view of every kind at a tenth of its largest size and at the largest. */
export function benchGrowth(names: readonly string[], runs: number): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-growth-"));
  try {
    const kinds = Object.entries(GROWTH_KINDS).filter(([name]) => names.length === 0 || names.includes(name));
    const rows = kinds.flatMap(([name, kind]) => growthOf(name as GrowthKindName, kind, folder, runs));
    console.log(
      "user and system time of whole processes, best of each size; time per tensor, largest over a tenth",
    );
    printTable(
      [["kind", "view", "tensors", "ms", "tensors", "ms", "growth", "limit", "", "peak MB"], ...rows],
      [0, 1],
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function growthOf(name: GrowthKindName, kind: GrowthKind, folder: string, runs: number): string[][] {
  const small = writeGrowth(path.join(folder, `${name}-small`), kind, kind.largest / 10);
  const large = writeGrowth(path.join(folder, name), kind, kind.largest);
  const rows = VIEWS.map((view) => {
    const [few, many] = [small, large].map(({ folder: at }) => bestOf(view.args(at), runs)) as [Cost, Cost];
    return [
      name,
      view.name,
      ...cells(small, few),
      ...cells(large, many),
      ...verdict(view.name, small, few, large, many),
    ];
  });
  for (const checkpoint of [small, large]) fs.rmSync(checkpoint.folder, { recursive: true });
  return rows;
}

function bestOf(args: readonly string[], runs: number): Cost {
  const command = [path.resolve("bin", "unfold.js"), ...args];
  const costs = Array.from({ length: runs }, () => costOf(command, MAX_SECONDS));
  return costs.reduce((best, cost) => (cost.ms < best.ms ? cost : best));
}

function cells({ tensors }: Checkpoint, { ms }: Cost): string[] {
  return [String(tensors), Number.isFinite(ms) ? ms.toFixed(0) : `over ${MAX_SECONDS} s`];
}

function verdict(view: string, small: Checkpoint, few: Cost, large: Checkpoint, many: Cost): string[] {
  const growth = many.ms / large.tensors / (few.ms / small.tensors);
  const isLimited = view === "diff" && large.tensors >= GIANT_TENSORS;
  const isKept = growth <= MAX_GROWTH && (!isLimited || many.megabytes <= MAX_DIFF_MEGABYTES);
  return [growth.toFixed(2), MAX_GROWTH.toFixed(2), isKept ? "kept" : "OVER", many.megabytes.toFixed(0)];
}
