import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { minimaxM2 } from "../fixtures/minimax-m2.ts";
import { benchGrowth } from "./growth.ts";
import { benchHub } from "./hub.ts";
import { type Checkpoint, enlarge, writeCheckpoint } from "./make-checkpoint.ts";
import { type Command, measure, peakMegabytes } from "./measure.ts";
import { type Line, printLines } from "./print.ts";

const HELP = `npm run bench -- [--runs N] [--quick] [--hub]
  --runs N   paired runs of each pair (default 9)
  --quick    MiniMax-M2 only, without the large checkpoints
  growth [KIND…]  every view at a tenth of the largest size and at the largest: time per tensor, peak memory
  --hub      reading from a hub with latency, against the hub's own library`;

/** Tensors of the large checkpoints. */
const LARGE = [500_000, 1_000_000];

/** What is promised: a multiple of the yardstick's time, of its memory, or so many MB. */
const LIMITS = {
  version: 1.25,
  params: 1.1,
  precision: 1.1,
  tree: 1.1,
  check: 1.1,
  memory: 2,
  perTensor: 1.3,
  megabytes: 700,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "9" },
    quick: { type: "boolean", default: false },
    hub: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else if (positionals[0] === "growth")
  benchGrowth(positionals.slice(1), Math.min(3, Number(values.runs) || 1));
else if (values.hub) await benchHub(new URL("hub-server.js", import.meta.url));
else benchLocal(Math.max(1, Number(values.runs) || 1));

function benchLocal(runs: number): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-bench-"));
  process.once("SIGINT", () => {
    fs.rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  });
  try {
    const m2 = writeCheckpoint(path.join(folder, "minimax-m2"), minimaxM2);
    const lines = [...benchStart(runs), ...benchM2(m2, runs)];
    if (!values.quick) {
      // Few runs of the large ones are enough: they take seconds, and noise is small beside that.
      for (const tensors of LARGE) {
        const large = writeCheckpoint(path.join(folder, `${tensors}`), enlarge(minimaxM2, tensors));
        lines.push(benchLarge(m2, large, Math.min(runs, 5)));
        fs.rmSync(large.folder, { recursive: true });
      }
    }
    printLines(lines, runs);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function benchStart(runs: number): Line[] {
  const { ratio, ms, yardstickMs } = measure(unfold("--version"), bareNode(), runs);
  return [{ what: "unfold --version", against: "node -e 0", ms, yardstickMs, ratio, limit: LIMITS.version }];
}

function benchM2(m2: Checkpoint, runs: number): Line[] {
  const commands = [
    { what: "unfold params --json", args: ["params", m2.folder, "--json"], limit: LIMITS.params },
    { what: "unfold precision --json", args: ["precision", m2.folder, "--json"], limit: LIMITS.precision },
    { what: "unfold tree", args: ["tree", m2.folder], limit: LIMITS.tree },
    { what: "unfold check", args: ["check", m2.folder], limit: LIMITS.check },
  ];
  const floorPeak = peakMegabytes(floor(m2.folder));
  return commands.map(({ what, args, limit }) => {
    const command = unfold(...args);
    const { ratio, ms, yardstickMs } = measure(command, floor(m2.folder), runs);
    const peak = peakMegabytes(command);
    return {
      what: `${what}, ${m2.tensors} tensors`,
      against: "floor",
      ms,
      yardstickMs,
      ratio,
      limit,
      memory: { peak, limit: LIMITS.memory * floorPeak },
    };
  });
}

/** Time for a tensor here against time for a tensor of MiniMax-M2, in the same runs. */
function benchLarge(m2: Checkpoint, large: Checkpoint, runs: number): Line {
  const command = unfold("params", large.folder, "--json");
  const { ratio, ms, yardstickMs } = measure(command, unfold("params", m2.folder, "--json"), runs);
  return {
    what: `unfold params --json, ${large.tensors} tensors`,
    against: "M2, by tensor",
    ms,
    yardstickMs,
    ratio: (ratio * m2.tensors) / large.tensors,
    limit: LIMITS.perTensor,
    memory: { peak: peakMegabytes(command), limit: LIMITS.megabytes },
  };
}

function unfold(...args: string[]): Command {
  return [path.resolve("bin", "unfold.js"), ...args];
}

function bareNode(): Command {
  return ["-e", "0"];
}

/** See floor.ts: the least that a script could do. */
function floor(folder: string): Command {
  return [path.resolve("dist", "dev", "floor.js"), folder];
}
