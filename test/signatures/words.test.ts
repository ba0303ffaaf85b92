import { expect, it } from "vitest";
import { commonWords, lengthenLiterals, lengthenStrings, shortenWords } from "../../src/signatures/words.ts";

const texts = ['["2self_attn.q_proj",7]', '["self_attn.k_proj"]', '{"self_attn":["q_proj","of"]}'];

it("takes words that several texts have, the commonest first", () => {
  expect(commonWords(texts, 2)).toEqual(["self_attn", "q_proj"]);
  expect(commonWords(texts, 4)).toEqual([]);
});

/** A text as it is kept and read again. */
const read = (short: string, words: readonly string[]): unknown =>
  lengthenStrings(JSON.parse(lengthenLiterals(Buffer.from(short), words)), words);

it("gives back every text, and is shorter", () => {
  const words = commonWords(texts, 2);
  for (const text of texts) {
    const short = shortenWords(text, words);
    expect(short.length).toBeLessThan(text.length);
    expect(read(short, words)).toEqual(JSON.parse(text));
  }
});

it("gives back literals, and words of every length of character", () => {
  // As many words as take characters of two and of three bytes.
  const words = ["true", "null", "false", ...Array.from({ length: 4000 }, (_, at) => `word${at}`)];
  const value = { word7: [true, false, null, "true", "word0.word3999"], other: "word1800" };
  const short = shortenWords(JSON.stringify(value), words);
  expect(short).not.toContain("true");
  expect(read(short, words)).toEqual(value);
});

it("leaves words whole that only begin alike", () => {
  expect(shortenWords("self_attn_layer_norm", ["self_attn"])).toBe("self_attn_layer_norm");
});
