import { describe, expect, it } from "vitest";
import { note } from "../../src/checkpoint/notes.ts";

describe("notes", () => {
  it.each([
    [
      note("TENSOR_NOT_IN_INDEX", "a", { count: 1, first: "w" }),
      '1 tensor is in the shards and not in the index, first "w"; loaders that go by the index do not load it',
    ],
    [
      note("TENSOR_IN_TWO_SHARDS", "a", { count: 2, first: "w", kept: "b" }),
      '2 tensors are here and in another shard too, first "w", taken from "b"; each is counted once',
    ],
    [
      note("FILES_LEFT_ASIDE", null, { unnamed: 2, first: "x.safetensors" }),
      '2 files left aside: the index does not name them, first "x.safetensors"',
    ],
    [
      note("FILES_LEFT_ASIDE", null, { unnamed: 1, first: "x.safetensors" }),
      '1 file left aside: the index does not name "x.safetensors"',
    ],
    [
      note("FILES_LEFT_ASIDE", null, { set: "consolidated.safetensors", isPublishers: true }),
      "consolidated.safetensors: left aside (the publisher's own format, often the same weights again)",
    ],
    [
      note("FILTERED", null, { kept: 1, all: 3 }),
      "1 tensor of 3 matches the filter; all figures are those of the matching ones",
    ],
  ])("are worded by their code and details: %#", ({ message }, wanted) => {
    expect(message).toBe(wanted);
  });

  it("name the tensor and the files that they are about", () => {
    const seen = note("FILES_LEFT_ASIDE", "f", { set: "x", isPublishers: false }, { skipped: ["x"] });
    expect(seen).toMatchObject({ code: "FILES_LEFT_ASIDE", shard: "f", skipped: ["x"] });
  });
});
