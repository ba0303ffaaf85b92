import { describe, expect, it } from "vitest";
import { MAX_OBJECT_KEYS, MAX_SHARDS } from "../../src/safetensors/limits.ts";
import { parseShardIndex } from "../../src/safetensors/shard-index.ts";
import { TensorNames } from "../../src/safetensors/tensor-names.ts";
import { codeOf, errorOf } from "../support/errors.ts";
import { utf8 } from "../support/header-text.ts";

const parse = (json: string | Uint8Array, names = new TensorNames()) =>
  parseShardIndex(typeof json === "string" ? utf8(json) : json, names);
const mapOf = (entries: string) => `{"weight_map":{${entries}}}`;

describe("parseShardIndex", () => {
  const spellings: [string, (value: unknown) => string][] = [
    ["as Python writes it", (value) => JSON.stringify(value, null, 2).replaceAll('":"', '": "')],
    ["without blanks", (value) => JSON.stringify(value)],
    ["with tabs", (value) => JSON.stringify(value, null, "\t")],
  ];
  it.each(spellings)("reads names, shards and claims %s", (_, spell) => {
    const names = new TensorNames();
    const weight_map = {
      "a.0.w": "m-1.safetensors",
      "a.10.w": "m-2.safetensors",
      "a.0.é": "m-1.safetensors",
      "": "m-1.safetensors",
    };
    const index = parse(spell({ metadata: { total_size: 12, total_parameters: 6 }, weight_map }), names);
    expect(index.shards).toEqual(["m-1.safetensors", "m-2.safetensors"]);
    expect(index).toMatchObject({ entryCount: 4, totalSize: 12, totalParameters: 6, hasMetadata: true });
    for (const [name, shard] of Object.entries(weight_map))
      expect(index.shards[index.shardOf(names.find(name))], name).toBe(shard);
    expect(index.shardOf(names.find("a.0"))).toBe(-1);
    expect(index.shardOf(1_000_000)).toBe(-1);
  });

  it("keeps __proto__ and its like as names (D9)", () => {
    const names = new TensorNames();
    const index = parse(mapOf('"__proto__":"a.safetensors","constructor":"b.safetensors"'), names);
    expect(index.shards[index.shardOf(names.find("__proto__"))]).toBe("a.safetensors");
    expect(index.shards[index.shardOf(names.find("constructor"))]).toBe("b.safetensors");
  });

  it.each([
    ["no metadata", "", null, false],
    ["a whole number", '"metadata":{"total_size":7},', 7, true],
    ["a float", '"metadata":{"total_size":7.5},', null, true],
    ["a float that is whole", '"metadata":{"total_size":7.0},', 7, true],
    ["a string", '"metadata":{"total_size":"7"},', null, true],
    ["negative", '"metadata":{"total_size":-7},', null, true],
    ["above 2^53", '"metadata":{"total_size":9007199254740993},', null, true],
    ["nothing of it", '"metadata":{},', null, true],
    ["metadata that is no object", '"metadata":[7],', null, false],
    ["null", '"metadata":null,', null, false],
  ])("total_size, a claim: %s", (_, metadata, totalSize, hasMetadata) => {
    const index = parse(`{${metadata}"weight_map":{"a":"a.safetensors"}}`);
    expect([index.totalSize, index.hasMetadata]).toEqual([totalSize, hasMetadata]);
  });

  it.each([
    ["nothing", "", "not JSON"],
    ["half of it", '{"weight_map":{"a":"b', "not JSON"],
    ["a comment first", '// x\n{"weight_map":{"a":"b"}}', "not JSON"],
    ["text behind it", `${mapOf('"a":"b"')}x`, "end of the file"],
    ["an array", "[]", "an object is expected"],
    ["a string", '"x"', "an object is expected"],
    ["no weight_map", "{}", "no weight_map"],
    ["an array as weight_map", '{"weight_map":[]}', "not an object"],
    ["null as weight_map", '{"weight_map":null}', "not an object"],
    ["an empty weight_map", mapOf(""), "empty"],
    ["a number for a shard", mapOf('"a":1'), 'weight_map["a"]'],
    ["an object for a shard", mapOf('"a":{"b":"c"}'), 'weight_map["a"]'],
    ["null for a shard, as Python spells it", mapOf('"a": null'), 'weight_map["a"]'],
    ["a tensor twice", mapOf('"a":"b","a":"b"'), "occurs twice"],
    ["a tensor twice, once with an escape", mapOf('"a": "b", "\\u0061": "b"'), "occurs twice"],
    ["weight_map twice", '{"weight_map":{"a":"b"},"weight_map":{"a":"b"}}', "occurs twice"],
    [
      "a deep value",
      `{"x":${"[".repeat(200)}${"]".repeat(200)},"weight_map":{"a":"b"}}`,
      "nested too deeply",
    ],
    ["invalid UTF-8", Buffer.from(mapOf('"\xff":"b"'), "latin1"), "UTF-8"],
    ["a lone surrogate", mapOf('"\\ud800":"b"'), "surrogate"],
    ["a control character in a shard's name", mapOf('"a": "b\n"'), "control character"],
  ])("refuses %s, and says where (D9)", (_, json, problem) => {
    const error = errorOf(() => parse(json));
    expect(error.code).toBe("INDEX_INVALID");
    expect(error.message).toContain(problem);
  });

  it("takes 10,000 shards and not one more (D8)", () => {
    const shards = (count: number) =>
      mapOf(Array.from({ length: count }, (_, k) => `"t${k}": "${k}.safetensors"`).join(","));
    expect(codeOf(() => parse(shards(MAX_SHARDS)))).toBe("accepted");
    expect(codeOf(() => parse(shards(MAX_SHARDS + 1)))).toBe("LIMIT_EXCEEDED");
  });

  it("refuses an object of more keys than it would hold", () => {
    const keys = Array.from({ length: MAX_OBJECT_KEYS + 1 }, (_, k) => `"${k.toString(36)}":0`).join(",");
    expect(errorOf(() => parse(`{"metadata":{${keys}},"weight_map":{"a":"b"}}`)).message).toContain(
      "too many keys",
    );
  });

  it("takes 300,000 entries: tensors are not limited by the keys of an object", () => {
    const index = parse(
      mapOf(Array.from({ length: 300_000 }, (_, k) => `"l.${k}.w": "a.safetensors"`).join(", ")),
    );
    expect(index.entryCount).toBe(300_000);
  });
});
