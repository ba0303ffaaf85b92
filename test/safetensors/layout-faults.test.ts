import { describe, expect, it } from "vitest";
import { parseHeader } from "../../src/safetensors/header-parser.ts";
import { findLayoutFaults } from "../../src/safetensors/layout-faults.ts";
import { MAX_FAULTS_SHOWN } from "../../src/safetensors/limits.ts";
import { countingReads } from "../support/growth.ts";
import { entryText, utf8 } from "../support/header-text.ts";

type Row = readonly [name: string, dtype: string, shape: string, begin: number, end: number];

function faultsOf(dataBytes: number, rows: readonly Row[]) {
  const json = jsonOf(rows);
  return findLayoutFaults(parseHeader(json), { dataBytes, fileBytes: 8 + json.length + dataBytes });
}

function jsonOf(rows: readonly Row[]): Uint8Array {
  const members = rows.map(([name, ...entry]) => `${JSON.stringify(name)}:${entryText(...entry)}`);
  return utf8(`{${members.join(",")}}`);
}

const f32 = (name: string, begin: number): Row => [name, "F32", "1", begin, begin + 4];
const empty = (name: string, at: number): Row => [name, "F32", "0", at, at];

describe("findLayoutFaults", () => {
  it.each<[string, number, Row[], string[]]>([
    ["no tensors, no data", 0, [], []],
    ["no tensors over data", 1, [], ["DATA_TRAILING"]],
    ["tensors side by side", 8, [f32("a", 0), f32("b", 4)], []],
    ["keys not in order of offsets", 8, [f32("b", 4), f32("a", 0)], []],
    ["one byte after the last", 5, [f32("a", 0)], ["DATA_TRAILING"]],
    ["one byte short", 3, [f32("a", 0)], ["FILE_TRUNCATED"]],
    ["nothing of the data there", 0, [f32("a", 0)], ["FILE_TRUNCATED"]],
    ["a hole at the start", 8, [f32("a", 4)], ["DATA_HOLE"]],
    ["a hole of one byte", 9, [f32("a", 0), f32("b", 5)], ["DATA_HOLE"]],
    ["an overlap of one byte", 7, [f32("a", 0), f32("b", 3)], ["DATA_OVERLAP"]],
    ["two at one place", 4, [f32("a", 0), f32("b", 0)], ["DATA_OVERLAP"]],
    ["one inside another", 16, [["a", "F32", "4", 0, 16], f32("b", 4)], ["DATA_OVERLAP"]],
    [
      "one after an overlap, in its right place",
      16,
      [["a", "F32", "3", 0, 12], f32("b", 4), f32("c", 12)],
      ["DATA_OVERLAP"],
    ],
    ["too few bytes for the shape", 4, [["a", "F32", "2", 0, 4]], ["SIZE_MISMATCH"]],
    ["too many bytes for the shape", 8, [["a", "F32", "1", 0, 8]], ["SIZE_MISMATCH"]],
    ["bytes for an empty tensor", 4, [["a", "F32", "0", 0, 4]], ["SIZE_MISMATCH"]],
    [
      "empty tensors on every boundary",
      8,
      [empty("x", 0), f32("a", 0), empty("y", 4), f32("b", 4), empty("z", 8)],
      [],
    ],
    ["several empty tensors at one place", 0, [empty("x", 0), empty("y", 0)], []],
    ["an empty tensor inside another", 4, [f32("a", 0), empty("x", 2)], ["DATA_OVERLAP"]],
    ["an empty tensor behind the data", 4, [f32("a", 0), empty("x", 8)], ["DATA_HOLE", "FILE_TRUNCATED"]],
    ["offsets that count from the file's start", 4, [f32("a", 72)], ["DATA_HOLE", "FILE_TRUNCATED"]],
    [
      "sub-byte elements, packed",
      4,
      [
        ["a", "F4", "2", 0, 1],
        ["b", "F6_E2M3", "4", 1, 4],
      ],
      [],
    ],
  ])("%s", (_, dataBytes, rows, codes) => {
    expect(faultsOf(dataBytes, rows).map(({ code }) => code)).toEqual(codes);
  });

  it("names both tensors of an overlap and its bytes", () => {
    const [fault] = faultsOf(6, [f32("a", 0), f32("b", 2)]);
    expect(fault?.details).toEqual({ tensor: "b", other: "a", begin: 2, end: 6 });
  });

  it("tells a few faults of each kind and counts the rest", () => {
    const rows = Array.from({ length: 1000 }, (_, k) => f32(`t${k}`, 0));
    const faults = faultsOf(4, rows);
    expect(faults.filter(({ code }) => code === "DATA_OVERLAP")).toHaveLength(MAX_FAULTS_SHOWN);
    expect(faults.at(-1)?.details).toEqual({ count: 999 - MAX_FAULTS_SHOWN });
  });

  it("sorts tensors in reverse order without comparing each with each", () => {
    const readsOf = (count: number): number => {
      const rows = Array.from({ length: count }, (_, k) => f32(`t${k}`, 4 * (count - 1 - k)));
      const header = parseHeader(jsonOf(rows));
      const { begins } = header.table;
      const { list, reads } = countingReads(begins.data);
      begins.data = list;
      expect(findLayoutFaults(header, { dataBytes: 4 * count, fileBytes: 0 })).toEqual([]);
      return reads();
    };
    // Ten times the tensors: 100 where each is compared with each, 10 × log 20,000 ÷ log 2,000 where they are sorted.
    expect(readsOf(20_000) / readsOf(2_000)).toBeLessThan(20);
  });

  it("names the file's length and the one it needs, as a listing of files shows them", () => {
    // 8 bytes, 54 of JSON, 2 of the 4 bytes of one F32.
    const [fault] = faultsOf(2, [f32("a", 0)]);
    expect(fault?.message).toBe(
      "truncated: the file has 64 bytes and needs 66 bytes; 2 bytes of the tensors' data are missing",
    );
    expect(fault?.hint).not.toBeNull();
  });
});
