import { describe, expect, it } from "vitest";
import { findInvalidUtf8 } from "../../src/safetensors/utf8.ts";
import { Prng } from "../support/prng.ts";

describe("findInvalidUtf8", () => {
  it.each([
    ["plain text", [0x61, 0x62], 2],
    ["two, three and four bytes", [0xc3, 0xa9, 0xe6, 0xa8, 0xa1, 0xf0, 0x9f, 0xa7, 0xa0], 9],
    ["a byte order mark", [0xef, 0xbb, 0xbf], 3],
    ["a stray continuation", [0x61, 0x80], 1],
    ["an overlong slash", [0xc0, 0xaf], 0],
    ["an overlong of three bytes", [0xe0, 0x9f, 0xbf], 0],
    ["an overlong of four bytes", [0xf0, 0x8f, 0xbf, 0xbf], 0],
    ["an encoded surrogate", [0x61, 0xed, 0xa0, 0x80], 1],
    ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80], 0],
    ["the last character there is", [0xf4, 0x8f, 0xbf, 0xbf], 4],
    ["a sequence cut short", [0x61, 0xe6, 0xa8], 1],
    ["a byte that never occurs", [0xff], 0],
  ])("%s", (_, bytes, at) => {
    expect(findInvalidUtf8(Uint8Array.from(bytes))).toBe(at);
  });

  it("agrees with the decoder about what is valid", () => {
    const random = new Prng(3);
    const pieces = [0x41, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5];
    for (let run = 0; run < 5000; run++) {
      const bytes = Uint8Array.from({ length: random.below(7) }, () => random.pick(pieces));
      let isValid = true;
      try {
        new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      } catch {
        isValid = false;
      }
      expect(findInvalidUtf8(bytes) === bytes.length, Buffer.from(bytes).toString("hex")).toBe(isValid);
    }
  });
});
