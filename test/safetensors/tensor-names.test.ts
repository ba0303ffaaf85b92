import { describe, expect, it } from "vitest";
import { MAX_NAME_SEGMENTS } from "../../src/safetensors/limits.ts";
import { NONE, ROOT, splitTensorName, TensorNames } from "../../src/safetensors/tensor-names.ts";
import { utf8 } from "../support/header-text.ts";
import { Prng } from "../support/prng.ts";

/** Inserts as the scanner does, telling how much of the name before is repeated. */
function insertAll(names: TensorNames, list: readonly string[]): number[] {
  let before: Uint8Array = new Uint8Array(0);
  return list.map((name) => {
    const bytes = utf8(name);
    let shared = 0;
    while (shared < before.length && shared < bytes.length && before[shared] === bytes[shared]) shared++;
    before = bytes;
    return names.insert(bytes, 0, bytes.length, shared);
  });
}

describe("TensorNames", () => {
  it("is a tree of segments: a tensor may be a module too", () => {
    const names = new TensorNames();
    const [weight, absmax] = insertAll(names, ["a.weight", "a.weight.absmax"]) as [number, number];
    expect(names.parent(absmax)).toBe(weight);
    expect(names.parent(names.parent(weight))).toBe(ROOT);
    expect(names.name(absmax)).toBe("a.weight.absmax");
  });

  it("finds what is there, its modules included, and nothing else", () => {
    const names = new TensorNames();
    insertAll(names, ["a.b.c", ""]);
    expect(names.find("a.b")).not.toBe(NONE);
    expect(names.find("")).not.toBe(NONE);
    for (const name of ["a.b.c.d", "b", "a.c", "a.b.", ".a"]) expect(names.find(name), name).toBe(NONE);
  });

  it.each([MAX_NAME_SEGMENTS - 1, MAX_NAME_SEGMENTS, MAX_NAME_SEGMENTS + 1, 5000])(
    "keeps a name of %i segments whole",
    (segments) => {
      const name = Array.from({ length: segments }, (_, k) => String(k)).join(".");
      const names = new TensorNames();
      const [node, sibling, again] = insertAll(names, [name, `${name}x`, name]) as [number, number, number];
      expect(names.name(node)).toBe(name);
      expect(names.name(sibling)).toBe(`${name}x`);
      expect(again).toBe(node);
      expect(names.find(name)).toBe(node);
      expect(splitTensorName(name)).toHaveLength(Math.min(segments, MAX_NAME_SEGMENTS));
      expect(names.count).toBeLessThanOrEqual(MAX_NAME_SEGMENTS + 2);
    },
  );

  it("gives equal names one node and others their own, in any order (random names against a Map)", () => {
    const random = new Prng(17);
    const parts = ["", "a", "aa", "b", "0", "10", "é", "模"];
    const list = Array.from({ length: 20_000 }, () =>
      Array.from({ length: 1 + random.below(6) }, () => random.pick(parts)).join("."),
    );
    const names = new TensorNames();
    const nodes = insertAll(names, list);
    const nodeOf = new Map<string, number>();
    list.forEach((name, k) => {
      const known = nodeOf.get(name) ?? (nodes[k] as number);
      nodeOf.set(name, known);
      expect(nodes[k]).toBe(known);
    });
    expect(new Set(nodeOf.values()).size).toBe(nodeOf.size);
    for (const [name, node] of nodeOf) {
      expect(names.name(node)).toBe(name);
      expect(names.find(name)).toBe(node);
    }
  });

  it("lists every child of a node once", () => {
    const names = new TensorNames();
    insertAll(names, ["l.0.w", "l.1.w", "l.0.b", "l.2.w"]);
    const parent = names.find("l");
    const children: string[] = [];
    for (let child = names.firstChild(parent); child !== NONE; child = names.nextSibling(child))
      children.push(names.segments.text(names.segment(child)));
    expect(children.sort()).toEqual(["0", "1", "2"]);
  });
});

describe("SegmentTable ranks", () => {
  it("follow natural order and grow with the table", () => {
    const names = new TensorNames();
    insertAll(names, ["10", "2"]);
    const rank = (text: string) => names.segments.naturalRanks()[names.segments.find(text)] as number;
    expect(rank("2")).toBeLessThan(rank("10"));
    insertAll(names, ["3"]);
    expect(rank("3")).toBeLessThan(rank("10"));
    expect(rank("3")).toBeGreaterThan(rank("2"));
  });
});
