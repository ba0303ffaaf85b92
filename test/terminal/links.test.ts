import path from "node:path";
import { beforeEach, expect, it } from "vitest";
import { fp8MissingScale } from "../../fixtures/stories/fp8-missing-scale.ts";
import { titleOf } from "../../src/report/render/phrases.ts";
import { renderText } from "../../src/report/render/text.ts";
import { createStyle, hasLinks } from "../../src/terminal/color.ts";
import { runMain } from "../support/fake-io.ts";
import { writeStory } from "../support/story.ts";
import { tempFolder } from "../support/temp-folder.ts";

let root: string;
beforeEach(() => {
  root = tempFolder();
  writeStory("broken", fp8MissingScale, root);
});

it.each([
  ["a terminal that tells its program", { TERM_PROGRAM: "WezTerm" }, true],
  ["one that tells its kind", { TERM: "xterm-kitty" }, true],
  ["GNOME's from 0.50 on", { VTE_VERSION: "7600" }, true],
  ["GNOME's before it", { VTE_VERSION: "4600" }, false],
  ["one that tells nothing", { TERM: "xterm-256color" }, false],
  ["a dumb one", { TERM: "dumb", TERM_PROGRAM: "WezTerm" }, false],
  ["a multiplexer within one", { TERM: "tmux-256color", TERM_PROGRAM: "WezTerm" }, false],
])("links in %s: %j is %s", (_, env, expected) => {
  expect(hasLinks({ env, isTTY: true })).toBe(expected);
  expect(hasLinks({ env, isTTY: false })).toBe(false);
});

const LINK = /\u001b\]8;;([^\u001b]*)\u001b\\/g;
const linksIn = (text: string) => [...text.matchAll(LINK)].map(([, address]) => address).filter(Boolean);

it("rules of check lead to their pages, where colours are on", async () => {
  const words = ["check", path.join(root, "broken")];
  const env = { TERM_PROGRAM: "WezTerm", TERM: "xterm-256color" };
  const { stdout } = await runMain(words, { columns: 80, env });
  expect(linksIn(stdout)).toContainEqual(expect.stringMatching(/^https:.*scale-missing\.md$/));
  // A link is shut on its line.
  for (const line of stdout.split("\n")) expect(line.split("\u001b]8;").length % 2).toBe(1);
  for (const more of [["--no-color"], ["--ascii", "--no-color"]])
    expect((await runMain([...words, ...more], { columns: 80, env })).stdout).not.toContain("\u001b");
  expect((await runMain(words, { env })).stdout).not.toContain("\u001b");
});

it("a repository leads to the hub that was asked, and a name that is none nowhere", async () => {
  const style = await createStyle(1, true);
  const printed = async (kind: "hub" | "local", id: string) => {
    const source = { kind, id, revision: null, commit: null, subfolder: null };
    const counts = { shards: 1, shardsRead: 1, tensors: 1, tensorsIndexed: null, tensorBytes: 8 };
    const report = { source, checkpoint: { ...counts, whole: true }, problems: [] };
    const title = titleOf(report as unknown as Parameters<typeof titleOf>[0]);
    let text = "";
    for await (const line of renderText([title], {
      width: 80,
      style,
      unicode: true,
      hub: "https://hub.example",
    }))
      text += line;
    return linksIn(text);
  };
  expect(await printed("hub", "owner/name")).toEqual(["https://hub.example/owner/name"]);
  expect(await printed("hub", "owner/na me")).toEqual([]);
  expect(await printed("local", "owner/name")).toEqual([]);
});
