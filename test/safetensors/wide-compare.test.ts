import { describe, expect, it } from "vitest";
import { matchesWide, sharedPrefix, viewOf, WidePattern } from "../../src/safetensors/wide-compare.ts";
import { Prng } from "../support/prng.ts";

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

describe("matchesWide", () => {
  it("agrees with a comparison byte by byte, at every length, place and difference", () => {
    const text = '":{"dtype":"BF16","shape":';
    for (let length = 0; length <= text.length; length++) {
      const pattern = new WidePattern(text.slice(0, length));
      for (let at = 0; at < 9; at++) {
        const bytes = bytesOf("x".repeat(at) + text.slice(0, length));
        expect(matchesWide(viewOf(bytes), at, pattern)).toBe(true);
        for (let wrong = at; wrong < bytes.length; wrong++) {
          const changed = bytes.slice();
          changed[wrong] = (changed[wrong] as number) ^ 0x80;
          expect(matchesWide(viewOf(changed), at, pattern)).toBe(false);
        }
      }
    }
  });
});

describe("sharedPrefix", () => {
  it("agrees with a loop over bytes", () => {
    const random = new Prng(5);
    for (let run = 0; run < 2000; run++) {
      const known = Array.from({ length: random.below(30) }, () => random.pick(["a", "b", ".", "\u007f"]));
      const other = known.map((char) => (random.chance(0.05) ? random.pick(["\u0000", "ÿ", "c"]) : char));
      const text = `${known.join("")}|${other.join("")}`;
      const bytes = bytesOf(text);
      const at = known.length + 1;
      let expected = 0;
      while (expected < known.length && known[expected] === other[expected]) expected++;
      expect(sharedPrefix(viewOf(bytes), at, 0, known.length), text).toBe(expected);
    }
  });

  it("does not read beyond the view", () => {
    const bytes = bytesOf("abcdefghijkl|abcdef");
    expect(sharedPrefix(viewOf(bytes), 13, 0, 12)).toBe(6);
    expect(sharedPrefix(viewOf(bytes), 19, 0, 12)).toBe(0);
  });
});
