import type { Command } from "commander";
import { buildOverview } from "../analysis/overview.ts";
import type { Io } from "../terminal/io.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { runView, VIEW_FORMATS } from "./run-view.ts";

/** `unfold <source>`: the screen for someone who knows nothing of the checkpoint yet. */
export function addOverviewCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("overview", { isDefault: true })
    .summary("one screen: what is this, how big, how precise")
    .argument("<source>");
  addCommonOptions(command, VIEW_FORMATS).action(async (source: string, options: CommonOptions) => {
    done(
      await runView(io, source, options, {
        command: "overview",
        build: buildOverview,
        document: async (report) => {
          const { overviewDocument } = await import("../report/render/overview-document.ts");
          return overviewDocument(report);
        },
      }),
    );
  });
}
