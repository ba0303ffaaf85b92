import { type Command, Option } from "commander";
import { type ArchResult, describeArchitecture } from "../analysis/arch.ts";
import { describeWhole } from "../analysis/arch-together.ts";
import { compareNatural } from "../format/natural.ts";
import { kindOfWhole } from "../kinds/pipeline/is-pipeline.ts";
import { EXIT } from "../report/exit-code.ts";
import type { SignatureList } from "../report/render/signatures-document.ts";
import type { Report } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import { addCommonOptions, type CommonOptions, parseTokens } from "./options.ts";
import { type OutputFormats, viewFormats } from "./output-format.ts";
import { documentPerComponent, perComponent } from "./per-component.ts";
import { requireSource } from "./require-source.ts";
import { runView, writeReport } from "./run-view.ts";

/** Bytes of a cached element by the dtype it is kept in. */
const KV_BYTES = { f32: 4, bf16: 2, f16: 2, fp8: 1, int8: 1 } as const;

interface ArchCommandOptions extends CommonOptions {
  readonly context?: number;
  readonly kvDtype: keyof typeof KV_BYTES | "auto";
  readonly diagram?: boolean;
  readonly listSignatures?: boolean;
}

const FORMATS: OutputFormats<Report<ArchResult>, ArchCommandOptions> = {
  ...viewFormats(async (report, { diagram }) => {
    const { archDocument } = await import("../report/render/arch-document.ts");
    return documentPerComponent(
      report,
      (each) => archDocument(each, { diagram: diagram === true }),
      ({ result }) => diagram !== true && result.parts.length > 0,
    );
  }),
  mermaid: {
    extensions: [".mmd", ".mermaid"],
    render: async ({ result }) => [(await import("../report/render/arch-mermaid.ts")).renderMermaid(result)],
  },
};

export function addArchCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("arch")
    .description("the architecture from headers, held against config.json: attention, experts, KV cache")
    .argument("[source]")
    .addOption(
      new Option(
        "--context <tokens>",
        "length that memory is told for (default: the config's); 128K is 131,072, 128k is 128,000",
      ).argParser(parseTokens),
    )
    .addOption(
      new Option("--kv-dtype <dtype>", "what the KV cache is kept in")
        .choices(["auto", ...Object.keys(KV_BYTES)])
        .default("auto", "as declared or stored, else 16 bits"),
    )
    .option("--diagram", "draw a layer of each kind as blocks")
    .option("--list-signatures", "list the classes that checkpoints are held against");
  addCommonOptions(command, FORMATS).action(
    async (source: string | undefined, options: ArchCommandOptions) => {
      if (options.listSignatures) return done(await listSignatures(io, options));
      done(await runArch(io, requireSource(source), options));
    },
  );
}

const LIST_FORMATS = viewFormats<SignatureList, ArchCommandOptions>(async (list) => {
  const { signaturesDocument } = await import("../report/render/signatures-document.ts");
  return signaturesDocument(list);
});

async function listSignatures(io: Io, options: ArchCommandOptions): Promise<number> {
  const { loadSignatures } = await import("../signatures/load.ts");
  const signatures = loadSignatures()
    .listSignatures()
    .map(({ library, version, className, modelTypes }) => ({
      library,
      version,
      class: className,
      modelTypes,
    }))
    .sort((a, b) => compareNatural(b.library, a.library) || compareNatural(a.class, b.class));
  await writeReport(io, options, LIST_FORMATS, { schemaVersion: 1, signatures });
  return EXIT.done;
}

async function runArch(io: Io, source: string, options: ArchCommandOptions): Promise<number> {
  const archOptions = {
    ...(options.kvDtype === "auto" ? {} : { kvBytes: KV_BYTES[options.kvDtype] }),
    ...(options.context === undefined ? {} : { context: options.context }),
  };
  return runView(io, source, options, {
    command: "arch",
    build: (checkpoint) => {
      const result = perComponent(checkpoint, (component) => describeArchitecture(component, archOptions), {
        together: (parts) => describeWhole(parts, checkpoint),
        splits: true,
      });
      return { ...result, kind: kindOfWhole(checkpoint, result.kind) };
    },
    formats: FORMATS,
  });
}
