import { describe, expect, it } from "vitest";
import { planSource } from "../../src/checkpoint/plan-source.ts";
import { type CheckpointBuilder, checkpoint } from "../support/checkpoint-builder.ts";
import { rejectionOf } from "../support/errors.ts";

/** A folder with these weight files, one tensor each, and these others. */
function folder(
  weights: readonly string[],
  others: Readonly<Record<string, unknown>> = {},
): CheckpointBuilder {
  const builder = checkpoint();
  weights.forEach((name, k) => {
    builder.shard(name).tensor(`t${k}`, "U8", [1]);
  });
  for (const [name, value] of Object.entries(others)) builder.json(name, value);
  return builder;
}

const INDEX = "model.safetensors.index.json";
const A = "model-00001-of-00002.safetensors";
const B = "model-00002-of-00002.safetensors";

/** What is planned, in one line a component: `name: index | shards | missing | fallback`. */
async function planOf(builder: CheckpointBuilder, options: { variant?: string; chosen?: string } = {}) {
  const { chosen, ...rest } = options;
  const plan = await planSource(builder.toSource(chosen ?? null), rest);
  return {
    addUp: plan.addUp,
    notes: plan.notes.map(({ code }) => code),
    components: plan.components.map(
      ({ name, index, shards, missing, fallback }) =>
        `${name}: ${[index ?? "-", shards.join(",") || "-", missing.join(",") || "-", fallback ?? "-"].join(" | ")}`,
    ),
  };
}

describe("one checkpoint in a folder", () => {
  it.each<[string, CheckpointBuilder, string, string[]]>([
    ["a single file", folder(["model.safetensors"]), ".: - | model.safetensors | - | -", []],
    [
      "a single file of any name",
      folder(["whatever.safetensors"]),
      ".: - | whatever.safetensors | - | -",
      [],
    ],
    ["an index with its shards", folder([A, B], { [INDEX]: {} }), `.: ${INDEX} | ${A},${B} | - | -`, []],
    ["an index alone", folder([], { [INDEX]: {} }), `.: ${INDEX} | - | - | -`, []],
    ["numbered shards without an index", folder([B, A]), `.: - | ${A},${B} | - | -`, ["NO_INDEX"]],
    ["one of two shards without an index", folder([B]), `.: - | ${B} | ${A} | -`, ["NO_INDEX"]],
    [
      "shards counted from 0",
      folder(["model-00000-of-00002.safetensors"]),
      ".: - | model-00000-of-00002.safetensors | model-00001-of-00002.safetensors | -",
      ["NO_INDEX"],
    ],
    [
      "shards in natural order",
      folder([
        "model-10-of-x.safetensors",
        "model-00010-of-00011.safetensors",
        "model-00009-of-00011.safetensors",
      ]),
      "",
      [],
    ],
    [
      "an index and a single file, which loaders read differently",
      folder(["model.safetensors", A, B], { [INDEX]: {} }),
      `.: ${INDEX} | ${A},${B} | - | model.safetensors`,
      ["AMBIGUOUS_CHECKPOINT"],
    ],
    [
      "an index that maps to the one file",
      folder(["model.safetensors"], { [INDEX]: {} }),
      `.: ${INDEX} | - | - | model.safetensors`,
      [],
    ],
    [
      "a single file beside shards that no index names",
      folder(["model.safetensors", A, B]),
      ".: - | model.safetensors | - | -",
      ["FILES_LEFT_ASIDE"],
    ],
    [
      "the publisher's own format beside the model",
      folder([A, B, "consolidated-00001-of-00001.safetensors"], { [INDEX]: {} }),
      `.: ${INDEX} | ${A},${B} | - | -`,
      ["FILES_LEFT_ASIDE"],
    ],
    [
      "the publisher's format alone",
      folder(["consolidated.safetensors"]),
      ".: - | consolidated.safetensors | - | -",
      [],
    ],
    [
      "a side file that the index does not name",
      folder([A, B, "mtp.safetensors"], { [INDEX]: {} }),
      `.: ${INDEX} | ${A},${B} | - | -`,
      ["FILES_LEFT_ASIDE"],
    ],
    [
      "an adapter",
      folder(["adapter_model.safetensors"], { "adapter_config.json": {} }),
      ".: - | adapter_model.safetensors | - | -",
      [],
    ],
    ["one variant", folder(["model.fp16.safetensors"]), ".: - | model.fp16.safetensors | - | -", []],
    [
      "the one other index there is",
      folder(["x-00001-of-00001.safetensors", "y.safetensors"], { "x.safetensors.index.json": {} }),
      ".: x.safetensors.index.json | x-00001-of-00001.safetensors | - | -",
      ["FILES_LEFT_ASIDE"],
    ],
    [
      "a model beside a trainer's folder",
      folder([
        "model.safetensors",
        "checkpoint-500/model.safetensors",
        "original/model.safetensors",
        "docs/a.txt",
      ]),
      ".: - | model.safetensors | - | -",
      ["FOLDER_LEFT_ASIDE", "FOLDER_LEFT_ASIDE"],
    ],
  ])("%s", async (title, builder, component, notes) => {
    const plan = await planOf(builder);
    if (title === "shards in natural order") {
      const shards = plan.components.map((line) => line.split(" | ")[1]);
      expect(shards).toContain("model-00009-of-00011.safetensors,model-00010-of-00011.safetensors");
      return;
    }
    expect(plan.components).toEqual([component]);
    expect(plan.notes).toEqual(notes);
  });
});

describe("several checkpoints in a folder", () => {
  it("a model with its variants and an adapter: a component each, never summed", async () => {
    const builder = folder(["model.safetensors", "model.fp16.safetensors", "adapter_model.safetensors"], {
      "adapter_config.json": {},
    });
    const plan = await planOf(builder);
    expect(plan.components.map((line) => line.split(":")[0])).toEqual([".", "adapter_model", "model.fp16"]);
    expect(plan.addUp).toBe(false);
  });

  it("the variant that was asked for, alone", async () => {
    const builder = folder(["model.safetensors", "model.fp16.safetensors"]);
    expect((await planOf(builder, { variant: "fp16" })).components).toEqual([
      ".: - | model.fp16.safetensors | - | -",
    ]);
    const error = await rejectionOf(planOf(builder, { variant: "int8" }));
    expect([error.code, error.hint]).toEqual(["NO_CHECKPOINT", "Variants here: fp16."]);
  });

  it("unrelated files: one each", async () => {
    const plan = await planOf(folder(["a.safetensors", "b.safetensors"]));
    expect(plan.components.map((line) => line.split(":")[0])).toEqual(["a", "b"]);
    expect(plan.addUp).toBe(false);
  });

  it.each([
    ["vLLM", ["model-rank-0-part-0.safetensors", "model-rank-1-part-0.safetensors"], ["rank 0", "rank 1"]],
    ["DeepSeek", ["model0-mp2.safetensors", "model1-mp2.safetensors"], ["rank 0", "rank 1"]],
    [
      "Grok",
      ["pytorch_model-00001-TP-000.safetensors", "pytorch_model-00001-TP-common.safetensors"],
      ["rank TP-000", "rank TP-common"],
    ],
  ])("slices for each process as %s names them: added up, and said", async (_, weights, names) => {
    const plan = await planOf(folder(weights));
    expect(plan.components.map((line) => line.split(":")[0])).toEqual(names);
    expect([plan.addUp, plan.notes]).toEqual([true, ["RANK_SLICES"]]);
  });
});

describe("pipelines", () => {
  it("diffusers: each component folder that model_index.json names, added up", async () => {
    const builder = folder(
      [
        "unet/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "other/model.safetensors",
      ],
      {
        "model_index.json": {
          _class_name: "P",
          unet: ["d", "U"],
          text_encoder: ["t", "C"],
          scheduler: ["d", "S"],
        },
        "scheduler/scheduler_config.json": {},
      },
    );
    const plan = await planOf(builder);
    expect(plan.components).toEqual([
      "unet: - | unet/diffusion_pytorch_model.safetensors | - | -",
      "text_encoder: - | text_encoder/model.safetensors | - | -",
    ]);
    expect(plan.addUp).toBe(true);
  });

  it("sentence-transformers: the root and each module folder", async () => {
    const builder = folder(["model.safetensors", "2_Dense/model.safetensors"], {
      "modules.json": [{ path: "" }, { path: "1_Pooling" }, { path: "2_Dense" }],
      "1_Pooling/config.json": {},
    });
    expect((await planOf(builder)).components).toEqual([
      ".: - | model.safetensors | - | -",
      "2_Dense: - | 2_Dense/model.safetensors | - | -",
    ]);
  });

  it.each([
    '["../up"]',
    '{"..":1,"../../etc":2,"/etc":3}',
    '[{"path":"../up"},{"path":7},null]',
    "7",
    "{",
    "null",
  ])("a hostile description leads nowhere: %s", async (text) => {
    for (const name of ["model_index.json", "modules.json"]) {
      const builder = folder(["model.safetensors"]).file(name, text);
      expect((await planOf(builder)).components).toEqual([".: - | model.safetensors | - | -"]);
    }
  });

  it("says so where no component folder holds weights", async () => {
    const builder = folder([], { "model_index.json": { unet: [] }, "unet/config.json": {} });
    expect((await rejectionOf(planOf(builder))).message).toContain(
      "none of the pipeline's component folders",
    );
  });
});

describe("a file that was named", () => {
  it("is read alone", async () => {
    const builder = folder([A, B], { [INDEX]: {} });
    expect((await planOf(builder, { chosen: B })).components).toEqual([`.: - | ${B} | - | -`]);
    expect((await planOf(builder, { chosen: INDEX })).components).toEqual([
      `.: ${INDEX} | ${A},${B} | - | -`,
    ]);
  });

  it("in a sub-folder: the shards beside it", async () => {
    const builder = folder([`sub/${A}`, `sub/${B}`, A], { [`sub/${INDEX}`]: {} });
    expect((await planOf(builder, { chosen: `sub/${INDEX}` })).components).toEqual([
      `.: sub/${INDEX} | sub/${A},sub/${B} | - | -`,
    ]);
  });
});

describe("nothing to read", () => {
  it.each<[string, Record<string, unknown>, string, RegExp?]>([
    ["an empty folder", {}, "no safetensors files here"],
    ["a dataset", { "train-00000-of-00001.parquet": 1, "README.md": 1 }, "1 Parquet file", /dataset.*DuckDB/],
    [
      "PyTorch files",
      { "pytorch_model.bin": 1, "training_args.bin": 1 },
      "2 PyTorch pickle files",
      /torch\.load/,
    ],
    ["GGUF files", { "a.Q4_K_M.gguf": 1 }, "1 GGUF file", /gguf-dump/],
    ["ONNX files", { "model.onnx": 1 }, "1 ONNX file", /onnx\.load/],
    ["TensorFlow files", { "tf_model.h5": 1 }, "1 TensorFlow file"],
    ["Flax files", { "flax_model.msgpack": 1 }, "1 Flax file"],
  ])("%s", async (_, others, message, reader = /./) => {
    const error = await rejectionOf(planOf(folder([], others)));
    expect(error.code).toBe("NO_CHECKPOINT");
    expect(error.message).toContain(message);
    expect(error.hint ?? "-").toMatch(reader);
  });

  it("names the sub-folders that do hold weights", async () => {
    const error = await rejectionOf(
      planOf(folder(["step-10/model.safetensors", "step-20/model.safetensors"])),
    );
    expect(error.hint).toMatch(/"step-10" \(1 file\), "step-20" \(1 file\).*--subfolder/);
  });
});
