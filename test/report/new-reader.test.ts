import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { displayWidth, fitWidth } from "../../src/format/display-width.ts";
import { summarizePattern } from "../../src/format/ranges.ts";
import { schemeName } from "../../src/report/render/scheme-words.ts";
import { wrapSpans } from "../../src/report/render/wrap.ts";
import { plainModel } from "../checks/sound-models.ts";
import { Draft } from "../support/draft.ts";
import { runMain } from "../support/fake-io.ts";
import { writeDraft } from "../support/hostile.ts";

/** What somebody who reads a screen for the first time takes from it has to be so: nothing cut to another number, nothing told of what is not here. */

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-reader-"));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const view = async (args: readonly string[], columns = 80) =>
  (await runMain(args, { columns, env: { NO_COLOR: "1" }, homeFolder: folder, workingFolder: folder }))
    .stdout;

it("never cuts a number of a list in two", () => {
  const list = "0,2,6,8,10,14,16,18,22,24,26,30";
  for (let width = 5; width < list.length; width++) {
    const cut = fitWidth(list, width);
    expect(displayWidth(cut)).toBeLessThanOrEqual(width);
    const members = cut.split(",").filter((each) => each !== "…");
    expect(
      members.every((each) => list.split(",").includes(each)),
      cut,
    ).toBe(true);
  }
  expect(fitWidth(list, 23)).toBe("0,2,6,8,…,22,24,26,30");
});

it("writes the sets of a pattern as a person would", () => {
  expect(summarizePattern("model.layers.{3,7,11,15,19}.self_attn.q_proj")).toBe(
    "model.layers.{3,7,…,19}.self_attn.q_proj",
  );
  expect(summarizePattern("h.{0-31}.{q,k}_proj")).toBe("h.{0-31}.{q,k}_proj");
});

/** A sound model of which the shard between the first layers and the last is not here; layer 3 lies in it by half. */
function cutShort(): string {
  const draft = plainModel();
  const last = draft.shards.length;
  for (const name of draft.names) {
    const layer = Number(/layers\.(\d+)\./.exec(name)?.[1] ?? (name.startsWith("lm_head") ? 9 : 0));
    const isSplit = layer === 3 && !/mlp\.(gate|up)|self_attn/.test(name);
    const number = layer < 3 ? 1 : layer === 3 && isSplit ? 1 : 2;
    draft.change(name, { shard: `model-0000${number}-of-0000${last}.safetensors` });
  }
  const written = writeDraft(folder, "cut", draft);
  fs.rmSync(path.join(written, `model-00002-of-0000${last}.safetensors`));
  return written;
}

it("takes a layer that lies in a missing shard by half for no kind of its own", async () => {
  const cut = cutShort();
  const arch = await view(["arch", cut]);
  expect(arch).toMatch(/layers +6, GQA /);
  expect(arch).toMatch(/MLP +dense 512, gated/);
  expect(arch).toMatch(/norms +RMSNorm, pre\b(?!,)/);
  expect(arch).not.toMatch(/stored like|hybrid/);
  expect(await view(["overview", cut])).not.toContain("hybrid");
});

it("asks for no longer sequences than the model takes", async () => {
  const draft = plainModel();
  draft.config.architectures = ["LlamaForCausalLM"];
  draft.config.max_position_embeddings = 4096;
  const short = writeDraft(folder, "short", draft);
  const shown = await view(["fit", short, "--gpu", "H200"], 160);
  expect(shown).toContain("at 4,096");
  expect(shown).not.toMatch(/at 8,000|at 32,000/);
  // Asked for by itself, it is told.
  expect(await view(["fit", short, "--gpu", "H200", "--context", "8k"], 160)).toContain("at 8,000");
});

it("keeps both numbers of an adapted linear, or none", async () => {
  const layers = Array.from({ length: 3 }, (_, k) => `base_model.model.model.layers.${k}`);
  const draft = Draft.of(
    layers.flatMap((layer) => [
      [`${layer}.self_attn.q_proj.lora_A.weight`, "BF16", [16, 14336]] as const,
      [`${layer}.self_attn.q_proj.lora_B.weight`, "BF16", [28672, 16]] as const,
    ]),
    null,
    1,
  );
  const adapter = writeDraft(folder, "adapter", draft);
  for (let columns = 40; columns <= 100; columns += 5)
    for (const [row] of (await view(["tree", adapter], columns)).matchAll(/LoRA r 16.*/g))
      expect(row).toMatch(/^LoRA r 16( \[14,336 → 28,672\])? {2}/);
});

it("tells of a convolutional classifier no table of words, no head over them and no cache", async () => {
  const draft = Draft.of(
    [
      ["stem.0.weight", "F32", [32, 3, 4, 4]],
      ["stages.{0-1}.blocks.{0-1}.conv_dw.weight", "F32", [32, 1, 7, 7]],
      ["stages.{0-1}.blocks.{0-1}.norm.weight", "F32", [32]],
      ["stages.{0-1}.blocks.{0-1}.mlp.fc1.weight", "F32", [128, 32]],
      ["stages.{0-1}.blocks.{0-1}.mlp.fc2.weight", "F32", [32, 128]],
      ["stages.1.thinning.1.weight", "F32", [32, 16, 2, 2]],
      ["head.fc.weight", "F32", [10, 32]],
    ],
    { architecture: "convnext_pico", num_classes: 10, pretrained_cfg: {} },
    1,
  );
  const arch = await view(["arch", writeDraft(folder, "picture", draft)]);
  expect(arch).toContain("image classification");
  expect(arch).not.toMatch(/none recognised|KV cache|window/);
  // A kernel is no stack of matrices of 2 × 2.
  expect(arch).not.toMatch(/2 → 2 /);
});

it("tells what modules a kohya adapter changes by their whole names, and folds them in a comparison", async () => {
  const layer = "lora_te1_text_model_encoder_layers_";
  const factors = (rank: number) =>
    Array.from({ length: 6 }, (_, k) => k).flatMap((k) => [
      [`${layer}${k}_mlp_fc1.lora_down.weight`, "F16", [rank, 768]] as const,
      [`${layer}${k}_mlp_fc1.lora_up.weight`, "F16", [3072, rank]] as const,
      [`${layer}${k}_mlp_fc1.alpha`, "F16", []] as const,
    ]);
  const [before, after] = [8, 16].map((rank) =>
    writeDraft(folder, `kohya-${rank}`, Draft.of(factors(rank), null, 1)),
  ) as [string, string];
  const { adapter } = JSON.parse((await runMain(["arch", before, "--json"])).stdout).result;
  expect(adapter.targets).toEqual(["fc1"]);
  const { components } = JSON.parse((await runMain(["diff", before, after, "--json"])).stdout).result;
  expect(components[0].changed).toMatchObject([
    { pattern: `${layer}{0-5}_mlp_fc1.lora_down`, count: 6, before: "F16 [8, 768]", after: "F16 [16, 768]" },
    { pattern: `${layer}{0-5}_mlp_fc1.lora_up`, count: 6 },
  ]);
  // Bytes of all six: 6 × 8 × 768 × 2.
  expect(components[0].changed[0].bytes.before).toBe(73_728);
});

it("takes what lies in a missing shard for no removal", async () => {
  const whole = writeDraft(folder, "whole", plainModel());
  const shown = await view(["diff", whole, cutShort()]);
  expect(shown).toMatch(/^Removed {2}or in a shard that is missing$/m);
  expect(await view(["diff", whole, whole])).not.toContain("missing");
});

it("keeps the settings of a comparison apart by their whole keys", async () => {
  const [plain, packed] = ["plain", "packed"].map((name) => {
    const draft = plainModel();
    if (name === "packed")
      draft.config.extension = {
        quantization_groups: {
          the_first_of_them: {
            weights: { bits: 4, kind: "a word that is rather long" },
            inputs: { bits: 8 },
          },
        },
      };
    return writeDraft(folder, name, draft);
  }) as [string, string];
  for (const columns of [60, 80]) {
    const shown = await view(["diff", plain, packed], columns);
    expect(shown).toMatch(
      /extension\.quantization_groups\.the_first_of_them\.weights\n {2}bits .*\n(?: +→ 4\n)? {2}kind/,
    );
  }
});

it("opens config.json for what an engine makes of the whole", async () => {
  const draft = plainModel();
  draft.config.model_type = "nobody-knows";
  const asked = await runMain(["check", writeDraft(folder, "strange", draft), "--engine", "mlx", "--json"]);
  const findings = JSON.parse(asked.stdout).result.findings.filter(({ rule }: { rule: string }) =>
    rule.startsWith("engine-"),
  );
  expect(findings.length).toBeGreaterThan(0);
  for (const { file } of findings) expect(file).toMatch(/config\.json$/);
});

it("cuts a list of names between them", () => {
  expect(fitWidth("proj_in, proj_out, to_k, 5 more", 24)).toBe("proj_in, proj_out, …");
  expect(fitWidth("Linear, of words", 9)).not.toContain("Linear, …,");
});

it("breaks no line between a sign, a number and its percent", async () => {
  for (let width = 24; width < 60; width++) {
    const spans = [
      { text: "bits: I8 76.81 % · F16 23.13 % · U8 < 0.01 % of bytes", meaning: "plain" as const },
    ];
    for (const line of wrapSpans(spans, width, "  ").map((row) => row.map(({ text }) => text).join("")))
      expect(line).not.toMatch(/(?:<|I8|F16|U8)$|^ *[\d<]/);
  }
});

it("sets what follows a title's remark apart from it", () => {
  const scheme = { scheme: "x", title: "integers, one a byte", bits: 4, symmetric: null, zeroPoints: null };
  expect(schemeName(scheme, "g32")).toBe("integers, one a byte, g32, 4 bits");
  expect(schemeName({ ...scheme, title: "GPTQ" }, "g32")).toBe("GPTQ g32, 4 bits");
});
