import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildCheckpoint } from "../../fixtures/checkpoint-spec.ts";
import { deepseekV3Like } from "../../fixtures/deepseek-v3-like.ts";
import { minimaxM2 } from "../../fixtures/minimax-m2.ts";
import { runMain } from "../support/fake-io.ts";
import { loadRemote, settingsFor } from "../support/remote.ts";
import { toVirtual } from "../support/shards.ts";
import { TestHub } from "../support/test-hub.ts";

let hub: TestHub;
beforeEach(async () => {
  hub = await TestHub.start();
});
afterEach(() => hub.stop());

describe("reading a large model from the hub", () => {
  const models = [
    // 3 + 62 layers x (8 attention + 2 + 2 norms + 2 router + 256 x 6)
    { name: "MiniMax-M2", spec: minimaxM2, shards: 125, count: 96_103 },
    // 3 + 62 x (10 attention + 4 norms) + 3 dense x 6 + 59 x (2 router + 6 shared + 256 x 6)
    { name: "a model like DeepSeek-V3", spec: deepseekV3Like, shards: 163, count: 91_985 },
  ];
  for (const { name, spec, shards, count } of models) {
    for (const withIndex of [true, false]) {
      test(`asks once a shard for ${name} ${withIndex ? "with" : "without"} its index`, async () => {
        const files = toVirtual(buildCheckpoint(spec));
        if (!withIndex) files.delete("model.safetensors.index.json");
        hub.repos.set("owner/name", { files });
        const { checkpoint, source } = await loadRemote("owner/name", settingsFor(hub.endpoint));
        // Names that count to 130 promise five shards more where no index says otherwise.
        expect(checkpoint.problems.filter((problem) => problem.code !== "SHARD_MISSING")).toEqual([]);
        expect(checkpoint.components[0]?.table.count).toBe(count);
        const least = [...files.values()].reduce((sum, file) => sum + file.bytes.length, 0);
        expect(source.stats.rangedReads).toBe(hub.rangedReads);
        expect(hub.rangedReads).toBeGreaterThanOrEqual(shards);
        expect(hub.rangedReads).toBeLessThanOrEqual(withIndex ? shards + 5 : 1.15 * shards + 5);
        expect(hub.bytesSent).toBeLessThanOrEqual(1.3 * least);
      });
    }
  }
});

describe("checking a large model on the hub", () => {
  test("asks no more than its precision does, over a line of 100 ms a request", async () => {
    const far = await TestHub.start({ latencyMs: 100 });
    far.repos.set("owner/name", { files: toVirtual(buildCheckpoint(deepseekV3Like)) });
    const ask = async (command: string) => {
      far.forget();
      const run = await runMain([command, "owner/name", "--endpoint", far.endpoint, "--no-cache", "--json"]);
      return { code: run.code, requests: far.seen.length, ranged: far.rangedReads, bytes: far.bytesSent };
    };
    try {
      const precision = await ask("precision");
      expect(precision).toMatchObject({ code: 0, ranged: 163 });
      // Its configuration says nothing of FP8, which is a finding: 1.
      const check = await ask("check");
      expect(check).toEqual({ ...precision, code: 1, bytes: check.bytes });
      // How much a first read asks for is learned from the answers so far, whose order is the line's.
      expect(check.bytes / precision.bytes).toBeCloseTo(1, 1);
    } finally {
      await far.stop();
    }
  });
});
