import fs from "node:fs";
import path from "node:path";
import { SCHEMES } from "../../../src/quantization/registry.ts";
import { RECIPES } from "../quantized-modules.ts";

/** Words that mean something to the product, so that random names and configurations reach its rules. */
export interface Words {
  /** Names of modules, tensors, classes, methods. */
  readonly names: readonly string[];
  /** Keys that files of configuration are asked for. */
  readonly keys: readonly string[];
  /** What stands behind a module: the tensors of every scheme. */
  readonly suffixes: readonly string[];
}

/** A larger source is data or compiled: its texts are no words. */
const MAX_SOURCE_CHARACTERS = 100_000;

/**
 * The product knows no name and no key that is not written in its source: words are read from there, so that a new table is
 * fuzzed on the day it comes. `sources` is the folder `src`.
 */
export function readWords(sources: string): Words {
  const names = new Set<string>();
  const keys = new Set<string>();
  const files = fs
    .readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .sort();
  for (const file of files) {
    const text = fs.readFileSync(path.join(sources, file), "utf8");
    if (text.length > MAX_SOURCE_CHARACTERS) continue;
    const words = wordsOf(text);
    for (const word of words) names.add(word);
    if (/\bmember\(|[cC]laim|declar/.test(text)) for (const word of words) keys.add(word);
  }
  return { names: [...names].sort(), keys: [...keys].sort(), suffixes: suffixesOfSchemes() };
}

/** Words with an underscore, which no identifier of ours has, and quoted texts that are words. */
function wordsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*(?:\/\/|import ).*$/gm, "");
  const snake = code.match(/\b_?[a-z][a-z0-9]*(?:_[A-Za-z0-9]+)+\b/g) ?? [];
  const quoted = [...code.matchAll(/"([^"\\\n]{1,2000})"/g)].flatMap(([, inside = ""]) => inside.split(" "));
  return [...snake, ...quoted.filter((word) => /^[A-Za-z_][\w.-]{0,40}$/.test(word))];
}

function suffixesOfSchemes(): string[] {
  const written = SCHEMES.flatMap(({ tensors, payload }) => [
    ...payload.suffixes,
    ...tensors.flatMap(({ suffix }) => suffix.split(/,| or /).map((each) => each.trim())),
  ]);
  const sizes = {
    out: 256,
    in: 256,
    experts: 1,
    group: 128,
    bits: 4,
    scaleDtype: "F32" as const,
    bias: true,
  };
  const made = Object.values(RECIPES).flatMap((recipe) => Object.keys(recipe(sizes)));
  return [...new Set([...written, ...made])].filter((suffix) => /^[\w.]+$/.test(suffix)).sort();
}

/** Texts that have hurt programs before: in names, in values, as files. */
export const HOSTILE_TEXTS = [
  "",
  " ",
  ".",
  "..",
  "...",
  "0",
  "00",
  "-1",
  "007",
  "4294967296",
  "9007199254740993",
  "1e308",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "then",
  "length",
  "null",
  "undefined",
  "\u0000",
  "\u0007\b\r",
  "\t",
  "\n::error::x",
  "::warning::x",
  "##[error]x",
  "##vso[task.setvariable]x",
  "##teamcity[x]",
  "\u001b[2J\u001b]0;x\u0007",
  "\u001b]52;c;eA==\u0007",
  "\u009b31m",
  "\u202e\u2066x",
  "\u200b\ufeff\u2028\u2029",
  "e\u0301".repeat(20),
  "👩‍👩‍👧‍👦",
  "模型层",
  "\ufffe\uffff",
  "<script>alert(1)</script>",
  "]]>&<!--",
  "`|**_[x](y)",
  "=1+1",
  "@here",
  "https://u:p@h/?X-Amz-Signature=s",
  "hf_abcdefghijklmnop",
  "re:(a+)+$",
  "re:(){64}{64}{64}",
  "re:.*self_attn.*",
  "{0-9}",
  "{a,b}",
  "**",
  "*a*a*a*a*a*b",
  "layers.{0-61}.x",
  "../../etc/passwd",
  "/etc/passwd",
  "C:\\x",
  "a".repeat(300),
  "x.".repeat(200),
] as const;

/** Numbers at the edges of what is counted, and beyond. */
export const HOSTILE_NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  5,
  7,
  8,
  16,
  31,
  32,
  33,
  64,
  128,
  256,
  1024,
  -1,
  -5,
  -0.5,
  0.5,
  1.5,
  1e-320,
  1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 63,
  -(2 ** 53),
] as const;
