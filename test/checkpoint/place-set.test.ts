import { describe, expect, it } from "vitest";
import { ALIKE, type Place, type PlaceSegment, PlaceSet } from "../../src/checkpoint/place-set.ts";

const list = (...members: number[]): PlaceSegment => ({ prefix: "", members });
const range = (first: number, last: number): PlaceSegment =>
  list(...Array.from({ length: last - first + 1 }, (_, k) => first + k));
const modules = (...patterns: (readonly PlaceSegment[])[]) => PlaceSet.modules(patterns);
const tensor = (name: string, ...module: PlaceSegment[]) => PlaceSet.tensors(module, name);

describe("what places cover", () => {
  it.each<[string, PlaceSet, PlaceSet, boolean]>([
    ["itself", modules(["a", "b"]), modules(["a", "b"]), true],
    ["what is below", modules(["a", "b"]), modules(["a", "b", "c"]), true],
    ["not what is above", modules(["a", "b", "c"]), modules(["a", "b"]), false],
    ["no name that only begins alike", modules(["a", "b"]), modules(["a", "bc"]), false],
    [
      "layers of a list",
      modules(["layers", range(0, 3), "mlp"]),
      modules(["layers", list(1, 3), "mlp", "up"]),
      true,
    ],
    ["one layer of it", modules(["layers", range(0, 3), "mlp"]), modules(["layers", "2", "mlp"]), true],
    [
      "not beyond it",
      modules(["layers", range(0, 3), "mlp"]),
      modules(["layers", range(2, 4), "mlp"]),
      false,
    ],
    [
      "a list by one of its layers",
      modules(["layers", "3", "mlp"]),
      modules(["layers", list(3, 4), "mlp"]),
      false,
    ],
    [
      "experts that are alike",
      modules(["layers", list(0, 2, 3, 4, 5), "mlp", "experts", range(0, 7), "up"]),
      modules(["layers", list(3, 4), "mlp", "experts", ALIKE, "up"]),
      true,
    ],
    [
      "each of several places",
      modules(["layers", "0", "a"], ["layers", list(1, 2), "b"]),
      modules(["layers", "2", "b"], ["layers", "0", "a", "c"]),
      true,
    ],
    ["tensors of a module", modules(["a"]), tensor("weight.absmax", "a"), true],
    ["a module by none of its tensors", tensor("weight", "a"), modules(["a"]), false],
    ["a tensor by itself", tensor("weight.absmax", "a"), modules(["a", "weight", "absmax"]), true],
    ["nothing, as the whole", PlaceSet.whole(), modules(["a"]), false],
    ["not the whole", modules(["a"]), PlaceSet.whole(), false],
    [
      "a numbered name",
      modules([{ prefix: "block_", members: [0, 1, 2, 3] }, "w"]),
      modules(["block_2", "w"]),
      true,
    ],
    [
      "no other stem",
      modules([{ prefix: "block_", members: [0, 1, 2, 3] }, "w"]),
      modules(["bloc_2", "w"]),
      false,
    ],
  ])("%s", (_, covering, covered, is) => {
    expect(covering.covers(covered)).toBe(is);
  });
});

describe("how places are told", () => {
  it("as patterns, of which so many are shown", () => {
    const many = modules(
      ...Array.from({ length: 8 }, (_, k): PlaceSegment[] => ["layers", list(k), `m${k}x`]),
    );
    expect(many.format(2)).toBe("layers.{0}.m0x, layers.{1}.m1x and 6 more");
    expect(tensor("weight", "layers", range(0, 61), "experts", ALIKE, "w1").format()).toBe(
      "layers.{0-61}.experts.*.w1.weight",
    );
    expect([PlaceSet.whole().format(), PlaceSet.tensors([], "scale").format()]).toEqual([null, "scale"]);
  });

  it("by the first names, of all lists of numbers", () => {
    expect(tensor("w", "layers", list(0, 2, 3, 4), "up").names()).toEqual([
      "layers.0.up.w",
      "layers.2.up.w",
      "layers.3.up.w",
    ]);
    expect(modules(["layers", list(0, 1), "experts", range(0, 1)]).names(4)).toEqual([
      "layers.0.experts.0",
      "layers.0.experts.1",
      "layers.1.experts.0",
      "layers.1.experts.1",
    ]);
  });

  it("never by names that look like patterns", () => {
    const odd: readonly Place[] = [{ module: ["blk{0-3}", "a, b"], tensor: "weight" }];
    const places = new PlaceSet(odd);
    expect([places.names(), places.count]).toEqual([["blk{0-3}.a, b.weight"], 1]);
    expect(modules([{ prefix: "blk", members: [0, 1, 2, 3] }]).covers(places)).toBe(false);
  });

  it("counted by their lists", () => {
    expect(modules(["layers", range(0, 5), "experts", range(0, 7)], ["norm"]).count).toBe(49);
  });
});
