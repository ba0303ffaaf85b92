import { describe, expect, it } from "vitest";
import { displayWidth } from "../../src/format/display-width.ts";
import { latentModel } from "../checks/sound-models.ts";
import type { Draft } from "../support/draft.ts";
import { commandShapes } from "../support/fuzz/random-command.ts";
import { MODELS, runKept, writeDraft } from "../support/hostile.ts";
import { tempFolder } from "../support/temp-folder.ts";

describe("text is no wider than it is asked to be", async () => {
  const shapes = await commandShapes();
  const views = shapes.filter(({ arguments: [first, second] }) => first === "source" && second === undefined);
  const lines = views
    .filter(({ words }) => !["snapshot", "ls", "report"].includes(words[0] ?? ""))
    .flatMap(({ words, options }) => [
      [...words],
      ...options
        .filter(({ long }) => ["--diagram", "--tensors", "--verbose"].includes(long ?? ""))
        .map(({ long }) => [...words, long as string]),
    ]);

  it.each(lines.map((argv) => [argv.join(" "), argv] as const))(
    "unfold %s",
    async (_, [command, ...rest]) => {
      for (const [name, make] of [...MODELS, ["long names", longNames] as const]) {
        const source = writeDraft(tempFolder(), name, make());
        for (const width of [40, 47, 60]) {
          const { stdout } = await runKept([command as string, source, ...rest, "--width", String(width)]);
          const wide = stdout.split("\n").filter((line) => displayWidth(line) > width);
          expect(wide, `${name} at ${width}`).toEqual([]);
        }
      }
    },
  );

  function longNames(): Draft {
    return latentModel().rename((name) =>
      name.replace(/^model\./, `${"module_with_a_long_name.".repeat(4)}模型.`),
    );
  }
});
