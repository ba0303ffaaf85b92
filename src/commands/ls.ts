import { type Command, Option } from "commander";
import { type ListSort, listTensors, type TensorRow } from "../analysis/list.ts";
import { parseWhere } from "../analysis/where.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { note } from "../checkpoint/notes.ts";
import { exitCodeFor } from "../report/exit-code.ts";
import { buildReport, type Report } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import { reportTrouble } from "../terminal/trouble.ts";
import { openForCommand } from "./open.ts";
import { addCommonOptions, type CommonOptions, collect, matchGlob, underOption } from "./options.ts";
import type { OutputFormats } from "./output-format.ts";
import { chooseTensors, loadFrom, writeReport } from "./run-view.ts";

interface LsOptions extends CommonOptions {
  readonly sort: ListSort;
  readonly reverse?: boolean;
  readonly where?: readonly string[];
  readonly filter?: readonly string[];
}

type ListReport = Report<{ readonly tensors: Iterable<TensorRow> }>;

const renderers = () => import("../report/render/list-output.ts");

const FORMATS: OutputFormats<ListReport, LsOptions> = {
  table: {
    extensions: [".txt"],
    render: async ({ result }, { view }) => (await renderers()).renderListTable(result.tensors, await view()),
  },
  ndjson: {
    extensions: [".ndjson", ".jsonl"],
    render: async ({ result }) => (await renderers()).renderListNdjson(result.tensors),
  },
  csv: {
    extensions: [".csv"],
    render: async ({ result }) => (await renderers()).renderListCsv(result.tensors),
  },
  json: {
    extensions: [".json"],
    render: async (report) => (await renderers()).renderListJson(report),
  },
};

export function addLsCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("ls")
    .description("the flat tensor list, for eyes and for scripts")
    .argument("<source>")
    .addOption(
      new Option("--sort <order>", "order of the list")
        .choices(["name", "size", "elements", "dtype", "shard"])
        .default("name"),
    )
    .option("--reverse", "turn the order round")
    .addOption(
      new Option(
        "--where <condition>",
        "such as dtype=F32, bytes>=1MB, shape=[*,3072], name~*.w1.* (repeatable, all must hold)",
      ).argParser(collect),
    )
    .addOption(
      new Option("--filter <glob>", "only tensors whose names match (repeatable)").argParser(collect),
    );
  addCommonOptions(command, FORMATS).action(async (source: string, options: LsOptions) =>
    done(await runLs(io, source, options)),
  );
}

async function runLs(io: Io, source: string, options: LsOptions): Promise<number> {
  const conditions = underOption("--where", () =>
    (options.where ?? []).map((text) => parseWhere(text, matchGlob)),
  );
  const where = (row: TensorRow) => conditions.every((holds) => holds(row));
  const choice = await chooseTensors(options, options.filter);
  const checkpoint = await loadFrom(io, await openForCommand(io, source, options), options, choice);
  const shown = { count: 0 };
  const rows = counted(listAll(checkpoint, options, where), shown);
  const report = buildReport("ls", checkpoint, { tensors: rows });
  await writeReport(io, options, FORMATS, report);
  // A list is the answer to a question, and nothing may be it.
  const empty = choice?.whyEmpty();
  const notes = checkpoint.notes.filter(({ code }) => empty === undefined || code !== "FILTERED");
  notes.push(...(choice?.unmatched() ?? []));
  if (empty !== undefined)
    notes.push(note("NOTHING_CHOSEN", null, { message: empty.message, hint: empty.hint ?? "" }));
  else if (conditions.length > 0 && shown.count === 0) notes.push(note("NOTHING_MATCHES", null, {}));
  await reportTrouble(io, options, { ...checkpoint, notes });
  return exitCodeFor(report);
}

function* counted<T>(rows: Iterable<T>, into: { count: number }): Generator<T> {
  for (const row of rows) {
    into.count++;
    yield row;
  }
}

/** Component after component; rows say which one they are of where there are several. */
function* listAll(
  checkpoint: Checkpoint,
  options: LsOptions,
  where: (row: TensorRow) => boolean,
): Generator<TensorRow & { component?: string }> {
  const several = checkpoint.components.length > 1;
  for (const component of checkpoint.components) {
    for (const row of listTensors(component, {
      sort: options.sort,
      reverse: options.reverse === true,
      where,
    })) {
      yield several ? { ...row, component: component.name } : row;
    }
  }
}
