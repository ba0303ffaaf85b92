import { describe, expect, it } from "vitest";
import {
  breakCommands,
  escapeForCsv,
  escapeForMarkdown,
  escapeForMarkdownCode,
  escapeForTerminal,
  escapeJsonText,
  MAX_QUOTED_CHARACTERS,
  quoteForMessage,
  shortenMiddle,
} from "../../src/format/escape.ts";

/** One of each kind of character that does something to a terminal. */
const CONTROLS =
  "\u0000\u0007\b\t\n\r\u001b\u007f\u0080\u009b\u009f\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff";
const RAW = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

describe("escapeForTerminal", () => {
  it.each([
    ["a plain name", "model.layers.0.mlp", "model.layers.0.mlp"],
    ["scripts and emoji", "模型.вес.🧠", "模型.вес.🧠"],
    ["emoji joined by ZWJ", "👩‍💻", "👩‍💻"],
    ["a colour sequence", "\u001b[31mred", "\\x1b[31mred"],
    ["a title sequence", "\u001b]0;pwned\u0007", "\\x1b]0;pwned\\x07"],
    ["an eight-bit CSI", "\u009b2J", "\\u009b2J"],
    ["a bidi override", "a\u202eb", "a\\u202eb"],
    ["a line break", "a\nb", "a\\x0ab"],
    ["a lone high surrogate", "a\ud800b", "a\\ud800b"],
    ["a lone low surrogate", "\udc00", "\\udc00"],
    ["a GitHub command", "##[error]x", "#\\x23[error]x"],
    ["an Azure command in capitals", "##VSO[task]", "#\\x23VSO[task]"],
    ["a TeamCity command inside", "a ##teamcity[x]", "a #\\x23teamcity[x]"],
    ["a workflow command that starts a line", "::error::x", "\\x3a:error::x"],
    ["one behind blanks", "  ::stop-commands::x", "  \\x3a:stop-commands::x"],
    ["colons inside", "std::vector", "std::vector"],
    ["two number signs of no command", "## title", "## title"],
  ])("shows %s", (_, text, shown) => {
    expect(escapeForTerminal(text)).toBe(shown);
  });

  it("leaves no control raw and tells all apart", () => {
    const shown = [...CONTROLS].map(escapeForTerminal);
    expect(shown.join("")).not.toMatch(RAW);
    expect(new Set(shown).size).toBe([...CONTROLS].length);
  });
});

describe("breakCommands", () => {
  it("breaks a command that harmless pieces make together", () => {
    expect(breakCommands(["##", "[error]x"].map(escapeForTerminal).join(""))).toBe("#\\x23[error]x");
    expect(breakCommands([":", ":error::x"].map(escapeForTerminal).join(""))).toBe("\\x3a:error::x");
  });

  it("sees through our own colours", () => {
    expect(breakCommands("\u001b[2m  \u001b[22m::error::x")).toBe("\u001b[2m  \u001b[22m\\x3a:error::x");
    expect(breakCommands("##\u001b[1m[error]")).toBe("#\\x23\u001b[1m[error]");
  });

  it("leaves a line that is none, and one that it broke", () => {
    for (const line of ["a ::b", "## [a]", "\\x3a:error::x", "#\\x23[error]"])
      expect(breakCommands(line)).toBe(line);
  });
});

describe("shortenMiddle", () => {
  it.each([
    ["abcdefgh", 8, "abcdefgh"],
    ["abcdefgh", 7, "abc…fgh"],
    ["abcdefgh", 5, "ab…gh"],
    ["abcdefgh", 4, "ab…h"],
    ["abcdefgh", 1, "…"],
  ])("%s to %i", (text, characters, shown) => {
    expect(shortenMiddle(text, characters)).toBe(shown);
  });

  it("keeps pairs of surrogates whole on both sides of the cut", () => {
    const text = "🧠".repeat(10);
    for (let characters = 1; characters <= 20; characters++) {
      const shown = shortenMiddle(text, characters);
      expect(shown.length).toBeLessThanOrEqual(characters);
      expect(shown).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
    }
  });
});

describe("quoteForMessage", () => {
  it("keeps the true end of a long name", () => {
    const shown = quoteForMessage(`model.${"x".repeat(5000)}.weight`);
    expect(shown).toMatch(/^"model\.x+…x+\.weight"$/);
    expect(shown.length).toBe(MAX_QUOTED_CHARACTERS + 2);
  });

  it("leaves what it quotes to the sink", () => {
    expect(quoteForMessage("a\u001bb")).toBe('"a\u001bb"');
  });
});

describe("escapeJsonText", () => {
  it("gives a document of the same meaning without anything a terminal obeys", () => {
    const value = { [CONTROLS]: `${CONTROLS}🧠é` };
    const json = escapeJsonText(JSON.stringify(value));
    expect(json).not.toMatch(RAW);
    expect(JSON.parse(json)).toEqual(value);
  });

  it.each([
    ["an error", "##[error]x", "#\\u0023[error]x"],
    ["Azure's", "a ##VSO[task]", "a #\\u0023VSO[task]"],
    ["TeamCity's", "##teamcity[x]", "#\\u0023teamcity[x]"],
    ["one more sign", "###[x]", "##\\u0023[x]"],
    ["one that begins the string", "::error::x", "\\u003a:error::x"],
    ["one behind blanks", "  ::error::x", "  \\u003a:error::x"],
    ["one that begins a line", "a\r\n::error::x", "a\\r\\n\\u003a:error::x"],
    ["none", "std::vector ## a", "std::vector ## a"],
  ])("breaks commands of CI runners: %s", (_, text, written) => {
    for (const value of [{ [text]: text }, [text]]) {
      const json = escapeJsonText(JSON.stringify(value));
      expect(json).toContain(`"${written}"`);
      expect(JSON.parse(json)).toEqual(value);
    }
  });
});

describe("escapeForMarkdownCode", () => {
  it.each([
    ["a plain name", "a.weight", "`a.weight`"],
    ["a backtick", "a`b", "``a`b``"],
    ["a run of backticks", "a``b`c", "```a``b`c```"],
    ["a backtick at the edge", "`a", "`` `a ``"],
    ["blanks at the edges", " a ", "`  a  `"],
    ["a table separator", "a|b", "`a\\|b`"],
    ["nothing", "", "`  `"],
    ["a line break", "a\nb", "`a\\x0ab`"],
  ])("spans %s", (_, text, span) => {
    expect(escapeForMarkdownCode(text)).toBe(span);
  });

  it("takes a name of half a million runs of backticks", () => {
    expect(escapeForMarkdownCode("`a".repeat(500_000)).startsWith("`` `a`a")).toBe(true);
  });
});

describe("escapeForMarkdown", () => {
  it.each([
    ["emphasis", "*a* _b_", "\\*a\\* \\_b\\_"],
    ["a link", "[a](b)", "\\[a\\](b)"],
    ["HTML", "<img src=x>&amp;", "&lt;img src=x&gt;&amp;amp;"],
    ["a table separator", "a|b", "a\\|b"],
    ["a backslash", "a\\b", "a\\\\b"],
    ["an address", "https://a.b", "https&#8203;://a.b"],
    ["a bare address", "WWW.a.b", "WWW&#8203;.a.b"],
    ["mail and mentions", "me@a.b @team", "me&#64;a.b &#64;team"],
    ["a heading", "# a", "\\# a"],
    ["a control", "\u001b[0m", "\\\\x1b\\[0m"],
  ])("writes %s as text", (_, text, shown) => {
    expect(escapeForMarkdown(text)).toBe(shown);
  });
});

describe("escapeForCsv", () => {
  it.each([
    ["a plain name", "a.weight", "a.weight"],
    ["a comma", "a,b", '"a,b"'],
    ["a quote", 'a"b', '"a""b"'],
    ["a blank", "a b", '"a b"'],
    ["an equals sign first", "=1+1", '"\'=1+1"'],
    ["a plus first", "+1", '"\'+1"'],
    ["a minus first", "-1", '"\'-1"'],
    ["an at sign first", "@SUM(A1)", '"\'@SUM(A1)"'],
    ["a tab first", "\t=1", '"\'\\x09=1"'],
    ["a formula behind a quote", 'a"=1', '"a""\'=1"'],
    ["a formula behind a semicolon", "a;=1", "a;'=1"],
    ["a formula behind a comma", "a,=1", '"a,\'=1"'],
    ["a formula behind a line break", "a\n=1", "a\\x0a'=1"],
    ["an equals sign inside", "a=1", "a=1"],
    ["a workflow command", "::error::x", "\\x3a:error::x"],
    ["a line break", "a\nb", "a\\x0ab"],
  ])("makes a cell of %s", (_, text, cell) => {
    expect(escapeForCsv(text)).toBe(cell);
  });
});
