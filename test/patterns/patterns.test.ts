import { describe, expect, test } from "vitest";
import { compileGlob, parseGlob } from "../../src/patterns/glob.ts";
import { ABSENT, IntPairs } from "../../src/patterns/int-pairs.ts";
import { Matcher } from "../../src/patterns/matcher.ts";
import { ANY_TEXT, literalSequence, type Sequence } from "../../src/patterns/pieces.ts";
import { parseRegex } from "../../src/patterns/regex.ts";
import { StepBudget } from "../../src/patterns/step-budget.ts";

const unlimited = () => new StepBudget(Number.POSITIVE_INFINITY);

/** Which of the patterns match the text, whole or from its start. */
function matchesOf(
  patterns: readonly (readonly Sequence[] | undefined)[],
  text: string,
  isPrefix = false,
  budget = unlimited(),
): number[] | undefined {
  const matcher = new Matcher(budget);
  for (const [at, sequences] of patterns.entries())
    for (const sequence of sequences ?? []) if (!matcher.add(sequence, at, isPrefix)) return undefined;
  matcher.close();
  const place = matcher.read(text, matcher.start);
  if (place === undefined) return undefined;
  const found = new Set<number>();
  matcher.visitMatches(place, (pattern) => found.add(pattern));
  return [...found].sort((a, b) => a - b);
}

const matchesWhole = (pattern: string, text: string) => matchesOf([parseRegex(pattern)], text)?.length === 1;
const matchesStart = (pattern: string, text: string) =>
  matchesOf([parseRegex(pattern)], text, true)?.length === 1;

describe("regular expressions", () => {
  const TEXTS = [
    "",
    "a",
    "ab",
    "aab",
    "aaa",
    "aaaa",
    "b",
    "abab",
    "layers.12",
    "layers.12.",
    "model.layers.4.mlp",
    "model.layers.6.mlp",
    "x-y_z",
    "a{2}",
    "a]b",
    "{",
  ];
  test.each([
    "a",
    "a*",
    "a+b?",
    "a?b",
    "a{2,3}b?",
    "a{2}",
    "a{,2}",
    "a{2,}",
    "a{}",
    "{",
    "(ab)+",
    "(?:ab|a)b?",
    "a|b",
    "|a",
    "^a$",
    "(^a|b)$",
    "(^|a)b",
    "a^",
    "$a",
    "model\\.layers\\.(0|[3-5])\\..*",
    "[^.]+\\.\\d+$",
    "[]a]+b?",
    "[a\\]]+b",
    "[x-]+.*",
    "\\w+\\W\\w+",
    "(a*)*b",
    "(a|aa)+",
    "(){3}a",
    ".*?\\.\\d+",
  ])("%s as the language's own engine", (pattern) => {
    // `{,2}` and a bracket that opens a class are Python's.
    const own = pattern.replace("{,", "{0,").replace("[]a]", "[\\]a]");
    for (const text of TEXTS) {
      expect([text, matchesWhole(pattern, text)]).toEqual([text, new RegExp(`^(?:${own})$`, "s").test(text)]);
      expect([text, matchesStart(pattern, text)]).toEqual([text, new RegExp(`^(?:${own})`, "s").test(text)]);
    }
  });

  test.each([
    "(?!gate).*",
    "(?<=a)b",
    "(a)\\1",
    "(unclosed",
    "closed)",
    "[open",
    "*a",
    "a**",
    "a{2}{3}",
    "a{3,2}",
    "a{100}",
    "\\bword",
    "a".repeat(10_000),
    "(".repeat(100),
  ])("%s is beyond the subset", (pattern) => {
    expect(parseRegex(pattern)).toBeUndefined();
  });

  test.each([
    "((a{60}){60}){60}",
    "((((){64}){64}){64}){64}",
    "((((|){64}){64}){64}){64}",
    "(((^{64}){64}){64}){64}",
    `${"(".repeat(40)}${"){64}".repeat(40)}`,
  ])("%s is too large to write out, empty or not", (pattern) => {
    const budget = new StepBudget(1_000_000);
    const [sequence] = parseRegex(pattern) ?? [];
    expect(sequence).toBeDefined();
    expect(new Matcher(budget).add(sequence ?? [], 0, false)).toBe(false);
    expect(budget.isSpent).toBe(false);
  });

  test("no text makes them go back: steps grow with its length", () => {
    const steps = (pattern: string, text: string) => {
      const budget = new StepBudget(1_000_000_000);
      matchesOf([parseRegex(pattern)], text, false, budget);
      return 1_000_000_000 - budget.remaining;
    };
    for (const pattern of ["(a+)+$", "(.*)*x", "(a|aa)+b", ".*a.*a.*a.*a.*a.*b"])
      expect(steps(pattern, "a".repeat(20_000))).toBeLessThan(4 * steps(pattern, "a".repeat(10_000)));
  });
});

describe("many patterns at once", () => {
  test("are told apart where they begin alike", () => {
    const patterns = ["model", "modelx", "model.*", "mod|model", ".*x", ".*y"].map((each) =>
      parseRegex(each),
    );
    expect(matchesOf(patterns, "model")).toEqual([0, 2, 3]);
    expect(matchesOf(patterns, "model.x")).toEqual([2, 4]);
    expect(matchesOf(patterns, "model.x", true)).toEqual([0, 2, 3, 4]);
  });

  test("cost a text no more for being many", () => {
    const steps = (count: number) => {
      const budget = new StepBudget(1_000_000_000);
      const matcher = new Matcher(budget);
      for (let k = 0; k < count; k++) matcher.add([ANY_TEXT, ...literalSequence(`.m${k}.`)], k, true);
      matcher.close();
      const before = budget.remaining;
      for (let k = 0; k < 1000; k++) matcher.read(`model.layers.${k % 60}.m${k}.proj`, matcher.start);
      return before - budget.remaining;
    };
    expect(steps(20_000)).toBeLessThan(2 * steps(2000));
  });

  test("stop at the budget", () => {
    const patterns = Array.from({ length: 200 }, (_, k) => parseRegex(`.*a[bc${k}].*`));
    expect(matchesOf(patterns, "abacad".repeat(100), false, new StepBudget(10_000))).toBeUndefined();
  });
});

describe("globs", () => {
  test.each([
    ["model.layers.?.mlp*", "model.layers.1.mlp.gate", true],
    ["*.[!g]ate", "mlp.gate", false],
    ["*.[!h]ate", "mlp.gate", true],
    ["[]a]b", "]b", true],
    ["[a", "[a", true],
    ["[*]", "*", true],
    ["[*]", "a", false],
    ["a.b", "axb", false],
    ["a\\b", "a\\b", true],
    ["*", "a/b.c", true],
    ["**.weight", "model.a.weight", true],
    ["{a,b}", "{a,b}", true],
  ])("%s on %s", (glob, text, matches) => {
    expect(matchesOf([parseGlob(glob, false)], text)?.length === 1).toBe(matches);
  });

  test.each([
    ["*.{q,k,v}_proj.weight", "model.k_proj.weight", true],
    ["*.{q,k,v}_proj.weight", "model.o_proj.weight", false],
    ["{a,b{c,d}}e", "bde", true],
    ["{a,}b", "b", true],
    ["{a}", "{a}", true],
    ["{a,b", "{a,b", true],
    ["a,b}", "a,b}", true],
    ["layers.{0-3}.x", "layers.{0-3}.x", true],
    ["a+(b)|c", "a+(b)|c", true],
    ["^a$", "^a$", true],
    [".hidden*", ".hidden.weight", true],
  ])("with choices, %s on %s", (glob, text, matches) => {
    expect(compileGlob(glob)?.(text)).toBe(matches);
  });

  test("keep no more than a bound of what they have read", () => {
    const matches = compileGlob("*a?????????????b");
    let state = 1;
    for (let k = 0; k < 20_000; k++) {
      state = (state * 1103515245 + 12345) % 2147483648;
      const text = state.toString(2).replaceAll("1", "a").repeat(3);
      expect(matches?.(text)).toBe(false);
    }
    expect(matches?.("xaaaaaaaaaaaaaaab")).toBe(true);
  });
});

test("pairs of numbers keep their values as they grow", () => {
  const pairs = new IntPairs();
  for (let k = 0; k < 5000; k++) pairs.set(k % 70, k * 7, k);
  expect(Array.from({ length: 5000 }, (_, k) => pairs.get(k % 70, k * 7))).toEqual(
    Array.from({ length: 5000 }, (_, k) => k),
  );
  expect(pairs.get(71, 7)).toBe(ABSENT);
});
