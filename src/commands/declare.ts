import { type Command, Option } from "commander";
import { UnfoldError } from "../errors.ts";
import { EXIT } from "../report/exit-code.ts";
import type { Io } from "../terminal/io.ts";
import { reportRemarks, reportTrouble } from "../terminal/trouble.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { JSON_FORMAT } from "./output-format.ts";
import { loadForCommand, writeResult } from "./run-view.ts";

interface DeclareCommandOptions extends CommonOptions {
  readonly for: "vllm" | "sglang" | "transformers" | "mlx";
  readonly index?: boolean;
}

/** `unfold declare`: prints what config.json should say of the packing, or the index of shards without one. */
export function addDeclareCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("declare")
    .description("prints the quantization_config that describes what is stored, or the index")
    .argument("<source>")
    .addOption(
      new Option("--for <engine>", "whose way to match names the skip list is written for")
        .choices(["vllm", "sglang", "transformers", "mlx"])
        .default("vllm"),
    )
    .option("--index", "the index of the shards instead");
  addCommonOptions(command, { json: JSON_FORMAT }).action(
    async (source: string, options: DeclareCommandOptions) => done(await runDeclare(io, source, options)),
  );
}

async function runDeclare(io: Io, source: string, options: DeclareCommandOptions): Promise<number> {
  const { describeIndex, describeQuantization } = await import("../engines/declare/declare.ts");
  const { renderJson } = await import("../report/render/json.ts");
  const checkpoint = await loadForCommand(io, source, options);
  const [component] = checkpoint.components;
  if (component === undefined) throw new UnfoldError("USAGE", { message: "there is no checkpoint" });
  // What is not here would be left out of what is printed, and nobody would see it.
  if (!component.isComplete) {
    await reportTrouble(io, options, checkpoint);
    if (checkpoint.problems.length > 0) return EXIT.unreadable;
    // Nothing is broken where a filter or the name of one shard leaves the rest out.
    const reason = "this is a part of a checkpoint, and what it lacks would be left out of what is declared";
    throw new UnfoldError("NO_CHECKPOINT", { reason }, { hint: "Name the whole folder, without a filter." });
  }
  const value = options.index ? describeIndex(component) : describeQuantization(component, options.for);
  if (value === null)
    reportRemarks(io, options, [
      "nothing is quantized here: there is nothing to declare, and config.json needs no quantization_config",
    ]);
  // Nothing to paste is nothing on stdout; who asks for a document gets one.
  const isEmpty = value === null && options.json !== true && options.format === undefined;
  if (!isEmpty) await writeResult(io, options, [renderJson(value)]);
  return EXIT.done;
}
