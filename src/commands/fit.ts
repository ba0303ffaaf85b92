import { type Command, Option } from "commander";
import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import type { CacheDtype } from "../engines/memory/cache.ts";
import type { FitRequest, FitResult } from "../engines/memory/fit.ts";
import { UnfoldError } from "../errors.ts";
import { partsOfFile } from "../kinds/single-file.ts";
import type { Report } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import {
  addCommonOptions,
  type CommonOptions,
  collect,
  parseDevices,
  parsePositiveInteger,
  parseTokens,
  underOption,
} from "./options.ts";
import { viewFormats } from "./output-format.ts";
import { documentPerComponent, perComponent } from "./per-component.ts";
import { runView } from "./run-view.ts";

interface FitCommandOptions extends CommonOptions {
  readonly engine?: string;
  readonly gpu?: readonly string[];
  readonly gpus?: number;
  readonly context?: string;
  readonly batch?: number;
  readonly kv?: CacheDtype;
  readonly utilization?: string;
  readonly ep?: boolean;
}

/** GPUs that are told where none is asked for: one of each size that people rent. */
const USUAL_GPUS = ["RTX 4090", "L40S", "A100 80", "H100 80", "H200", "B200"] as const;
const USUAL_COUNTS = [1, 2, 4, 8] as const;
const USUAL_CONTEXTS = "8k,32k,max";
/** Contexts told at most: a column each. */
const MAX_CONTEXTS = 8;

const FORMATS = viewFormats<Report<FitResult>, FitCommandOptions>(async (report) => {
  const { fitDocument } = await import("../report/render/fit-document.ts");
  return documentPerComponent(report, fitDocument, ({ result }) => result.rows.length === 0);
});

/** `unfold fit`: exact bytes of weights and cache per GPU, the engine's overhead as a range, and what that leaves. */
export function addFitCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("fit")
    .description("what it takes to serve it: memory per GPU by part, which GPUs and how many")
    .argument("<source>")
    .option("--engine <name>", "the engine that is to serve it (default: vllm)")
    .addOption(new Option("--gpu <name>", "a GPU, or all (repeatable)").argParser(collect))
    .addOption(new Option("--gpus <n>", "this many of them (default: 1, 2, 4 and 8)").argParser(parseDevices))
    .option("--context <tokens>", `lengths of sequences, with commas (default: ${USUAL_CONTEXTS})`)
    .addOption(
      new Option("--batch <n>", "sequences at once that must find room").argParser(parsePositiveInteger),
    )
    .addOption(new Option("--kv <dtype>", "what the cache is kept in").choices(["auto", "bf16", "fp8"]))
    .option("--utilization <part>", "part of the memory that the engine takes, such as 0.9")
    .option("--ep", "spread experts whole over the GPUs");
  addCommonOptions(command, FORMATS).action(async (source: string, options: FitCommandOptions) =>
    done(await runFit(io, source, options)),
  );
}

async function runFit(io: Io, source: string, options: FitCommandOptions): Promise<number> {
  const { fitComponent, PARTS_TOGETHER } = await import("../engines/memory/fit.ts");
  const { loadTables } = await import("../engines/table.ts");
  const request = await readRequest(options);
  const tables = await loadTables([request.engine]);
  return runView(io, source, options, {
    command: "fit",
    build: (checkpoint: Checkpoint) =>
      fitAll(
        checkpoint,
        (component, inPipeline) => fitComponent(component, tables, request, inPipeline),
        PARTS_TOGETHER,
      ),
    formats: FORMATS,
  });
}

/** Each component by itself; parts of a pipeline, in folders or in one file, are told beside their sum. */
function fitAll(
  checkpoint: Checkpoint,
  fit: (component: Component, inPipeline: boolean) => FitResult,
  note: string,
): FitResult {
  const isFolder = checkpoint.pipeline != null;
  const isSplit = !isFolder && checkpoint.components.some((component) => partsOfFile(component).length > 0);
  return perComponent(checkpoint, (component) => fit(component, isFolder || isSplit), {
    splits: true,
    together: (parts) => ({ ...togetherOf(parts.map(({ result }) => result)), notes: [note] }),
  });
}

/** Weights of all parts at once, as they are held where all are loaded. */
function togetherOf(parts: readonly FitResult[]): FitResult {
  const [first] = parts as [FitResult];
  const total = (of: (result: FitResult) => number) => parts.reduce((sum, part) => sum + of(part), 0);
  const { replicated } = first.weights;
  return {
    ...first,
    weights: {
      ...first.weights,
      stored: total(({ weights }) => weights.stored),
      perRank: [total(({ weights }) => weights.perRank[0] ?? 0)],
      replicated,
    },
  };
}

async function readRequest(options: FitCommandOptions): Promise<FitRequest> {
  const { readEngineNames, readGpu } = await import("./engine-options.ts");
  const { GPUS } = await import("../engines/gpus.ts");
  const { ENGINE_NAMES } = await import("../engines/names.ts");
  const { engines } = underOption("--engine", () => readEngineNames([options.engine ?? "vllm"]));
  const [engine = "vllm"] = engines;
  if (engines.length > 1)
    throw new UnfoldError(
      "USAGE",
      { message: "--engine: unfold fit takes one engine" },
      { hint: `Name one of ${ENGINE_NAMES.join(", ")}.` },
    );
  const asked = options.gpu ?? [...USUAL_GPUS];
  const isAll = asked.some((name) => name.toLowerCase() === "all");
  return {
    engine,
    gpus: isAll ? GPUS : underOption("--gpu", () => asked.map(readGpu)),
    counts: options.gpus === undefined ? USUAL_COUNTS : [options.gpus],
    contexts: underOption("--context", () => parseContexts(options.context ?? USUAL_CONTEXTS)),
    batch: options.batch ?? 1,
    kv: options.kv ?? "auto",
    utilization: underOption("--utilization", () =>
      options.utilization === undefined ? null : parsePart(options.utilization),
    ),
    spreadsExperts: options.ep === true,
  };
}

function parseContexts(text: string): (number | "max")[] {
  const parts = text.split(",").slice(0, MAX_CONTEXTS);
  return parts.map((part) => (part.trim() === "max" ? "max" : parseTokens(part.trim())));
}

function parsePart(text: string): number {
  const part = Number(text);
  if (!(part > 0 && part <= 1))
    throw new UnfoldError("USAGE", {
      message: `${JSON.stringify(text)} is no part of the memory: a number above 0 and at most 1, such as 0.9`,
    });
  return part;
}
