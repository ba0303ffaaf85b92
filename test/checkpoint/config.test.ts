import { describe, expect, it } from "vitest";
import { loadConfigs, member, parseConfig } from "../../src/checkpoint/config.ts";
import { UnfoldError } from "../../src/errors.ts";
import { MAX_CONFIG_BYTES } from "../../src/sources/config-files.ts";
import { checkpoint } from "../support/checkpoint-builder.ts";
import { growthOf } from "../support/growth.ts";
import { utf8 } from "../support/header-text.ts";

const parse = (text: string) => parseConfig(utf8(text));

describe("parseConfig", () => {
  it.each([
    ["NaN", null],
    ["[NaN, 1]", [null, 1]],
    ["Infinity", Number.POSITIVE_INFINITY],
    ['{"a": -Infinity, "b": NaN, "c": -1}', { a: Number.NEGATIVE_INFINITY, b: null, c: -1 }],
    ['{"NaN": NaN, "a": "NaN -Infinity"}', { NaN: null, a: "NaN -Infinity" }],
    ['{"a": "\\"NaN", "b": NaN}', { a: '"NaN', b: null }],
    ['{"a": "\\\\", "b": NaN}', { a: "\\", b: null }],
  ])("reads what Python writes: %s", (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it.each(["", "{", "nan", "+Infinity", "NaNa", "{NaN: 1}", "[1,]", "'a'", '{"a": NaN'])(
    "refuses %j",
    (text) => {
      expect(() => parse(text)).toThrow(SyntaxError);
    },
  );

  it("takes a NaN beside a string of nine megabytes", () => {
    expect(parse(`{"a":NaN,"b":"${"x".repeat(9_000_000)}"}`)).toHaveProperty("a", null);
  });

  it("takes no longer than its length over a string without an end", () => {
    const run = (quotes: number) =>
      expect(() => parse(`{"a":NaN,"b":"${'\\"'.repeat(quotes)}`)).toThrow(SyntaxError);
    // Eight times the length: 64 where each quote is a new beginning.
    expect(growthOf(run, 500_000, 4_000_000)).toBeLessThan(24);
  });
});

describe("member", () => {
  it.each<[unknown, string, unknown]>([
    [{ a: 1 }, "a", 1],
    [{ a: 1 }, "b", undefined],
    [{ a: 1 }, "toString", undefined],
    [JSON.parse('{"__proto__":{"polluted":true}}'), "polluted", undefined],
    [["x"], "length", undefined],
    ["text", "length", undefined],
    [null, "a", undefined],
  ])("%j, %s", (value, key, found) => {
    expect(member(value, key)).toBe(found);
  });
});

describe("loadConfigs (D12)", () => {
  const load = async (content: string | Uint8Array) => {
    const source = checkpoint().file("config.json", content).toSource();
    return loadConfigs(source, "", new Set(["config.json"]));
  };

  it("keeps a hostile configuration as unknown values", async () => {
    const { configs, notes } = await load(
      '{"__proto__":{"polluted":true},"num_hidden_layers":1e308,"hidden_size":"-1"}',
    );
    expect(notes).toEqual([]);
    expect(member(configs.get("config.json"), "num_hidden_layers")).toBe(1e308);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ["no JSON", "{"],
    ["a megabyte too much", new Uint8Array(MAX_CONFIG_BYTES + 1)],
  ])("takes %s for a note, never for a fault of the weights", async (_, content) => {
    const { configs, notes } = await load(content);
    expect(configs.size).toBe(0);
    expect(notes.map(({ code }) => code)).toEqual(["CONFIG_UNUSABLE"]);
  });

  it("tells one cause once, however many files it hits, and another beside it", async () => {
    const files = ["config.json", "adapter_config.json", "params.json", "modules.json"];
    const made = files.reduce((built, name) => built.file(name, "{}"), checkpoint()).toSource();
    const down = new UnfoldError("CONNECTION_FAILED", { host: "hub.example", reason: "ECONNREFUSED" });
    const source = Object.create(made, {
      readFile: {
        value: async (path: string) => {
          if (path === "params.json") return utf8("{");
          throw down;
        },
      },
    });
    const { configs, notes } = await loadConfigs(source, "", new Set(files));
    expect(configs.size).toBe(0);
    expect(notes.map(({ shard, message }) => [shard, message])).toEqual([
      ["config.json", `config.json and 2 other configuration files are not used: ${down.message}`],
      ["params.json", "params.json is not used: it is not JSON"],
    ]);
  });
});
