import fs from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { MINIMAX_M2_SNAPSHOT, makeMinimaxM2Snapshot } from "../fixtures/make-fixtures.ts";

it("bundles the headers that the specification makes", async () => {
  const made = gunzipSync(await makeMinimaxM2Snapshot());
  expect(gunzipSync(fs.readFileSync(MINIMAX_M2_SNAPSHOT)).equals(made)).toBe(true);
});
