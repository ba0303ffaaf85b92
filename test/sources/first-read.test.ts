import { describe, expect, test } from "vitest";
import { FirstRead } from "../../src/sources/first-read.ts";

const noteAll = (firstRead: FirstRead, lengths: readonly number[]) => {
  for (const length of lengths) firstRead.note(length);
  return firstRead.bytes;
};

describe("the first read of a shard", () => {
  test("begins with what the index lets expect, or 128 KiB", () => {
    expect(new FirstRead(undefined, 0).bytes).toBe(131_072);
    // 1.9 x 10 MB / 100 shards = 190,000 bytes, in whole KiB
    expect(new FirstRead(10_000_000, 100).bytes).toBe(190_464);
    expect(new FirstRead(10_000, 100).bytes).toBe(16_384);
    expect(new FirstRead(4_000_000_000, 1).bytes).toBe(4_194_304);
  });

  test("grows with the first longer header, and shrinks only after eight", () => {
    const firstRead = new FirstRead(undefined, 100);
    expect(noteAll(firstRead, [200_000])).toBe(206_848);
    expect(noteAll(new FirstRead(undefined, 100), Array(7).fill(1000))).toBe(131_072);
    expect(noteAll(new FirstRead(undefined, 100), Array(8).fill(1000))).toBe(16_384);
  });

  test("covers the longest where there is an index, and all but a few where there is none", () => {
    const lengths = [...Array(18).fill(70_000), 100_000, 100_000];
    expect(noteAll(new FirstRead(10_000_000, 100), lengths)).toBe(103_424);
    expect(noteAll(new FirstRead(undefined, 100), lengths)).toBe(72_704);
    // half of the headers long: second reads would cost more
    expect(
      noteAll(new FirstRead(undefined, 100), [...Array(10).fill(70_000), ...Array(10).fill(100_000)]),
    ).toBe(103_424);
  });

  test("lets a few go ahead where many shards come without an index", () => {
    const firstRead = new FirstRead(undefined, 100);
    expect(firstRead.limit(48)).toBe(8);
    noteAll(firstRead, Array(8).fill(50_000));
    expect(firstRead.limit(48)).toBe(48);
    expect(new FirstRead(undefined, 16).limit(48)).toBe(48);
    expect(new FirstRead(1_000_000, 100).limit(48)).toBe(48);
  });
});
