import fs from "node:fs";
import zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { lineOfKey, parseConfig } from "../../src/checkpoint/config.ts";
import { loadSignatures } from "../../src/signatures/load.ts";
import type { Sample } from "../../tools/signatures/judge.ts";
import { checkTensors, configOf, holdSample, type Outcome } from "../support/hold-samples.ts";
import { Prng } from "../support/prng.ts";

const SAMPLES: readonly Sample[] = zlib
  .gunzipSync(fs.readFileSync("test/signatures/samples.ndjson.gz"))
  .toString("utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Sample);

/** Every so many of the samples, as each is loaded a dozen times; `npm run lab` takes all of any file. */
const STEP = 5;

describe("checkpoints against their classes", () => {
  it("are silent where sound, and name the key or the place where one thing is bent", async () => {
    const prng = new Prng(11);
    const outcomes: Outcome[] = [];
    for (let at = 0; at < SAMPLES.length; at += STEP) {
      const sample = SAMPLES[at] as Sample;
      const choice = { most: 2, pick: (count: number) => prng.below(count) };
      outcomes.push(...((await holdSample(sample, loadSignatures(), choice)) ?? []));
    }
    const share = (kind: Outcome["kind"]) => {
      const own = outcomes.filter((each) => each.kind === kind);
      expect(own.length, kind).toBeGreaterThan(10);
      return own.filter(({ isRight }) => isRight).length / own.length;
    };
    const wrong = outcomes.filter(({ isRight }) => !isRight);
    expect(wrong.filter(({ kind }) => kind === "sound")).toEqual([]);
    expect(share("key"), JSON.stringify(wrong)).toBeGreaterThanOrEqual(0.95);
    for (const kind of ["dropped", "renamed", "cut"] as const)
      expect(share(kind), JSON.stringify(wrong)).toBeGreaterThanOrEqual(0.98);
  });
});

describe("exports that leave things out or lay them out anew", () => {
  const sampleOf = (name: string, word: string) =>
    SAMPLES.find((each) => each.class === name && JSON.stringify(each.config).includes(word)) as Sample;
  const without = ({ tensors }: Sample, pattern: RegExp) =>
    Object.fromEntries(Object.entries(tensors).filter(([name]) => !pattern.test(name)));
  const rulesOf = async (config: Readonly<Record<string, unknown>>, tensors: Sample["tensors"]) =>
    (await checkTensors(config, tensors)).findings.map(({ rule, severity }) => [rule, severity]);
  const visual = sampleOf("Qwen3_5MoeForConditionalGeneration", "linear_attention");

  it("tell of a tower that is left out whole by one warning", async () => {
    const rules = await rulesOf(configOf(visual), without(visual, /visual/));
    expect(rules).toEqual([["vision-part-mismatch", "warning"]]);
  });

  it("tell that all names are another class's, and of an extract of the class no such thing", async () => {
    const rule = "class-unlike-model-type";
    const flex = configOf(sampleOf("FlexOlmoForCausalLM", ""));
    expect(await rulesOf(flex, sampleOf("LongT5Model", "").tensors)).toContainEqual([rule, "error"]);
    const text = Object.entries(visual.tensors)
      .filter(([name]) => name.startsWith("model.language_model."))
      .map(([name, tensor]) => [name.replace("model.language_model.", "model."), tensor] as const);
    expect(text.length).toBeGreaterThan(20);
    const seen = await rulesOf(configOf(visual), Object.fromEntries(text));
    expect(seen).not.toContainEqual([rule, "error"]);
  });

  it("are sound where a list says the same in older words, and broken where it says another thing", async () => {
    const inWords = (from: RegExp, to: string) => {
      const config = configOf(visual);
      const { layer_types: words, ...text } = config.text_config as { layer_types: string[] };
      const changed = words.map((word) => word.replace(from, to));
      return { ...config, text_config: { ...text, layer_types: changed } };
    };
    expect(await rulesOf(inWords(/^linear_attention$/, "mamba"), visual.tensors)).toEqual([]);
    const wrong = await rulesOf(inWords(/^linear_attention$/, "full_attention"), visual.tensors);
    expect(wrong).toContainEqual(["layer-kind-mismatch", "error"]);
  });
});

describe("the line of a key", () => {
  const text = '{\n "a": 1,\n "part": {\n  "a": [{"a": 2}],\n  "b\\"": "a: {",\n  "c": 3\n },\n "c": 4\n}';
  const config = parseConfig(new TextEncoder().encode(text)) as object;
  it.each([
    ["a", 2],
    ["part.a", 4],
    ["part.c", 6],
    ["c", 8],
    ["part", 3],
    ["b", undefined],
    ["part.d", undefined],
  ])("%s", (path, line) => {
    expect(lineOfKey(config, path)).toBe(line);
  });

  it("is not told of a file of one line", () => {
    expect(lineOfKey(parseConfig(new TextEncoder().encode('{"a": 1}')) as object, "a")).toBeUndefined();
  });
});
