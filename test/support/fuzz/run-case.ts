import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { main } from "../../../src/cli.ts";
import type { Draft } from "../draft.ts";
import { fakeIo } from "../fake-io.ts";
import { changesBetween, folderState } from "../folder-state.ts";
import { Prng } from "../prng.ts";
import { outputsOf } from "../watched-sources.ts";
import { judge, type Outcome } from "./oracle.ts";
import { type CommandShape, type CommandWorld, commandShapes, randomCommand } from "./random-command.ts";
import { randomValue } from "./random-config.ts";
import { bendJson, type Files, json, randomFolder, writeFiles } from "./random-folder.ts";
import { type ReadReport, rolesOf, totalsOf } from "./sums.ts";
import { readWords, type Words } from "./words.ts";

/** What all cases share. */
export interface FuzzGround {
  readonly words: Words;
  readonly shapes: readonly CommandShape[];
  /** Root of the project: its `bin/unfold.js` is run as a process of its own now and then. */
  readonly root: string;
}

export async function prepareGround(root: string): Promise<FuzzGround> {
  return { words: readWords(path.join(root, "src")), shapes: await commandShapes(), root };
}

export interface CaseResult {
  /** Command lines run. */
  readonly runs: number;
  readonly faults: readonly string[];
  /** Exit codes met, with how often: a fuzzer that meets few is not looking far. */
  readonly codes: readonly number[];
}

const COMMANDS_A_CASE = 3;
/** A process of its own takes as long as ten runs in this one. */
const SHARE_OF_PROCESSES = 1 / 150;
const VIEWS = ["params", "precision", "overview", "tree"];
/** A process of its own that takes longer hangs. Generous: a limit for hanging, no measurement. */
const KILL_AFTER_MS = 120_000;

/**
 * One case in an empty folder of its own: a random source, and random commands on it, held against the oracle. The same
 * seed and number make the same case. The process works in `folder` while it runs.
 */
export async function runCase(
  ground: FuzzGround,
  seed: number,
  number: number,
  folder: string,
): Promise<CaseResult> {
  const random = new Prng(seed ^ Math.imul(number + 1, 0x9e3779b1));
  process.chdir(folder);
  fs.mkdirSync("work");
  const { files, draft } = randomFolder(random, ground.words);
  addUserFiles(random, files, draft, ground.words);
  writeFiles("source", files);
  const world = worldOf(files, draft);
  const bench = new Bench(ground, random);
  if (random.chance(0.2)) await addSnapshot(random, bench, world, draft, ground.words);
  if (random.chance(0.2)) await bench.compareViews("source");
  for (let k = 0; k < COMMANDS_A_CASE; k++) await bench.run(randomCommand(random, ground.shapes, world));
  return { runs: bench.codes.length, faults: bench.faults, codes: bench.codes };
}

type GrowingWorld = CommandWorld & { readonly sources: string[]; readonly files: string[] };

function worldOf(files: Files, draft: Draft): GrowingWorld {
  const names = [...files.keys()]
    .map((name) => path.posix.join("source", name))
    .filter((name) => fs.existsSync(name));
  const folders = new Set(names.map((name) => path.posix.dirname(name)));
  const paths = draft.names.flatMap((name) => [name, name.split(".").slice(0, -1).join(".")]);
  return {
    sources: [
      ...Array.from({ length: 3 * names.length + 9 }, () => "source"),
      "./source/",
      ...folders,
      ...names,
      "work",
      "missing",
    ],
    files: [...names, "source", "missing.json", "/dev/null"],
    paths: [...paths, "lm_head", "scale-missing", "bash"],
    output: "work/out",
  };
}

/** What a user may have lying around: a configuration of unfold's own, a baseline. */
function addUserFiles(random: Prng, files: Files, draft: Draft, words: Words): void {
  if (random.chance(0.15)) {
    const config = {
      failOn: "warning",
      rules: {},
      ignore: [{ rule: "scale-missing", where: "*", reason: "x" }],
      expect: {},
    };
    files.set(
      "unfold.config.json",
      json(random.chance(0.5) ? config : bendJson(random, config, words, draft)),
    );
  }
  if (random.chance(0.15)) {
    const entry = { rule: "scale-missing", component: null, shard: null, where: "x", found: null };
    const baseline = { unfoldBaseline: 1, findings: [entry] };
    files.set(
      "baseline.json",
      json(random.chance(0.3) ? baseline : bendJson(random, baseline, words, draft)),
    );
  }
}

/** A snapshot of the source as another source: whole, bent in its fields, or in its bytes. */
async function addSnapshot(
  random: Prng,
  bench: Bench,
  world: GrowingWorld,
  draft: Draft,
  words: Words,
): Promise<void> {
  await bench.run(["snapshot", "source", "-o", "work/made.unfold.json"]);
  if (!fs.existsSync("work/made.unfold.json")) return;
  let value: unknown = JSON.parse(fs.readFileSync("work/made.unfold.json", "utf8"));
  for (let k = random.pick([0, 1, 1, 2, 5]); k > 0; k--) value = bendJson(random, value, words, draft);
  let bytes = Buffer.from(JSON.stringify(value) ?? String(randomValue(random, words, draft, 0)), "utf8");
  if (random.chance(0.1)) bytes = bytes.subarray(0, random.below(bytes.length));
  const isPacked = random.chance(0.3);
  const name = isPacked ? "work/bent.unfold.json.gz" : "work/bent.unfold.json";
  fs.writeFileSync(name, isPacked ? gzipSync(bytes) : bytes);
  bench.forget();
  world.sources.push(name, name, name, name);
}

/** Runs command lines in the working folder and gathers what is wrong with them. */
class Bench {
  readonly faults: string[] = [];
  readonly codes: number[] = [];
  private readonly ground: FuzzGround;
  private readonly random: Prng;
  /** What lies there after the last run; undefined where the case itself has written since. */
  private state: Map<string, string> | undefined;

  constructor(ground: FuzzGround, random: Prng) {
    this.ground = ground;
    this.random = random;
  }

  async run(argv: readonly string[]): Promise<Outcome> {
    const columns = this.random.pick([undefined, undefined, 0, 1, 19, 20, 40, 80, 132, 500]);
    const isProcess = this.random.chance(SHARE_OF_PROCESSES);
    const before = this.state ?? folderState(".");
    const outcome = isProcess ? this.spawn(argv) : await this.call(argv, columns);
    const isAllowed = mayWrite(argv);
    this.state = folderState(".");
    const changes = changesBetween(before, this.state);
    // What an earlier run has written is not this one's.
    const { written, ...rest } = outcome;
    const faults = judge(changes.length > 0 ? { ...rest, written } : rest);
    faults.push(...changes.filter((change) => !isAllowed(change.split(" ")[0] as string)));
    this.codes.push(outcome.code);
    const shown = argv.map((text) => (/^[\w./=*:-]+$/.test(text) ? text : JSON.stringify(text))).join(" ");
    this.faults.push(...faults.map((fault) => `unfold ${shown}: ${fault}`));
    return outcome;
  }

  /** The case has written files itself. */
  forget(): void {
    this.state = undefined;
  }

  private async call(argv: readonly string[], columns: number | undefined): Promise<Outcome> {
    const io = fakeIo({
      env: { HF_HUB_OFFLINE: "1" },
      homeFolder: path.resolve("home"),
      workingFolder: process.cwd(),
      ...(columns === undefined ? {} : { columns }),
    });
    let code: number;
    let crash = "";
    try {
      code = await main(argv, io);
    } catch (error) {
      code = 70;
      crash = `main threw ${(error as Error).stack}`;
    }
    const isColored = columns !== undefined || argv.includes("--color");
    return {
      argv,
      code,
      stdout: io.out(),
      stderr: io.err() + crash,
      written: readOutput(argv),
      mayColor: isColored,
    };
  }

  private spawn(argv: readonly string[]): Outcome {
    const child = spawnSync(process.execPath, [path.join(this.ground.root, "bin", "unfold.js"), ...argv], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH, HOME: path.resolve("home"), HF_HUB_OFFLINE: "1" },
      timeout: KILL_AFTER_MS,
      killSignal: "SIGKILL",
      maxBuffer: 256 * 1024 * 1024,
    });
    const [stdout, stderr] = [String(child.stdout), String(child.stderr)];
    const mayColor = argv.includes("--color");
    return { argv, code: child.status ?? -1, stdout, stderr, written: readOutput(argv), mayColor };
  }

  /** What several views say of one thing is the same. */
  async compareViews(source: string): Promise<void> {
    const told = [new Map<string, string>(), new Map<string, string>()] as const;
    for (const view of VIEWS) {
      const { stdout } = await this.run([view, source, "--json"]);
      if (this.faults.length > 0 || stdout === "") return;
      const report = JSON.parse(stdout) as ReadReport;
      for (const [k, facts] of [totalsOf(report), rolesOf(report)].entries())
        if (facts !== undefined) told[k]?.set(JSON.stringify(facts), view);
    }
    for (const answers of told)
      if (answers.size > 1)
        this.faults.push(
          `views disagree: ${[...answers].map(([facts, view]) => `${view} ${facts}`).join(", ")}`,
        );
  }
}

/** Whether a run may change an entry: what it was told to write, and the cache of headers in the home folder. */
function mayWrite(argv: readonly string[]): (name: string) => boolean {
  const allowed = outputsOf(argv).map((file) => `./${path.relative(process.cwd(), file)}`);
  // Without -o a snapshot is written beside the caller, named after its source.
  const isNamed = argv[0] === "snapshot" && outputOf(argv) === undefined;
  return (name) =>
    allowed.includes(name) ||
    name.startsWith("./home") ||
    (isNamed && /^\.\/[^/]+\.unfold\.json\.gz$/.test(name));
}

function outputOf(argv: readonly string[]): string | undefined {
  return after(argv, "--output") ?? after(argv, "-o");
}

function after(argv: readonly string[], flag: string): string | undefined {
  const at = argv.lastIndexOf(flag);
  return at < 0 ? undefined : argv[at + 1];
}

function readOutput(argv: readonly string[]): string | undefined {
  const output = outputOf(argv);
  if (output === undefined || !fs.statSync(output, { throwIfNoEntry: false })?.isFile()) return undefined;
  return fs.readFileSync(output, "utf8");
}
