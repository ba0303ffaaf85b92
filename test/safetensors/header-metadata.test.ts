import { describe, expect, it } from "vitest";
import { HeaderMetadata } from "../../src/safetensors/header-metadata.ts";

const of = (entries: Readonly<Record<string, string>>) => new HeaderMetadata(Object.entries(entries));

type Question = (metadata: HeaderMetadata) => unknown;

describe("answers of two headers", () => {
  it.each<[string, Question, boolean]>([
    ["nothing was asked", () => 0, true],
    ["an entry that both have", (it) => it.get("format"), true],
    ["an entry that both lack", (it) => it.has("other"), true],
    ["an entry that differs", (it) => it.get("hash"), false],
    ["an entry that one lacks", (it) => it.get("title"), false],
    ["a text that both hold in equal entries", (it) => it.holding("p"), true],
    ["a text in entries that differ", (it) => it.holding("1"), false],
    ["all entries", (it) => [...it], false],
    ["all keys", (it) => [...it.keys()], false],
    ["all values", (it) => [...it.values()], false],
    ["each entry", (it) => it.forEach(() => {}), false],
    ["how many there are", (it) => it.size, false],
  ])("are alike where %s was asked: %#", (_, ask, isAlike) => {
    const asked = of({ format: "pt", hash: "1" });
    ask(asked);
    expect(asked.answersLike(of({ format: "pt", hash: "2", title: "x" }))).toBe(isAlike);
    expect(asked.answersLike(of({ format: "pt", hash: "1" }))).toBe(true);
  });
});
