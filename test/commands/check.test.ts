import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHECKS } from "../../src/checks/registry.ts";
import { fp8Model, nvfp4Model, plainModel } from "../checks/sound-models.ts";
import type { Draft } from "../support/draft.ts";
import { runMain } from "../support/fake-io.ts";
import { schemaFaults } from "../support/report-schema.ts";
import { toldOf } from "../support/run-checks.ts";

let root: string;
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-check-"));
  write("sound", fp8Model());
  write("plain", plainModel());
  const broken = fp8Model();
  broken.drop((name) => name === "model.layers.3.self_attn.q_proj.weight_scale_inv");
  broken.metadata.total_size = 5;
  write("broken", broken);
});
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

/** Writes a draft as sparse files. */
function write(name: string, draft: Draft): string {
  const folder = path.join(root, name);
  fs.mkdirSync(folder, { recursive: true });
  for (const [file, { bytes, fileBytes }] of draft.toFiles()) {
    fs.writeFileSync(path.join(folder, file), bytes);
    if (fileBytes !== undefined) fs.truncateSync(path.join(folder, file), fileBytes);
  }
  return folder;
}

const at = (name: string) => path.join(root, name);
const check = (...args: string[]) => runMain(["check", ...args]);

function writeJson(name: string, value: unknown): string {
  fs.writeFileSync(at(name), JSON.stringify(value));
  return at(name);
}

describe("exit codes", () => {
  it.each([
    ["a sound checkpoint", ["sound"], 0],
    ["an error", ["broken"], 1],
    ["an error where nothing fails the run", ["broken", "--fail-on", "never"], 0],
    ["a warning where warnings do not", ["plain", "--max-bytes", "1GB"], 0],
    ["information where that fails the run", ["plain", "--expect-scheme", "none", "--fail-on", "info"], 0],
    ["nothing there", ["nowhere"], 3],
    ["an option with a bad value", ["sound", "--expect-params", "many"], 2],
    ["a dtype that is none", ["sound", "--expect-dtype", "*=FP8"], 2],
    ["a scheme that is none", ["sound", "--expect-scheme", "fp9-block"], 2],
    ["a number of slices below one", ["sound", "--tp", "0"], 2],
  ] as const)("of %s", async (_, [name, ...options], code) => {
    expect((await check(at(name), ...options)).code).toBe(code);
  });

  it.each(["text", "json", "markdown", "github", "junit", "sarif"])(
    "do not depend on --format %s",
    async (format) => {
      expect((await check(at("broken"), "--format", format)).code).toBe(1);
      expect((await check(at("sound"), "--format", format)).code).toBe(0);
    },
  );

  it("is 3 for a folder that cannot be read, however sound the rest", async () => {
    const folder = write("unreadable", plainModel());
    const shard = path.join(folder, "model-00002-of-00002.safetensors");
    fs.rmSync(shard);
    fs.mkdirSync(shard);
    const run = await check(folder);
    expect(run.code).toBe(1); // a folder in the place of a shard is damage, not trouble of the reading
    expect(run.stdout).toContain("shard-missing");
  });
});

describe("what is expected", () => {
  it.each([
    [["--expect-scheme", "fp8-block"], 0],
    [["--expect-scheme", "nvfp4"], 1],
    [["--expect-scheme", "none"], 1],
    [["--expect-params", "4066560"], 0],
    [["--expect-params", "4.07M"], 0],
    [["--expect-params", "4.1M±1%"], 0],
    [["--expect-params", "4.2M±1%"], 1],
    [["--expect-dtype", "*norm.weight=BF16"], 0],
    [["--expect-dtype", "*norm.weight=F32"], 1],
    [["--expect-dtype", "nothing.like.it=F32"], 1],
    [["--expect-layers", "6"], 0],
    [["--expect-layers", "7"], 1],
    [["--max-bytes", "5MB"], 0],
    [["--max-bytes", "4MB"], 1],
    [["--max-bytes", "5MiB"], 0],
    [["--max-bytes", "3 MiB"], 1],
    [["--max-shard-bytes", "1kB"], 1],
    [["--tp", "1"], 0],
    [["--tp", "3", "--fail-on", "warning"], 1],
  ] as const)("%j", async (options, code) => {
    const run = await check(at("sound"), ...options);
    expect([run.code, run.stderr]).toEqual([code, ""]);
  });
});

describe("unfold.config.json", () => {
  it.each([
    ["all of a fold", "model.layers.*.up_proj.weight_scale_inv", 0, ""],
    ["a part of it", "model.layers.1.*", 1, "is a part only of what is found there: the finding stays"],
    ["the last of it", "model.layers.3.*", 1, "is a part only of what is found there"],
    ["nothing of it", "model.layers.2.*", 1, "which is not found"],
  ])("ignores a finding where the place covers %s", async (_, where, code, remark) => {
    const draft = fp8Model();
    draft.drop((name) => /layers\.[13]\.mlp\.up_proj\.weight_scale_inv$/.test(name));
    const folder = write(`ignore-${where.length}`, draft);
    const config = writeJson("ignore.json", { ignore: [{ rule: "scale-missing", where, reason: "known" }] });
    const run = await check(folder, "--config", config);
    expect([run.code, run.stderr]).toEqual([code, expect.stringContaining(remark)]);
  });

  it("sets severities, accepts findings with a reason, and expects", async () => {
    const config = writeJson("some.config.json", {
      rules: { "total-size-wrong": "error", "scale-missing": "off" },
      ignore: [{ rule: "total-size-wrong", reason: "nobody reads it" }],
      expect: { schemes: ["fp8-block"], layers: 6, maxBytes: "1GB", dtypes: { "*norm.weight": "BF16" } },
      failOn: "warning",
    });
    const run = await check(at("broken"), "--config", config, "--json");
    const { result } = JSON.parse(run.stdout);
    expect(run.code).toBe(0);
    expect(result.accepted).toBe(1);
    expect(result.rules.find((rule: { rule: string }) => rule.rule === "scale-missing")).toMatchObject({
      state: "skipped",
      reason: "turned off by the configuration",
    });
  });

  it("says which ignore met nothing", async () => {
    const config = writeJson("stale.config.json", {
      ignore: [{ rule: "layer-gap", where: "model.layers*", reason: "pruned" }],
    });
    const run = await check(at("sound"), "--config", config);
    expect(run.stderr).toContain("ignores layer-gap at model.layers*, which is not found");
  });

  it.each([
    ["no list of ignores", { ignore: {} }, "ignore must be a list"],
    [
      "an ignore without a reason",
      { ignore: [{ rule: "layer-gap" }] },
      "ignore[0].reason must be a text, not empty",
    ],
    [
      "an ignore with an empty reason",
      { ignore: [{ rule: "layer-gap", reason: " " }] },
      "ignore[0].reason must be a text, not empty",
    ],
    [
      "an ignore of a rule that is none",
      { ignore: [{ rule: "layer-gaps", reason: "x" }] },
      "ignore[0].rule is no check\n  hint: Did you mean layer-gap?",
    ],
    [
      "a rule that is none",
      { rules: { "layer-gaps": "off" } },
      'rules["layer-gaps"] is no check\n  hint: Did you mean layer-gap?',
    ],
    [
      "a rule like no other",
      { rules: { x: "off" } },
      'rules["x"] is no check\n  hint: unfold check --list-rules names all.',
    ],
    [
      "a severity that is none",
      { rules: { "layer-gap": "warn" } },
      'rules["layer-gap"] must be one of error, warning, info, off',
    ],
    ["a threshold that is none", { failOn: "warn" }, "failOn must be one of error, warning, info, never"],
    [
      "a key that is none",
      { expectations: {} },
      'the configuration: "expectations" is none of $schema, failOn, rules, ignore, expect',
    ],
    [
      "a key that is nearly one",
      { expect: { layer: 6 } },
      'expect: "layer" is none of schemes, params, layers, dtypes, maxBytes, maxShardBytes\n  hint: Did you mean layers?',
    ],
    [
      "a size that is none",
      { expect: { maxBytes: "large" } },
      'expect.maxBytes: "large" is not a number of bytes such as 5GB',
    ],
    [
      "a count that is none",
      { expect: { params: "7 B" } },
      'expect.params: "7 B" is not a count of parameters such as 8030261248 or 228.69B±0.1%',
    ],
    [
      "a scheme that is none",
      { expect: { schemes: ["fp8-blok"] } },
      'expect.schemes[0]: there is no scheme "fp8-blok"\n  hint: Did you mean fp8-block?',
    ],
    [
      "a dtype that is none",
      { expect: { dtypes: { "*": "bf-16" } } },
      'expect.dtypes["*"]: there is no dtype "bf-16"\n  hint: Did you mean BF16?',
    ],
    ["a list", [], "the configuration must be an object"],
  ])("is refused with %s, which is named", async (_, config, says) => {
    const file = writeJson("bad.config.json", config);
    const run = await check(at("sound"), "--config", file);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toMatch(/\n {2}hint: /);
    expect(run.stderr.startsWith(`error USAGE ${JSON.stringify(file)}: ${says}\n`)).toBe(true);
  });

  it.each([
    ["is not there", "none.config.json", "is not there"],
    ["is a folder", "sound", "is a folder"],
    ["is cut", "cut.config.json", "is not JSON: Unexpected end of JSON input"],
  ])("is refused where the file %s", async (_, name, says) => {
    fs.writeFileSync(at("cut.config.json"), '{"rules": ');
    const run = await check(at("sound"), "--config", at(name));
    const [first] = run.stderr.split("\n");
    expect([run.code, first]).toEqual([2, `error USAGE --config: ${JSON.stringify(at(name))} ${says}`]);
  });

  it("is found upwards, and said to be", async () => {
    const file = writeJson("unfold.config.json", { expect: { layers: 7, params: 4066560 } });
    const run = await runMain(["check", at("sound")], { workingFolder: at("sound") });
    fs.rmSync(file);
    expect([run.code, run.stderr]).toEqual([1, `note configured by ${file}\n`]);
    expect(run.stdout).toContain("expected 7 layers, found 6");
  });
});

describe("a baseline", () => {
  it("accepts what it lists, and says what is gone", async () => {
    const baseline = at("baseline.json");
    const written = await check(at("broken"), "--baseline", baseline, "--update-baseline");
    expect([written.code, written.stderr]).toEqual([
      0,
      `note 2 findings written to ${baseline}: runs with --baseline accept them\n`,
    ]);
    const again = await check(at("broken"), "--baseline", baseline, "--json");
    expect(again.code).toBe(0);
    const { result } = JSON.parse(again.stdout);
    expect([result.accepted, toldOf(result)]).toEqual([2, []]);
    const mended = await check(at("sound"), "--baseline", baseline);
    expect(mended.stderr).toContain("the baseline lists scale-missing at model.layers.3");
    expect((await check(at("plain"), "--baseline", at("plain/config.json"))).code).toBe(2);
    expect((await check(at("plain"), "--update-baseline")).code).toBe(2);
  });
});

describe("--against", () => {
  it("sees quantization as no change", async () => {
    const run = await check(at("sound"), "--against", at("plain"), "--fail-on", "warning");
    expect([run.code, run.stderr]).toEqual([0, ""]);
  });

  it("names what was lost", async () => {
    const draft = fp8Model();
    draft.drop((name) => name.startsWith("model.layers.2.mlp.up_proj"));
    const run = await check(write("lost", draft), "--against", at("plain"));
    expect(run.code).toBe(1);
    expect(run.stdout).toContain(
      '"model.layers.2.mlp.up_proj" (BF16 [512, 256]) is in the original and not here',
    );
  });
});

describe("--values", () => {
  /** Fills the F32 tensors of all shards with one value, by the offsets in the headers. */
  function fill(folder: string, makeValue: (name: string) => number): void {
    for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".safetensors"))) {
      const handle = fs.openSync(path.join(folder, file), "r+");
      const length = Buffer.alloc(8);
      fs.readSync(handle, length, 0, 8, 0);
      const headerBytes = Number(length.readBigUInt64LE());
      const json = Buffer.alloc(headerBytes);
      fs.readSync(handle, json, 0, headerBytes, 8);
      for (const [name, { dtype, data_offsets: offsets }] of Object.entries(JSON.parse(json.toString())) as [
        string,
        { dtype: string; data_offsets: [number, number] },
      ][]) {
        if (dtype !== "F32" && dtype !== "F8_E4M3") continue;
        const [begin, end] = offsets;
        const data = Buffer.alloc(end - begin, 0x38);
        if (dtype === "F32") for (let k = 0; k < data.length; k += 4) data.writeFloatLE(makeValue(name), k);
        fs.writeSync(handle, data, 0, data.length, 8 + headerBytes + begin);
      }
      fs.closeSync(handle);
    }
  }

  const layerOf = (name: string) => Number(/layers\.(\d+)/.exec(name)?.[1] ?? 0);

  it("passes sound scales and says how many bytes it read", async () => {
    const folder = write("values", fp8Model());
    fill(folder, (name) => 0.001 * (1 + layerOf(name)));
    const run = await check(folder, "--values", "--fail-on", "warning");
    expect(run.code).toBe(0);
    // Six layers of q 2x2, k and v 1x2, o 2x2, gate and up 4x2, down 2x4 scales: 6 x 36 x 4 bytes.
    expect(run.stderr).toBe("note 864 bytes (864 B) of scales were read, and no weights\n");
  });

  it.each([
    [
      "NaN",
      (name: string) => (layerOf(name) === 3 ? Number.NaN : 1 + layerOf(name)),
      "scale-value-invalid",
      1,
    ],
    ["zero", (name: string) => layerOf(name), "scale-value-invalid", 1],
    ["a negative number", (name: string) => layerOf(name) - 0.5, "scale-value-invalid", 1],
    [
      "infinity",
      (name: string) => (layerOf(name) === 3 ? 1 / 0 : 1 + layerOf(name)),
      "scale-value-invalid",
      1,
    ],
    ["one value everywhere", () => 1, "scale-values-constant", 0],
    ["bytes of exponents", (name: string) => 112 + layerOf(name), "scale-encoding-suspect", 0],
  ] as const)("tells %s", async (_, makeValue, rule, code) => {
    const folder = write("values", fp8Model());
    fill(folder, makeValue);
    const run = await check(folder, "--values");
    expect(run.stdout).toContain(rule);
    expect(run.code).toBe(code);
  });

  it("tells unequal global scales of q, k and v", async () => {
    const folder = write("globals", nvfp4Model());
    fill(folder, (name) => (name.includes("k_proj.weight_scale_2") ? 0.25 : 0.5 + layerOf(name)));
    expect((await check(folder, "--values")).stdout).toContain(
      '"model.layers.{0-5}.self_attn": projections that are run as one',
    );
  });

  it("refuses a snapshot, which has no values", async () => {
    const run = await check("fixtures/minimax-m2.unfold.json.gz", "--values");
    expect([run.code, run.stderr.split("\n")[0]]).toEqual([
      2,
      "error USAGE --values needs the files: a snapshot holds headers only",
    ]);
  });
});

describe("diff", () => {
  it("tells removed, added, reshaped and repacked weights apart", async () => {
    const draft = fp8Model();
    draft.drop((name) => name === "lm_head.weight");
    draft.change("model.norm.weight", { shape: [512] });
    draft.tensors.set("extra.weight", { dtype: "F32", shape: [4], shard: draft.shards[0] as string });
    const run = await runMain(["diff", at("plain"), write("changed", draft), "--json", "--exit-code"]);
    const report = JSON.parse(run.stdout);
    expect(run.code).toBe(1);
    expect(schemaFaults(report)).toEqual([]);
    const [diff] = report.result.components;
    expect(diff.removed).toMatchObject([{ pattern: "lm_head", stored: "BF16 [1024, 256]" }]);
    expect(diff.added).toMatchObject([{ pattern: "extra", stored: "F32 [4]" }]);
    expect(diff.changed.filter(({ what }: { what: string }) => what === "shape")).toMatchObject([
      { pattern: "model.norm", before: "BF16 [256]", after: "BF16 [512]" },
    ]);
    expect(diff.changed.find(({ pattern }: { pattern: string }) => pattern.endsWith("q_proj"))).toMatchObject(
      {
        pattern: "model.layers.{0-5}.self_attn.q_proj",
        count: 6,
        before: "BF16 [256, 256]",
        after: "fp8-block [256, 256]",
      },
    );
  });

  it("ends with 0 without --exit-code, and for the same checkpoint with it", async () => {
    expect((await runMain(["diff", at("plain"), at("sound")])).code).toBe(0);
    const same = await runMain(["diff", at("sound"), at("sound"), "--exit-code"]);
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining("no difference")]);
  });
});

describe("explain and --list-rules", () => {
  it("prints the page of a rule", async () => {
    for (const { id, page } of CHECKS.slice(0, 3)) {
      const run = await runMain(["explain", id]);
      expect([run.code, run.stdout]).toEqual([0, page]);
    }
  });

  it("suggests the rule that a slip meant", async () => {
    const run = await runMain(["explain", "scale-mising"]);
    expect([run.code, run.stderr]).toEqual([
      2,
      'error USAGE there is no check or code "scale-mising"\n  hint: Did you mean scale-missing?\n',
    ]);
  });

  it("lists every check, with or without a source", async () => {
    const run = await check("--list-rules", "--json");
    expect(JSON.parse(run.stdout).rules).toHaveLength(CHECKS.length);
    const text = await check("--list-rules");
    for (const { id } of CHECKS) expect(text.stdout).toContain(id);
    expect((await check()).code).toBe(2);
  });
});

describe("formats that a CI links", () => {
  const LINKED = {
    github: (text: string) => Array.from(text.matchAll(/file=([^,]*),/g), ([, file]) => file),
    junit: (text: string) => Array.from(text.matchAll(/message="([^ ]*): /g), ([, file]) => file),
    sarif: (text: string) => Array.from(text.matchAll(/"uri": "([^"]*)"/g), ([, file]) => file),
  };
  const SHARD = "model-00002-of-00002.safetensors";

  describe.each(Object.entries(LINKED))("%s", (format, filesOf) => {
    it.each<[string, () => string, string]>([
      ["above the source", () => root, "broken/"],
      ["the source itself", () => at("broken"), ""],
      ["beside it", () => at("sound"), "../broken/"],
    ])("names files as they are seen from a working folder %s", async (_, from, prefix) => {
      const run = await runMain(["check", at("broken"), "--format", format], { workingFolder: from() });
      expect(filesOf(run.stdout)).toContain(`${prefix}${SHARD}`);
      expect(filesOf(run.stdout).every((file) => file?.startsWith(prefix))).toBe(true);
    });

    it("names a file that was given by itself, and its configuration, in its folder", async () => {
      const file = path.join(at("broken"), SHARD);
      const run = await runMain(["check", file, "--format", format], { workingFolder: root });
      expect(filesOf(run.stdout).filter((each) => !each?.startsWith("broken/"))).toEqual([]);
    });

    it("names files of a snapshot, which are on no disk, as the snapshot does", async () => {
      const snapshot = at("broken.unfold.json");
      await runMain(["snapshot", at("broken"), "-o", snapshot]);
      const run = await runMain(["check", snapshot, "--format", format], { workingFolder: "/" });
      expect(filesOf(run.stdout)).toContain(SHARD);
    });
  });

  it("leave JSON alone, which is the same from everywhere", async () => {
    const [a, b] = await Promise.all(
      [root, at("broken")].map((workingFolder) =>
        runMain(["check", at("broken"), "--json"], { workingFolder }),
      ),
    );
    expect(a?.stdout).toBe(b?.stdout);
    expect(a?.stdout).toContain(`"file": "${SHARD}"`);
  });

  it("name the configuration of a rank in the folder that it lies in", async () => {
    const folder = at("ranks");
    for (const rank of [0, 1]) {
      const draft = plainModel();
      draft.config.num_hidden_layers = 9;
      draft.hasIndex = false;
      write("ranks", draft);
      for (const file of draft.shards)
        fs.renameSync(
          path.join(folder, file),
          path.join(folder, `model-rank-${rank}-part-${draft.shards.indexOf(file)}.safetensors`),
        );
    }
    const run = await runMain(["check", folder, "--format", "github"], { workingFolder: root });
    const configurations = LINKED.github(run.stdout).filter((file) => file?.endsWith("config.json"));
    expect(new Set(configurations)).toEqual(new Set(["ranks/config.json"]));
  });
});
