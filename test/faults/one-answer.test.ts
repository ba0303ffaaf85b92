import { describe, expect, it } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import type { Finding } from "../../src/checks/check.ts";
import { runChecks } from "../../src/checks/run.ts";
import { checkDocument } from "../../src/report/render/check-document.ts";
import { renderMarkdown } from "../../src/report/render/markdown.ts";
import { buildReport } from "../../src/report/report.ts";
import { type MemoryFile, MemorySource } from "../../src/sources/memory.ts";
import { BREAKS } from "../checks/breaks.ts";
import * as models from "../checks/sound-models.ts";
import { MEMORY_FACTS } from "../support/checkpoint-builder.ts";
import type { TensorSpec } from "../support/component-of.ts";
import { Draft } from "../support/draft.ts";
import { loadFiles, toldOf } from "../support/run-checks.ts";
import { faultsInViews } from "../support/views-agree.ts";

const fp8 = (name: string): TensorSpec[] => [
  [`${name}.weight`, "F8_E4M3", [256, 256]],
  [`${name}.weight_scale_inv`, "F32", [2, 2]],
];
const plain = (name: string): TensorSpec[] => [[`${name}.weight`, "BF16", [256, 256]]];

describe("a fused group of which one member is plain is one fault of check and precision", () => {
  it.each<[string, string, readonly string[], string]>([
    ["BERT", "bert.encoder.layer.{0-3}.attention.self", ["query", "value"], "key"],
    ["ViT", "vit.encoder.layer.{0-3}.attention.attention", ["key", "value"], "query"],
    ["Qwen", "model.layers.{0-3}.self_attn", ["q_proj", "k_proj"], "v_proj"],
    ["T5", "encoder.block.{0-3}.layer.0.SelfAttention", ["q", "v"], "k"],
    ["a gated feed-forward network", "model.layers.{0-3}.mlp", ["gate_proj"], "up_proj"],
    ["Mixtral's experts", "model.layers.{0-1}.block_sparse_moe.experts.{0-3}", ["w1"], "w3"],
  ])("of %s", async (_, at, quantized, left) => {
    const specs = [...quantized.flatMap((name) => fp8(`${at}.${name}`)), ...plain(`${at}.${left}`)];
    const checkpoint = await loadFiles(
      Draft.of(specs, { quantization_config: { quant_method: "fp8" } }).toFiles(),
    );
    const told = runChecks(checkpoint).findings.filter(({ rule }) => rule === "fused-group-uneven");
    const rows = checkpoint.components
      .flatMap((component) => analysePrecision(component).scales.details)
      .filter(({ code }) => code === "PARTIAL_FUSED_GROUP");
    expect(told.map(({ where, severity, count }) => ({ where, severity, count }))).toEqual([
      { where: at, severity: "error", count: rows[0]?.count },
    ]);
    expect(rows.map(({ module, severity }) => ({ module, severity }))).toEqual([
      { module: at, severity: "error" },
    ]);
  });
});

describe("tensors that were left out", () => {
  it.each(Object.entries(models))("are no fault of the sound %s", async (_, make) => {
    const source = new MemorySource(make().toFiles(), MEMORY_FACTS);
    for (const kept of [/\.0\./, /q_proj/, /norm/]) {
      const checkpoint = await loadCheckpoint(source, { filter: (name) => kept.test(name) });
      expect(faultsInViews(checkpoint)).toEqual([]);
    }
  });
});

describe("one checkpoint that is checked again", () => {
  const lost = (checkpoint: Checkpoint, original: Checkpoint | null) =>
    runChecks(checkpoint, { original })
      .findings.filter(({ rule }) => rule.startsWith("module-"))
      .map(({ rule, where }) => `${rule} ${where}`);
  const more = (name: string) => {
    const draft = models.plainModel();
    draft.tensors.set(name, { dtype: "BF16", shape: [256, 256], shard: draft.shards[0] as string });
    return loadFiles(draft.toFiles());
  };

  it("is held against the original of this time", async () => {
    const checkpoint = await loadFiles(models.plainModel().toFiles());
    const a = await more("model.projector.weight");
    const b = await more("model.adapter.weight");
    const first = [lost(checkpoint, a), lost(checkpoint, b), lost(checkpoint, null), lost(checkpoint, a)];
    expect(first).toEqual([
      ["module-lost model.projector"],
      ["module-lost model.adapter"],
      [],
      ["module-lost model.projector"],
    ]);
  });

  it("is held against the numbers of this time", async () => {
    const checkpoint = await loadFiles(models.plainModel().toFiles());
    const indivisible = (tensorParallel: number) =>
      runChecks(checkpoint, { tensorParallel }).findings.some(
        ({ rule }) => rule === "tensor-parallel-indivisible",
      );
    expect([3, 2, 3].map(indivisible)).toEqual([true, false, true]);
  });
});

/** Two components of a pipeline, each a folder. */
function pipelineOf(parts: Readonly<Record<string, Draft>>): Map<string, MemoryFile> {
  const files = new Map<string, MemoryFile>();
  const list = Object.fromEntries(Object.keys(parts).map((name) => [name, ["transformers", "LlamaModel"]]));
  files.set("model_index.json", {
    bytes: Buffer.from(JSON.stringify({ _class_name: "SomePipeline", ...list })),
  });
  for (const [folder, draft] of Object.entries(parts))
    for (const [name, file] of draft.toFiles()) files.set(`${folder}/${name}`, file);
  return files;
}

const withTotal = (total: number) => {
  const draft = models.plainModel();
  draft.metadata.total_size = total;
  return draft;
};

describe("components side by side", () => {
  it.each<[string, (draft: Draft) => void]>([
    ["is sound", () => {}],
    [
      "lacks a tensor of its index",
      (draft) => draft.indexChanges.set("model.extra.weight", draft.shards[0] as string),
    ],
    ["is cut short", (draft) => BREAKS["file-truncated"]?.bend(draft)],
  ])("the claim of the second is held against its tensors where the first %s", async (_, bend) => {
    const first = models.plainModel();
    bend(first);
    const checkpoint = await loadFiles(pipelineOf({ text_encoder: first, text_encoder_2: withTotal(5) }));
    const noted = checkpoint.notes.filter(({ code }) => code === "TOTAL_SIZE_WRONG");
    expect(noted.map(({ shard }) => shard)).toEqual(["text_encoder_2/model.safetensors.index.json"]);
    const told = runChecks(checkpoint).findings.filter(({ rule }) => rule === "total-size-wrong");
    expect(told.map(({ component, file }) => ({ component, file }))).toEqual([
      { component: "text_encoder_2", file: "text_encoder_2/model.safetensors.index.json" },
    ]);
  });

  it("what the loader says of a folder is said of its component, and of a file in it", async () => {
    const second = models.plainModel();
    second.hasIndex = false;
    const files = pipelineOf({ text_encoder: models.plainModel(), text_encoder_2: second });
    const told = runChecks(await loadFiles(files)).findings.filter(({ rule }) => rule === "index-missing");
    expect(told.map(({ file, component }) => [file, component])).toEqual([
      ["text_encoder_2/model-00001-of-00002.safetensors", "text_encoder_2"],
    ]);
  });

  it("a finding about a configuration names that of its component", async () => {
    const second = models.plainModel();
    second.config.num_hidden_layers = 7;
    const files = pipelineOf({ text_encoder: models.plainModel(), text_encoder_2: second });
    const told = runChecks(await loadFiles(files)).findings.filter(
      ({ rule }) => rule === "layer-count-mismatch",
    );
    expect(told.map(({ file, component }: Finding) => [file, component])).toEqual([
      ["text_encoder_2/config.json", "text_encoder_2"],
    ]);
  });
});

it.each(Object.entries(BREAKS))(
  "the first lines say in words what is not whole (%s)",
  async (_, { model, bend }) => {
    const draft = model();
    bend(draft);
    const checkpoint = await loadFiles(draft.toFiles());
    const report = buildReport("check", checkpoint, runChecks(checkpoint));
    const markdown = [...renderMarkdown(checkDocument(report))].join("");
    const [alarm] = /^\*\*NOT WHOLE.*$/m.exec(markdown) ?? [];
    expect(alarm !== undefined).toBe(checkpoint.problems.length > 0);
    expect(alarm ?? "").not.toMatch(/[A-Z]{3,}\\?_[A-Z]{3,}/);
  },
);

it("a name that looks like a pattern is one name", async () => {
  const draft = Draft.of([], { quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] } });
  const tensor = { dtype: "F8_E4M3", shape: [256, 256], shard: "model.safetensors" } as const;
  draft.tensors.set("blk{5-8}.up.weight", tensor);
  draft.hasIndex = false;
  const told = runChecks(await loadFiles(draft.toFiles())).findings.filter(
    ({ rule }) => rule === "scale-missing",
  );
  expect(told.map(({ modules, count }) => ({ modules, count }))).toEqual([
    { modules: [expect.stringMatching(/^blk\{5-8\}\.up\b/)], count: 1 },
  ]);
});

it("a stacked weight that lost its scale is told by the name the others have, and has no other shape", async () => {
  const at = "model.layers.{0-3}.mlp.experts.gate_up_proj";
  const draft = Draft.of(
    [
      [at, "U8", [4, 256, 1024]],
      [`${at}_weight_scale`, "F8_E4M3", [4, 16, 1024]],
      [`${at}_weight_scale_2`, "F32", []],
    ],
    { model_type: "gpt_oss", quantization_config: { quant_method: "modelopt", quant_algo: "NVFP4" } },
  );
  draft.tensors.delete("model.layers.2.mlp.experts.gate_up_proj_weight_scale");
  const findings = toldOf(runChecks(await loadFiles(draft.toFiles())));
  const told = findings.filter(({ rule }) => /^(?:scale-missing|sibling-odd-one-out)$/.test(rule));
  expect(told.map(({ rule, where }) => `${rule} ${where}`)).toEqual([
    "scale-missing model.layers.2.mlp.experts.gate_up_proj_weight_scale",
  ]);
});
