import { expect, it } from "vitest";
import { commonWords, lengthenWords, shortenWords } from "../../src/signatures/words.ts";

const texts = ['["2self_attn.q_proj",7]', '["self_attn.k_proj"]', '{"self_attn":["q_proj","of"]}'];

it("takes words that several texts have, the commonest first", () => {
  expect(commonWords(texts, 2)).toEqual(["self_attn", "q_proj"]);
  expect(commonWords(texts, 4)).toEqual([]);
});

it("gives back every text, and is shorter", () => {
  const words = commonWords(texts, 2);
  for (const text of texts) {
    const short = shortenWords(text, words);
    expect(short.length).toBeLessThan(text.length);
    expect(lengthenWords(short, words)).toBe(text);
  }
});

it("leaves words whole that only begin alike", () => {
  expect(shortenWords("self_attn_layer_norm", ["self_attn"])).toBe("self_attn_layer_norm");
});
