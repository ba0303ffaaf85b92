import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { CheckpointSpec } from "../../fixtures/checkpoint-spec.ts";
import { diffusersPipeline } from "../../fixtures/stories/diffusers-pipeline.ts";
import { hybridLayers } from "../../fixtures/stories/hybrid-layers.ts";
import * as kinds from "../../fixtures/stories/kinds.ts";
import { missingShard } from "../../fixtures/stories/missing-shard.ts";
import { sharedBlock } from "../../fixtures/stories/shared-block.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { membersOf } from "../../src/page/ranges.ts";
import { renderWholePage } from "../../src/report/render/html/whole-page.ts";
import { buildReport } from "../../src/report/report.ts";
import { buildWholeReport } from "../../src/report/whole-report.ts";
import { MemorySource } from "../../src/sources/memory.ts";
import { openSource } from "../../src/sources/open-source.ts";
import type { Source } from "../../src/sources/source.ts";
import type { Draft } from "../support/draft.ts";
import { pageContradictions } from "../support/page-figures.ts";
import * as models from "../support/page-models.ts";
import { Prng } from "../support/prng.ts";
import { writeStory } from "../support/story.ts";

const parent = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-figures-"));
afterAll(() => fs.rmSync(parent, { recursive: true, force: true }));

async function madeOf(source: Source) {
  const checkpoint = await loadCheckpoint(source);
  const report = buildReport("report", checkpoint, buildWholeReport(checkpoint));
  return { report, html: renderWholePage(report) };
}

const STORIES: Readonly<Record<string, CheckpointSpec>> = {
  ...kinds,
  diffusersPipeline,
  hybridLayers,
  missingShard,
  sharedBlock,
};

it.each(Object.entries(STORIES))("says of each kind what its document says: %s", async (name, spec) => {
  const source = await openSource(writeStory(name, spec, parent));
  const { report, html } = await madeOf(source);
  await source.close();
  expect(pageContradictions(html, report)).toEqual([]);
});

it.each(Object.entries(STORIES))(
  "draws linears that the headers have, in layers that are there: %s",
  async (name, spec) => {
    const source = await openSource(writeStory(`linears-${name}`, spec, parent));
    const { report } = await madeOf(source);
    await source.close();
    for (const { arch, tensors, precision } of report.result.components) {
      const sides = new Set(tensors.rows.flatMap(({ shape }) => pairsOf(shape)));
      for (const { nodes, stack, layers } of arch.structures) {
        for (const linear of nodes.flatMap(({ linears }) => linears))
          expect(
            sides.has(`${linear.in} ${linear.out}`),
            `${stack} ${linear.module} ${linear.in} ${linear.out}`,
          ).toBe(true);
        const places = precision.modules
          .flatMap(({ places: own }) => own)
          .filter((place) => place.stack === stack);
        const known = new Set(places.flatMap((place) => membersOf(place.layers ?? "")));
        expect(membersOf(layers).filter((layer) => !known.has(layer))).toEqual([]);
      }
    }
  },
);

/** What a matrix of this shape may lead from and to: both ways round, and with what lies behind the first side as one. */
function pairsOf(shape: readonly number[]): string[] {
  const pairs = shape.flatMap((a) => shape.map((b) => `${a} ${b}`));
  const [first = 1, ...rest] = shape;
  const behind = rest.reduce((product, side) => product * side, 1);
  return [...pairs, `${behind} ${first}`];
}

const MAKERS: Readonly<Record<string, () => Draft>> = {
  FP8: () => models.llama(models.fp8, models.FP8),
  NVFP4: () => models.llama(models.nvfp4, models.NVFP4),
  GPTQ: () => models.llama(models.gptq, models.GPTQ),
  AWQ: () => models.llama(models.awq, models.AWQ),
  INT8: () => models.llama(models.int8, models.INT8),
  experts: () => models.moe(models.fp8, models.FP8),
  "NVFP4 experts": () => models.moe(models.nvfp4, models.NVFP4),
  LoRA: models.lora,
  ViT: models.vit,
  UNet: models.unet,
};

/** Damages of one kind of model, each of up to four tensors at random. */
const ROUNDS = 12;

describe.each(Object.entries(MAKERS))("a page of %s", (name, make) => {
  it("says what its document says, whatever of it is gone, cut or renamed", async () => {
    const random = new Prng(name.length);
    for (let round = 0; round < ROUNDS; round++) {
      const draft = make();
      for (let damages = round === 0 ? 0 : 1 + random.below(4); damages > 0; damages--) {
        const victim = random.pick(draft.names);
        const tensor = draft.tensors.get(victim);
        if (tensor === undefined) continue;
        const way = random.below(3);
        if (way === 0) draft.tensors.delete(victim);
        else if (way === 1)
          draft.change(victim, { shape: tensor.shape.map((side) => Math.max(1, side - 1)) });
        else draft.rename((each) => (each === victim ? `${each}_x` : each));
      }
      const facts = { kind: "local", id: "x", revision: null, commit: null, subfolder: null } as const;
      const { report, html } = await madeOf(new MemorySource(draft.toFiles(), facts));
      expect(pageContradictions(html, report)).toEqual([]);
    }
  });
});

it("finds a figure that the document does not have", async () => {
  const facts = { kind: "local", id: "x", revision: null, commit: null, subfolder: null } as const;
  const { report, html } = await madeOf(
    new MemorySource(models.llama(models.fp8, models.FP8).toFiles(), facts),
  );
  const size = report.checkpoint.tensorBytes.toLocaleString("en-US");
  const bent = html.replaceAll(size, "1,234,567");
  expect(pageContradictions(bent, report)).toEqual([
    expect.stringContaining("1,234,567 is on the page"),
    ...Array.from({ length: bent.split("1,234,567").length - html.split("1,234,567").length - 1 }, () =>
      expect.any(String),
    ),
  ]);
});
