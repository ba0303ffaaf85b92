import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { viewFor } from "../../src/commands/run-view.ts";
import { columnsOf, type OutputStream } from "../../src/terminal/io.ts";
import { progressText, startProgress } from "../../src/terminal/progress.ts";
import { fakeIo, runMain } from "../support/fake-io.ts";

const stream = (isTTY: boolean, columns: number | undefined): OutputStream => ({
  write: () => {},
  isTTY,
  columns,
});

it.each([
  ["what the terminal tells", true, 120, 120],
  ["80 where it tells 0", true, 0, 80],
  ["80 where it tells nothing", true, undefined, 80],
  ["unknown without a terminal", false, undefined, undefined],
])("columns are %s", (_, isTTY, columns, expected) => {
  expect(columnsOf(stream(isTTY, columns))).toBe(expected);
});

it("text on a terminal of 0 columns is as wide as COLUMNS says, or 80", async () => {
  expect((await viewFor(fakeIo({ columns: 0 }), {})).width).toBe(80);
  expect((await viewFor(fakeIo({ columns: 0, env: { COLUMNS: "70" } }), {})).width).toBe(70);
  expect((await viewFor(fakeIo({ columns: 90, env: { COLUMNS: "70" } }), {})).width).toBe(90);
});

it("the help on a terminal of 0 columns is as wide as on one of 80", async () => {
  const narrow = await runMain(["tree", "--help"], { columns: 0 });
  expect(narrow.stdout).toBe((await runMain(["tree", "--help"], { columns: 80 })).stdout);
  expect(narrow.stdout.split("\n").every((line) => line.length <= 80)).toBe(true);
});

// The time until a spinner shows is counted, not waited for.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
  [0, 0],
  [undefined, 0],
  [1, 0],
  [19, 0],
  [20, 1],
  [200, 1],
])("a terminal of %s columns gets %s spinners", (columns, spinners) => {
  const progress = startProgress({ ...fakeIo(), stderr: stream(true, columns) }, false, "owner/name");
  // One timer waits for the first frame, one counts the seconds.
  expect(vi.getTimerCount()).toBe(2 * spinners);
  progress.update(1, 2);
  progress.stop();
  expect(vi.getTimerCount()).toBe(0);
});

it.each([
  ["what is listed, from the first frame", undefined, 0, "owner/name: listing"],
  ["how long a listing takes", undefined, 4.2, "owner/name: listing · 4 s"],
  [
    "shards, bytes and seconds",
    { done: 12, total: 125, bytes: 3_200_000 },
    4.9,
    "reading headers 12/125 · 3.2 MB · 4 s",
  ],
  ["no bytes where there is no network", { done: 1, total: 3, bytes: 0 }, 0, "reading headers 1/3"],
])("progress says %s", (_, read, seconds, text) => {
  expect(progressText("owner/name", read, seconds)).toBe(text);
});
