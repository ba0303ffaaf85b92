import { describe, expect, it } from "vitest";
import { shardWalkOf } from "../../src/safetensors/shard-walk.ts";
import { TensorTable } from "../../src/safetensors/tensor-table.ts";
import { utf8 } from "../support/header-text.ts";
import { Prng } from "../support/prng.ts";

type Named = readonly (readonly [name: string, shard: number])[];

function tableOf(tensors: Named): TensorTable {
  const table = new TensorTable();
  for (const [name, shard] of tensors) {
    const bytes = utf8(name);
    table.append(table.names.insert(bytes, 0, bytes.length, 0), 0, 0, shard, 0, 0);
  }
  return table;
}

/** The shards of the names of a product, one by one. */
function shardsOf(tensors: Named, parts: readonly (readonly string[])[]): number[] {
  const names = parts.reduce<string[]>(
    (begun, texts) => begun.flatMap((name) => texts.map((text) => (name === "" ? text : `${name}.${text}`))),
    [""],
  );
  const shards = new Map(tensors);
  return names.map((name) => shards.get(name) ?? -9);
}

function walkedShards(table: TensorTable, parts: readonly (readonly string[])[]): number[] {
  const walk = shardWalkOf(table);
  let nodes = walk.top;
  let depth = 0;
  for (; depth < parts.length && nodes.apartCount > 0; depth++)
    nodes = walk.descend(nodes, parts[depth] ?? []);
  const each = parts.slice(depth).reduce((count, texts) => count * texts.length, 1);
  return walk.runs(nodes).flatMap(([shard, count]) => Array<number>(count * each).fill(shard));
}

const numbers = (count: number) => Array.from({ length: count }, (_, at) => String(at));

/** Layers and experts in shards as they come: whole layers, single experts, single tensors. */
function randomTensors(random: Prng, layers: number, experts: number): Named {
  const shards = 1 + random.below(4);
  const step = 1 + random.below(3 * experts);
  let at = 0;
  return numbers(layers).flatMap((layer) =>
    numbers(experts).flatMap((expert) =>
      ["weight", "weight_scale", "bias"].map(
        (leaf) => [`layers.${layer}.experts.${expert}.${leaf}`, Math.floor(at++ / step) % shards] as const,
      ),
    ),
  );
}

describe("the walk over shards", () => {
  it("tells of products of names what looking at each tells, in any arrangement", () => {
    const random = new Prng(18);
    for (let round = 0; round < 200; round++) {
      const [layers, experts] = [1 + random.below(5), 1 + random.below(40)];
      const tensors = randomTensors(random, layers, experts);
      const table = tableOf(tensors);
      for (const leaf of ["weight", "bias"]) {
        const parts = [["layers"], numbers(layers), ["experts"], numbers(experts), [leaf]];
        expect(walkedShards(table, parts)).toEqual(shardsOf(tensors, parts));
      }
    }
  });

  it("looks up one child of a family of thousands", () => {
    const tensors = numbers(3000).map((at) => [`heads.${at}.weight`, Number(at) % 7] as const);
    const table = tableOf(tensors);
    for (const at of ["0", "1234", "2999"])
      expect(walkedShards(table, [["heads"], [at], ["weight"]])).toEqual([Number(at) % 7]);
  });

  it("counts a tensor that others lie below as what it is itself", () => {
    const tensors: Named = [
      ["m.w", 2],
      ["m.w.absmax", 0],
      ["m.w.quant_map", 1],
    ];
    expect(walkedShards(tableOf(tensors), [["m"], ["w"]])).toEqual([2]);
  });

  it("finds modules whose two parts do not lie in one shard", () => {
    const random = new Prng(19);
    const partOf = (leaf: string) => (leaf === "weight" ? 1 : leaf === "weight_scale" ? 2 : 0);
    for (let round = 0; round < 200; round++) {
      const tensors = randomTensors(random, 1 + random.below(5), 1 + random.below(20));
      const table = tableOf(tensors);
      const shardOf = new Map(tensors);
      const modules = tensors.filter(([name]) => name.endsWith(".weight")).map(([name]) => name.slice(0, -7));
      const apart = modules.filter(
        (name) => shardOf.get(`${name}.weight`) !== shardOf.get(`${name}.weight_scale`),
      );
      const found = shardWalkOf(table).findApart(partOf);
      expect(found.map((node) => table.names.name(node))).toEqual(apart);
    }
  });

  it("learns of another table anew, and of the first one again", () => {
    const [one, other] = [
      tableOf([
        ["a.w", 0],
        ["a.s", 1],
      ]),
      tableOf([
        ["b.w", 1],
        ["b.s", 1],
      ]),
    ];
    const partOf = (leaf: string) => (leaf === "w" ? 1 : 2);
    const counts = [one, other, one].map((table) => shardWalkOf(table).findApart(partOf).length);
    expect(counts).toEqual([1, 0, 1]);
  });
});
