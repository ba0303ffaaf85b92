import { describe, expect, it } from "vitest";
import { cutWidth, displayWidth, fitWidth } from "../../src/format/display-width.ts";
import { wrapSpans } from "../../src/report/render/wrap.ts";

const FAMILY = "👨‍👩‍👧‍👦";

describe("texts are cut to what is shown before they are measured", () => {
  it.each([
    ["ASCII", "model.layers.0.weight", 10, "…0.weight"],
    ["wide characters", "模型注意力查询投影权重", 10, "模型…权重"],
    ["marks stay with their letter", "e\u0301a\u0301i\u0301o\u0301u\u0301", 4, "e\u0301a\u0301…u\u0301"],
    ["families stay whole", FAMILY.repeat(9), 7, `${FAMILY}…${FAMILY}`],
    ["a half of a pair is none", `a${"😀".repeat(9)}`, 4, "a…😀".slice(0, 2)],
    ["no room", "abc", 1, "…"],
    ["none at all", "abc", 0, ""],
  ])("%s", (_, text, width, fitted) => {
    expect(fitWidth(text, width)).toBe(fitted);
    expect(displayWidth(fitted)).toBeLessThanOrEqual(width);
  });

  it("with another mark", () => {
    expect(fitWidth("model-layers-0-weight", 11, "...")).toBe("mode...ight");
  });

  it.each([
    ["model.layers.0.self_attn.q_proj", 25, "model.…0.self_attn.q_proj"],
    ["model.layers.0.self_attn.q_proj", 29, "…layers.0.self_attn.q_proj"],
    ["model.layers.{0-2}.post_attention_layernorm", 30, "…post_attention_layernorm"],
    ["model.layers.0.self_attn.q_proj", 17, "…self_attn.q_proj"],
    ["model.layers.0.self_attn.q_proj", 12, "model.…q_proj".slice(6)],
    ["a.post_attention_layernorm", 12, "a.post…rnorm"],
    ["lora_te1_layers_{0-11}_self_attn_k_proj.alpha", 24, "…_self_attn_k_proj.alpha"],
    ["lora_te1_layers_{0-11}_self_attn_k_proj.alpha", 9, "…alpha"],
    ["what it says. And more of it", 12, "what i…of it"],
  ])("a name is shortened at its dots, from its beginning on: %s in %i", (name, width, fitted) => {
    expect(fitWidth(name, width)).toBe(fitted);
  });

  it.each([
    ["twenty thousand marks", `a${"\u0301".repeat(20_000)}`],
    ["ten thousand marked letters", "a\u0301".repeat(10_000)],
    ["two thousand families", FAMILY.repeat(2000)],
    ["wide characters without end", "漢".repeat(100_000)],
  ])("%s come down to a few characters", (_, text) => {
    for (const width of [3, 40, 100]) {
      const fitted = fitWidth(text, width);
      expect(displayWidth(fitted)).toBeLessThanOrEqual(width);
      expect(fitted.length).toBeLessThanOrEqual(8 * width + 1);
      expect(cutWidth(text, width).length).toBeLessThanOrEqual(8 * width);
    }
    // What is beyond the measured part counts by its length.
    expect(displayWidth(text)).toBeGreaterThan(1000);
  });
});

describe("lines are broken so that nothing is lost", () => {
  const lines = (text: string, width: number) =>
    wrapSpans([{ text, meaning: "plain" }], width, "  ").map((line) =>
      line.map((span) => span.text).join(""),
    );

  it.each([
    ["at blanks", "one two three", 8, ["one two", "  three"]],
    [
      "at the joints of a name",
      "model.layers.0.self_attn.q_proj",
      16,
      ["model.layers.0.", "  self_attn.", "  q_proj"],
    ],
    ["where there is no joint, at the width", "x".repeat(12), 5, ["xxxxx", "  xxx", "  xxx", "  x"]],
    ["not before a unit", "it takes 12 GB", 13, ["it takes", "  12 GB"]],
    ["not inside a shape", "a [1, 2] b", 8, ["a [1, 2]", "  b"]],
    ["of wide characters", "漢字漢字", 5, ["漢字", "  漢", "  字"]],
    ["with blanks at its start", "    one two", 8, ["    one", "  two"]],
    ["two blanks", "one  two", 5, ["one", "  two"]],
  ])("%s", (_, text, width, expected) => {
    expect(lines(text, width)).toEqual(expected);
  });

  it("each piece in its own meaning", () => {
    const spans = [
      { text: "good ", meaning: "good" },
      { text: "and bad", meaning: "error" },
    ] as const;
    expect(wrapSpans(spans, 8, "")).toEqual([
      [
        { text: "good ", meaning: "good" },
        { text: "and", meaning: "error" },
      ],
      [{ text: "bad", meaning: "error" }],
    ]);
  });
});
