import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { plainModel } from "../checks/sound-models.ts";
import { growthOfRuns } from "../support/growth.ts";
import { fileStart, plainHeader, type TensorText } from "../support/header-text.ts";
import { runBin, runKept, writeDraft } from "../support/hostile.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** What must end: what never would is stopped after two minutes, and what only takes long is held to grow as its size does. */

describe("files that never end", () => {
  const FILES = [
    "model-00001-of-00002.safetensors",
    "model.safetensors.index.json",
    "config.json",
    "adapter_config.json",
  ];

  it.each(FILES)("%s is a pipe", (name) => {
    const { source } = small();
    fs.rmSync(path.join(source, name), { force: true });
    pipe(path.join(source, name));
    for (const command of ["overview", "check"]) expect(runBin([command, source]).code).not.toBeNull();
  });

  it.each(FILES)("%s leads to a device", (name) => {
    const { source } = small();
    fs.rmSync(path.join(source, name), { force: true });
    fs.symlinkSync("/dev/zero", path.join(source, name));
    const { code, stderr } = runBin(["check", source]);
    expect(code).not.toBeNull();
    expect(stderr).not.toContain("INTERNAL");
  });

  it("unfold.config.json is a pipe", () => {
    const { folder, source } = small();
    pipe(path.join(folder, "unfold.config.json"));
    expect(runBin(["check", source], { cwd: folder }).code).toBe(2);
  });

  it.each(["--config", "--baseline"])("%s /dev/zero", (flag) => {
    expect(runBin(["check", small().source, flag, "/dev/zero"]).code).toBe(2);
  });

  it("a source that is a device or a pipe", () => {
    const { folder } = small();
    pipe(path.join(folder, "x.safetensors"));
    pipe(path.join(folder, "x.unfold.json"));
    for (const target of [
      "/dev/zero",
      path.join(folder, "x.safetensors"),
      path.join(folder, "x.unfold.json"),
    ])
      expect([2, 3]).toContain(runBin(["overview", target]).code);
  });
});

describe("snapshots that expand", () => {
  const SHARD = { path: "model.safetensors", kind: "shard", fileBytes: 1e6, metadata: null, padding: 0 };
  const INDEX = { path: "model.safetensors.index.json", kind: "index", metadata: {}, newlineAtEnd: true };
  const kinds = [["F32", [1], 4]];
  const BOMBS: readonly (readonly [string, object])[] = [
    ["runs of kinds", { ...SHARD, kinds, names: [0, "a"], kindRuns: [0, 1e9] }],
    ["many runs", { ...SHARD, kinds, names: [0, "a"], kindRuns: Array(2000).fill([0, 4e8]).flat() }],
    ["padding", { ...SHARD, kinds, names: [0, "a"], kindRuns: [0, 1], padding: 4e9 }],
    ["names that grow", { ...SHARD, kinds, names: growingNames(2000, 100_000), kindRuns: [0, 2000] }],
    [
      "shapes",
      {
        ...SHARD,
        kinds: [["F32", Array(200_000).fill(1), 4]],
        names: growingNames(5000, 1),
        kindRuns: [0, 5000],
      },
    ],
    ["runs of shards", { ...INDEX, shards: ["a.safetensors"], names: [0, "a"], shardRuns: [0, 2e9] }],
    [
      "names of an index",
      { ...INDEX, shards: ["a.safetensors"], names: growingNames(2000, 100_000), shardRuns: [0, 2000] },
    ],
    ["base64", { path: "x.safetensors", kind: "bytes", base64: "AAAA", fileBytes: 2 ** 52 }],
  ];

  it.each(BOMBS)("%s", (_, file) => {
    const text = JSON.stringify({
      unfoldSnapshot: 1,
      source: { kind: "local", id: "x", revision: null, commit: null, subfolder: null },
      chosenFile: null,
      files: [file],
    });
    for (const [name, bytes] of [
      ["a.unfold.json", text],
      ["a.unfold.json.gz", gzipSync(text)],
    ] as const) {
      const target = path.join(tempFolder(), name);
      fs.writeFileSync(target, bytes);
      const { code, stderr } = runBin(["overview", target], {
        env: { NODE_OPTIONS: "--max-old-space-size=512" },
      });
      expect([0, 3]).toContain(code);
      expect(stderr).not.toContain("INTERNAL");
    }
  });

  it("brackets without end, packed", () => {
    const target = path.join(tempFolder(), "a.unfold.json.gz");
    fs.writeFileSync(target, gzipSync("[".repeat(100_000_000)));
    expect(runBin(["overview", target]).code).toBe(3);
  });
});

describe("patterns of a configuration", () => {
  const PATTERNS: readonly (readonly [string, readonly string[]])[] = [
    ["counts of nothing", ["re:(){64}{64}{64}{64}", "re:((){64}){64}"]],
    ["nested groups with counts", ["re:(((a{9}){9}){9}){9}", `re:${"(".repeat(200)}a${")+".repeat(200)}`]],
    ["what backtracks", ["re:(a+)+$", "re:(.*)*x", "re:(a|a)*b", `re:${"a?".repeat(200)}${"a".repeat(200)}`]],
    ["long ones", [`re:${".*a".repeat(3000)}`, `re:[${"a-z".repeat(10_000)}]`, "*a".repeat(5000)]],
    ["many", Array.from({ length: 5000 }, (_, k) => `re:.*layers\\.${k}\\..*(?:q|k|v)_proj`)],
    ["many words", Array.from({ length: 100_000 }, (_, k) => `model.layers.${k}.self_attn.q_proj`)],
  ];

  it.each(PATTERNS)("%s", (_, ignore) => {
    const draft = plainModel();
    const config_groups = {
      a: { targets: ["Linear", ...ignore.slice(0, 100)], weights: { num_bits: 8, type: "float" } },
    };
    draft.config.quantization_config = {
      quant_method: "compressed-tensors",
      format: "float-quantized",
      ignore,
      config_groups,
    };
    const source = writeDraft(tempFolder(), "patterns", draft);
    expect([0, 1]).toContain(runBin(["check", source]).code);
  });

  it.each(["*a".repeat(400), "?*".repeat(400), `{${"a,".repeat(300)}b}`, "[".repeat(900), "*".repeat(900)])(
    "--include %s",
    (glob) => {
      const { source } = small();
      for (const flag of ["--include", "--exclude"])
        expect([0, 2]).toContain(runBin(["ls", source, flag, glob]).code);
    },
  );
});

describe("names of any length", () => {
  const NAMES: readonly (readonly [string, string])[] = [
    ["30,000 dots", ".".repeat(30_000)],
    ["30,000 parts", "a.".repeat(30_000)],
    ["layers in layers", "layers.0.".repeat(30_000)],
    ["a number of 100,000 digits", `layers.${"1".repeat(100_000)}.weight`],
    ["20,000 combining marks", `a${"\u0301".repeat(20_000)}.weight`],
    ["2,000 joined emoji", `${"👩‍👩‍👧‍👦".repeat(2000)}.weight`],
    ["20,000 joiners", `${"\u200d".repeat(20_000)}.weight`],
    ["100,000 wide characters", `${"模".repeat(100_000)}.weight`],
    ["a million letters", "a".repeat(1_000_000)],
  ];

  it.each(NAMES)("%s", (_, name) => {
    const source = writeShard(tempFolder(), [bf16(name), bf16(`b.${name}`), bf16("model.norm.weight")]);
    for (const command of ["tree", "check", "arch"]) {
      const { code, stdout } = runBin([command, source, "--width", "80"]);
      expect([0, 1]).toContain(code);
      // What is shown of a name is cut: neither indents nor names grow with it.
      expect(stdout.length).toBeLessThan(200_000);
    }
  });
});

describe("work that grows as the input does", () => {
  /** A source of a size, and sizes far enough apart to tell four times from sixteen. */
  const SOURCES: readonly (readonly [string, readonly [number, number], (size: number) => TensorText[]])[] = [
    [
      "layers that are all different",
      [500, 2000],
      (size) =>
        list(
          size,
          (k) => `model.layers.${k}.mlp.w.weight`,
          (k) => [1 + k],
        ),
    ],
    [
      "experts that are all different",
      [1000, 4000],
      (size) =>
        list(
          size,
          (k) => `model.layers.0.mlp.experts.${k}.w.weight`,
          (k) => [1 + k],
        ),
    ],
    [
      "names at the top that are all different",
      [4000, 16_000],
      (size) =>
        list(
          size,
          (k) => `top${k}a.weight`,
          () => [4],
        ),
    ],
    [
      "modules at the top, one after the other",
      [4000, 16_000],
      (size) =>
        list(
          size,
          (k) => `m${k}.weight`,
          (k) => [1 + (k % 7)],
        ),
    ],
    [
      "tensors of one module",
      [4000, 16_000],
      (size) =>
        list(
          size,
          (k) => `model.w_${k}_scale`,
          () => [1],
        ),
    ],
    [
      "words without a dot",
      [4000, 16_000],
      (size) =>
        list(
          size,
          (k) => `w${k}x`,
          () => [2, 2],
        ),
    ],
    [
      "a chain of modules",
      [15, 60],
      (size) =>
        list(
          size,
          (k) => `${"a.".repeat(k)}weight`,
          () => [4],
        ),
    ],
  ];

  it.each(SOURCES)("%s", async (_, [few, many], make) => {
    for (const argv of [["check", "--json"], ["tree"], ["arch"], ["params"]]) {
      const [command, ...rest] = argv as [string, ...string[]];
      const sources = new Map([few, many].map((size) => [size, writeShard(tempFolder(), make(size))]));
      const run = async (size: number) => {
        await runKept([command, sources.get(size) as string, ...rest]);
      };
      // 4 where it is linear, 16 where each is compared with each.
      expect(await growthOfRuns(run, few, many), command).toBeLessThan(9);
    }
  });

  it("adapters in one folder", async () => {
    const make = (count: number): string => {
      const folder = tempFolder();
      for (let k = 0; k < count; k++) {
        const pair = ["A", "B"].map((side) =>
          bf16(`base_model.model.layers.0.q_proj.lora_${side}.weight`, [8, 8]),
        );
        fs.renameSync(
          path.join(writeShard(folder, pair), "model.safetensors"),
          path.join(folder, `lora-${k}.safetensors`),
        );
      }
      return folder;
    };
    const sources = new Map([100, 400].map((count) => [count, make(count)]));
    const run = async (count: number) => {
      await runKept(["overview", sources.get(count) as string]);
    };
    expect(await growthOfRuns(run, 100, 400)).toBeLessThan(9);
  });
});

describe("a terminal", () => {
  it.each([0, 1, 5, 19])("of %d columns gets no endless line", async (columns) => {
    const { source } = small();
    for (const command of ["overview", "tree", "check"]) {
      const { stdout, stderr } = await runKept([command, source], { columns });
      expect(stdout.length + stderr.length).toBeLessThan(100_000);
    }
  });
});

function small(): { folder: string; source: string } {
  const folder = tempFolder();
  return { folder, source: writeDraft(folder, "source", plainModel()) };
}

function pipe(file: string): void {
  expect(spawnSync("mkfifo", [file]).status).toBe(0);
}

function growingNames(count: number, characters: number): (number | string)[] {
  return Array.from({ length: count }, (_, k) => [
    k === 0 ? 0 : characters * k,
    "n".repeat(k === 0 ? characters : 1),
  ]).flat();
}

function bf16(name: string, shape: readonly number[] = [4]): TensorText {
  return { name, dtype: "BF16", shape };
}

function list(
  count: number,
  name: (k: number) => string,
  shape: (k: number) => readonly number[],
): TensorText[] {
  return Array.from({ length: count }, (_, k) => bf16(name(k), shape(k)));
}

/** A folder with these tensors in one file; the data is a hole. */
function writeShard(folder: string, tensors: readonly TensorText[]): string {
  const { text, dataBytes } = plainHeader(tensors, { format: "pt" });
  const bytes = fileStart(text);
  const file = path.join(folder, "model.safetensors");
  fs.writeFileSync(file, bytes);
  fs.truncateSync(file, bytes.length + dataBytes);
  return folder;
}
