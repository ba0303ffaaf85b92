import { describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { type RunOptions, runChecks } from "../../src/checks/run.ts";
import { buildReport } from "../../src/report/report.ts";
import { MemorySource } from "../../src/sources/memory.ts";
import { BREAKS, statsFor } from "../checks/breaks.ts";
import * as models from "../checks/sound-models.ts";
import { MEMORY_FACTS } from "../support/checkpoint-builder.ts";
import { Draft } from "../support/draft.ts";
import { formatDisagreements } from "../support/formats-agree.ts";
import { MUTATIONS } from "../support/mutations.ts";
import { Prng } from "../support/prng.ts";
import { quantizedModule, RECIPES } from "../support/quantized-modules.ts";
import { loadFiles } from "../support/run-checks.ts";
import { disagreementsOf, faultsInViews } from "../support/views-agree.ts";

/** All views of what a draft makes, and all formats of its check. */
async function unlike(draft: Draft, options: RunOptions = {}): Promise<string[]> {
  const checkpoint = await loadFiles(draft.toFiles());
  const [component] = checkpoint.components;
  const result = runChecks(checkpoint, options);
  const report = buildReport("check", checkpoint, result);
  return component === undefined
    ? formatDisagreements(report)
    : [...disagreementsOf(checkpoint), ...(await formatDisagreements(report))];
}

describe("all views say the same", () => {
  it.each(Object.entries(models))("of the sound %s", async (_, make) => {
    expect(await unlike(make())).toEqual([]);
  });

  it.each(Object.entries(BREAKS))("of what breaks by %s", async (_, { model, bend, options, values }) => {
    const draft = model();
    bend(draft);
    const checkpoint = await loadFiles(draft.toFiles());
    const [component] = checkpoint.components;
    const read =
      values === undefined || component === undefined
        ? {}
        : { values: { byComponent: new Map([[component, statsFor(component, values.bad)]]), bytesRead: 0 } };
    expect(await unlike(draft, { ...(await options?.()), ...read })).toEqual([]);
  });

  it.each(Object.entries(models))("of the broken %s", async (_, make) => {
    for (const { name, apply } of MUTATIONS) {
      const draft = make();
      if (apply(draft, new Prng(1)) !== undefined) expect([name, await unlike(draft)]).toEqual([name, []]);
    }
  });

  it.each(Object.keys(RECIPES) as (keyof typeof RECIPES)[])("of modules in %s", async (scheme) => {
    const sizes = { out: 512, in: 512 };
    const draft = Draft.of(
      ["q_proj", "k_proj", "v_proj", "o_proj"].flatMap((name) =>
        [0, 1, 2, 3].flatMap((layer) =>
          quantizedModule(scheme, `model.layers.${layer}.self_attn.${name}`, sizes),
        ),
      ),
      { model_type: "llama", num_hidden_layers: 4, quantization_config: { quant_method: "fp8" } },
    );
    expect(await unlike(draft)).toEqual([]);
    // Without what one of the modules needs beside its values.
    const [extra] = draft.names.filter((name) => /layers\.2\.self_attn\.k_proj\.(?!weight$)/.test(name));
    if (extra !== undefined) expect(await unlike(draft.drop((name) => name === extra))).toEqual([]);
  });
});

/** Cuts between layers, as exporters do, and within them, as they do as well. */
const CUTS: Readonly<Record<string, (draft: Draft) => Draft>> = {
  "between layers": (draft) => draft,
  "within layers": (draft) => {
    for (const [at, name] of draft.names.entries())
      draft.change(name, { shard: `model-0000${1 + (at % 3)}-of-00003.safetensors` });
    draft.hasIndex = true;
    return draft;
  },
};

describe.each(Object.entries(CUTS))("no view finds fault with one shard, cut %s", (_, cut) => {
  it.each(Object.entries(models))("of the sound %s", async (_name, make) => {
    const files = cut(make()).toFiles();
    for (const shard of [...files.keys()].filter((name) => /-of-.*\.safetensors$/.test(name))) {
      const checkpoint = await loadCheckpoint(new MemorySource(files, MEMORY_FACTS, shard));
      expect(faultsInViews(checkpoint)).toEqual([]);
    }
  });
});
