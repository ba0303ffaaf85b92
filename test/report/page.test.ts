import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fp8MissingScale } from "../../fixtures/stories/fp8-missing-scale.ts";
import { hostileNames } from "../../fixtures/stories/hostile-names.ts";
import { hybridLayers } from "../../fixtures/stories/hybrid-layers.ts";
import { compilePageGlob } from "../../src/page/glob.ts";
import { membersOf, sizeOf } from "../../src/page/ranges.ts";
import { hitAt, parseQuery, QueryError, searchTensors } from "../../src/page/search.ts";
import { patternOf, Tensors } from "../../src/page/tensors.ts";
import { compileGlob } from "../../src/patterns/glob.ts";
import { rulePage } from "../../src/report/render/html/rule-page.ts";
import { tensorData } from "../../src/report/render/html/tensors-section.ts";
import { writeElements } from "../../src/report/render/html/write-elements.ts";
import { runMain } from "../support/fake-io.ts";
import { writeStory } from "../support/story.ts";

const parent = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-page-"));
afterAll(() => fs.rmSync(parent, { recursive: true, force: true }));

const MINIMAX = "fixtures/minimax-m2.unfold.json.gz";
const hybrid = writeStory("hybrid", hybridLayers, parent);
const broken = writeStory("broken", fp8MissingScale, parent);
const hostile = writeStory("hostile", hostileNames, parent);

describe("what is written as a page", () => {
  it.each([
    [["report", hybrid]],
    [["report", broken]],
    [["report", hostile]],
    [["report", MINIMAX]],
    [["overview", hybrid, "--format", "html"]],
    [["tree", hybrid, "--format", "html"]],
    [["precision", broken, "--format", "html"]],
    [["params", hybrid, "--format", "html"]],
    [["arch", hybrid, "--format", "html"]],
    [["check", broken, "--format", "html"]],
    [["check", hostile, "--format", "html"]],
    [["check", "--list-rules", "--format", "html"]],
    [["diff", hybrid, broken, "--format", "html"]],
    [["diff", hybrid, hybrid, "--format", "html"]],
  ])("%s: one document, whose policy lets its own script and style through and no other", async (args) => {
    const { stdout, code } = await runMain(args);
    expect(code).toBe(args[0] === "check" && args[1] !== "--list-rules" && args[1] === broken ? 1 : 0);
    expect(stdout.startsWith("<!doctype html>\n")).toBe(true);
    expect(stdout.endsWith("</html>\n")).toBe(true);
    const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(stdout) ?? [];
    const hash = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
    const [, style = ""] = /<style>([\s\S]*?)<\/style>/.exec(stdout) ?? [];
    const [, script = ""] = /<script>([\s\S]*?)<\/script>/.exec(stdout) ?? [];
    expect(policy).toContain(`script-src &apos;${hash(script)}&apos;`);
    expect(policy).toContain(`style-src &apos;${hash(style)}&apos;`);
    expect(stdout.match(/<script/g)).toHaveLength(2);
    expect(stdout.match(/<h1>/g)).toHaveLength(1);
    expect(stdout.replace(script, "")).not.toMatch(
      /<[a-z][^<>]*\s(?:on\w+|style|src)=|<(?:img|iframe|link|object)|href="(?!#|https:\/\/github)/i,
    );
    expect((await runMain(args)).stdout === stdout).toBe(true);
  });

  it("is chosen by the name of the output", async () => {
    const file = path.join(parent, "out.html");
    expect((await runMain(["report", hybrid, "-o", file])).code).toBe(0);
    expect(fs.readFileSync(file, "utf8")).toContain("<!doctype html>");
    expect((await runMain(["report", hybrid, "-o", path.join(hybrid, "model.safetensors")])).code).toBe(2);
  });

  it("is not poured out on a terminal", async () => {
    const { code, stdout, stderr } = await runMain(["report", hybrid], { columns: 100 });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("-o report.html");
    expect((await runMain(["report", hybrid, "--json"], { columns: 100 })).code).toBe(0);
  });

  it("keeps to what a page may weigh", async () => {
    const { stdout } = await runMain(["report", MINIMAX]);
    expect(stdout.length).toBeLessThan(120_000);
    const code = /<style>([\s\S]*?)<\/style>/.exec(stdout)?.[1] ?? "";
    const script = /<script>([\s\S]*?)<\/script>/.exec(stdout)?.[1] ?? "";
    expect(code.length + script.length).toBeLessThan(60_000);
  });
});

/** Names that matter to patterns: alike, nested, odd. */
const TEXTS = [
  "model.layers.0.mlp.up_proj.weight",
  "model.layers.10.mlp.up_proj.weight",
  "model.layers.3.self_attn.q_proj.weight_scale_inv",
  "a",
  "",
  "a{b,c}d",
  "[x]",
  "line\nbreak",
  "x^y]z",
  "*.?",
];

describe("globs of the page", () => {
  it.each([
    "*",
    "",
    "a",
    "*.weight",
    "model.*.up_proj.*",
    "*layers.?.*",
    "*.layers.[0-3].*",
    "*.layers.[!0-3]*.*",
    "*.{q,up}_proj.*",
    "*.{q_proj.weight,up_proj.weight}{,_scale_inv}",
    "a{b,c}d",
    "a{b}d",
    "[x]",
    "[[]x]",
    "*[]z]*",
    "*[^x]*",
    "*{a,{b,c}}*",
    "{a,*}",
    "{",
    "}",
    "a,b",
    "*\n*",
    "**a**",
  ])("%j answers as `ls --filter` does", (glob) => {
    const own = compilePageGlob(glob);
    const other = compileGlob(glob);
    expect(own === undefined).toBe(other === undefined);
    for (const text of TEXTS) expect(own?.(text), JSON.stringify(text)).toBe(other?.(text));
  });
});

describe("tensors of the page", () => {
  const tensors = new Tensors({
    shards: ["1", "2"],
    shardEnds: ["model-", ".safetensors"],
    left: 0,
    spreads: [
      [0, 5, 1, 1],
      [1, 1],
    ],
    rows: [
      {
        parts: ["x.", "0-1", ".w", "2,4-5", ""],
        count: 6,
        dtype: "BF16",
        shape: [2, 3],
        bytesEach: 12,
        spread: 0,
      },
      { parts: ["__proto__"], count: 1, dtype: "F32", shape: [], bytesEach: 4, spread: 1 },
    ],
  });
  const find = (text: string) => {
    const search = searchTensors(tensors, parseQuery(text));
    for (;;) {
      const { value, done } = search.next();
      if (done === true) return value;
    }
  };

  it.each([
    [["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]],
    [["a/b.safetensors"]],
    [["aa", "a", "aaa"]],
    [["x", "y", ""]],
    [["\u{1f600}.a", "\u{1f601}.a"]],
  ])("lie in the shards that they came from: %j", (shards) => {
    const rows = shards.map((_, at) => ({
      parts: [`w${at}`],
      count: 1,
      dtype: "F32",
      shape: [],
      bytesEach: 4,
      shards: [[at, 1]] as const,
    }));
    const made = new Tensors(tensorData({ shards, rows }));
    expect(rows.map((_, at) => made.tensor(at, 0).shard)).toEqual(shards);
  });

  it("have the names that they were folded from, the last number fastest", () => {
    const names = Array.from({ length: 6 }, (_, index) => tensors.tensor(0, index));
    expect(names.map(({ name }) => name)).toEqual([
      "x.0.w2",
      "x.0.w4",
      "x.0.w5",
      "x.1.w2",
      "x.1.w4",
      "x.1.w5",
    ]);
    expect(names.map(({ shard }) => shard)).toEqual([
      ...Array.from({ length: 5 }, () => "model-1.safetensors"),
      "model-2.safetensors",
    ]);
    expect(patternOf(tensors.fold(0))).toBe("x.{0-1}.w{2,4-5}");
  });

  it.each([
    ["", 7],
    ["w4", 2],
    ["x.*", 6],
    ["dtype=f32", 1],
    ["bytes>=12", 6],
    ["shape=[*,3] *.1.*", 3],
    ["name~*proto*", 1],
    ["shard=model-2.safetensors", 2],
    ["rank=0 dtype=BF16", 0],
  ])("%j finds %i", (text, count) => {
    const hits = find(text);
    expect(hits.count).toBe(count);
    const listed = Array.from({ length: count }, (_, at) => hitAt(hits, at));
    expect(new Set(listed.map((hit) => `${hit?.fold} ${hit?.index}`)).size).toBe(count);
    expect(hitAt(hits, count)).toBeNull();
  });

  it.each(["dtype=F99", "bytes>many", "[z-a]", "shape=x", "x".repeat(2000)])(
    "%j is told to be no query",
    (text) => {
      expect(() => parseQuery(text)).toThrow(QueryError);
    },
  );
});

it("sets of numbers are read as they are written", () => {
  expect(membersOf("0-2,5")).toEqual([0, 1, 2, 5]);
  expect(membersOf("")).toEqual([]);
  expect(sizeOf("0-2,5")).toBe(4);
});

it("pages of rules become elements, and their text stays text", () => {
  const html = writeElements(
    rulePage(
      "# id\n\n## What\n\nA `<b>` and **bold** [word](https://x).\n\n- one\n- two\n\n```text\na\n\nb\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    ),
  );
  expect(html).toBe(
    '<h4>What</h4><p>A <code>&lt;b&gt;</code> and <b>bold</b> word.</p><ul><li>one</li><li>two</li></ul><pre tabindex="0"><code>a<br><br>b</code></pre><table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>',
  );
});
