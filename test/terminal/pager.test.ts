import fs from "node:fs";
import path from "node:path";
import { beforeEach, expect, it } from "vitest";
import { pageThrough } from "../../src/terminal/pager.ts";
import { runMain } from "../support/fake-io.ts";
import { writeSmallCheckpoint } from "../support/small-checkpoint.ts";
import { tempFolder } from "../support/temp-folder.ts";

let root: string;
beforeEach(() => {
  root = tempFolder();
});

it("hands a pager all that there is, and listens to Ctrl-C again behind it", async () => {
  const file = path.join(root, "seen");
  const before = process.listeners("SIGINT");
  await pageThrough(`cat > '${file}'`, ["one\n", "two\n"]);
  expect(fs.readFileSync(file, "utf8")).toBe("one\ntwo\n");
  expect(process.listeners("SIGINT")).toEqual(before);
});

it("ends with a pager that the user leaves before the end", async () => {
  const chunks = Array.from({ length: 5000 }, (_, k) => `${k} ${"x".repeat(200)}\n`);
  const file = path.join(root, "seen");
  await pageThrough(`head -n 1 > '${file}'`, chunks);
  expect(fs.readFileSync(file, "utf8")).toBe(chunks[0]);
});

it("says which pager cannot be started, and what to do", async () => {
  await expect(pageThrough("exit 127", ["x"])).rejects.toMatchObject({
    code: "OUTPUT_FAILED",
    hint: "Name another in PAGER, or leave out --pager.",
  });
});

it("is used on a terminal alone, where it is asked for, and PAGER names it", async () => {
  writeSmallCheckpoint(root);
  const paged: string[] = [];
  const world = {
    columns: 80,
    env: { PAGER: "more -x" },
    page: async (pager: string, chunks: Iterable<string> | AsyncIterable<string>) => {
      paged.push(pager);
      for await (const chunk of chunks) paged.push(chunk);
    },
  };
  const plain = await runMain(["tree", root], world);
  expect([plain.code, paged]).toEqual([0, []]);
  expect((await runMain(["tree", root, "--pager"], world)).stdout).toBe("");
  expect([paged[0], paged.slice(1).join("")]).toEqual(["more -x", plain.stdout]);
  // Without a terminal nothing pages.
  expect((await runMain(["tree", root, "--pager"])).stdout).not.toBe("");
});
