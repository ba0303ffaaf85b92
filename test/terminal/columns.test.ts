import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { viewFor } from "../../src/commands/run-view.ts";
import { PLAIN_STYLE } from "../../src/report/render/view.ts";
import { columnsOf, type OutputStream } from "../../src/terminal/io.ts";
import { writeLine } from "../../src/terminal/lines.ts";
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
  const state = { target: "owner/name", ...(read === undefined ? {} : { read }) };
  expect(progressText(state, seconds)).toBe(text);
});

it("progress says what a server asks for, in place of what stands still meanwhile", () => {
  const wait = { host: "huggingface.co", status: 429, seconds: 4 };
  const read = { done: 1, total: 3, bytes: 0 };
  expect(progressText({ target: "owner/name", read, wait }, 9)).toBe("huggingface.co asks to wait 4 s (429)");
});

const LONG = "what is said of a file whose name is not short, and of what it holds, with a hint at the end";

it.each([
  [0, 80],
  [1, 20],
  [20, 20],
  [60, 60],
  [80, 80],
])("a line on a terminal of %i columns is at most %i wide, and whole", (columns, most) => {
  const written: string[] = [];
  const terminal = {
    ...stream(true, columns),
    write: (chunk: string | Uint8Array) => void written.push(String(chunk)),
  };
  writeLine(terminal, PLAIN_STYLE, LONG);
  expect(Math.max(...written.map((line) => line.trimEnd().length))).toBeLessThanOrEqual(most);
  expect(written.map((line) => line.trim()).join(" ")).toBe(LONG);
});

it("a line in a pipe stays one", () => {
  const written: (string | Uint8Array)[] = [];
  writeLine({ ...stream(false, undefined), write: (chunk) => void written.push(chunk) }, PLAIN_STYLE, LONG);
  expect(written).toEqual([`${LONG}\n`]);
});

it.each([1, 20, 60, 80])("messages and hints fit a terminal of %i columns", async (columns) => {
  for (const words of [
    ["tree", "/nowhere/with/a/rather-long-name-that-no-terminal-of-twenty-columns-holds"],
    ["check", ".", "--format", "speech"],
    ["qwen", "tree"],
    ["explain", "scale-lost"],
    ["tree", "--help"],
  ]) {
    const { stderr, stdout } = await runMain(words, { columns });
    const widest = Math.max(...`${stdout}${stderr}`.split("\n").map((line) => line.length));
    expect([words, widest > Math.max(20, columns)]).toEqual([words, false]);
  }
});
