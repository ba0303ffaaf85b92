import { evaluateFormula } from "./formula.ts";
import { holdsAll } from "./predicate.ts";
import type { Configuration, Default, Signature, Value } from "./signature.ts";

/** A default may hang on a key that is left out too; deeper than this is a circle. */
const MAX_DEFAULT_DEPTH = 8;

export function readConfiguration(
  signature: Signature,
  config: Readonly<Record<string, unknown>>,
): Configuration {
  const others = new Map<string, string[]>();
  for (const [alias, path] of Object.entries(signature.aliases))
    others.set(path, [...(others.get(path) ?? []), alias]);
  const known = new Map<string, Value | undefined>();
  let depth = 0;
  const configuration: Configuration = {
    get(path) {
      if (known.has(path)) return known.get(path);
      const rule = signature.defaults[path];
      const said = inNewerWords(stated(config, path, others.get(path)), signature.synonyms[path]);
      // A stated null is a value, but where the library computes one from other keys.
      const isLeftOut = said === undefined || (said === null && rule !== undefined && rule[0] !== "=");
      const value = isLeftOut ? fallback(rule) : said;
      if (depth === 0) known.set(path, value);
      return value;
    },
  };
  return configuration;

  function fallback(rule: Default | undefined): Value | undefined {
    if (rule === undefined || depth >= MAX_DEFAULT_DEPTH) return undefined;
    if (rule[0] === "=") return rule[1];
    depth += 1;
    try {
      return rule[0] === "f" ? evaluateFormula(rule[1], configuration, []) : listByPlace(rule, configuration);
    } finally {
      depth -= 1;
    }
  }
}

function inNewerWords(
  value: Value | undefined,
  newer: Readonly<Record<string, string>> | undefined,
): Value | undefined {
  if (newer === undefined) return value;
  const translate = (word: Value): Value =>
    typeof word === "string" && Object.hasOwn(newer, word) ? (newer[word] as string) : word;
  if (Array.isArray(value)) return (value as Value[]).map(translate);
  return value === undefined ? undefined : translate(value);
}

/** What the file itself says; null counts as said. */
function stated(
  config: Readonly<Record<string, unknown>>,
  path: string,
  aliases: readonly string[] = [],
): Value | undefined {
  for (const name of [path, ...aliases]) {
    const value = at(config, name);
    if (value !== undefined) return value;
  }
  // Label maps are often left out beside their length.
  if (path.endsWith("id2label")) {
    const count = at(config, path.replace(/id2label$/, "num_labels"));
    if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0 && count <= 1e6)
      return new Array<Value>(count).fill("");
  }
  return undefined;
}

function at(config: unknown, path: string): Value | undefined {
  let value = config;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value as Value | undefined;
}

function listByPlace(
  rule: Default & readonly ["l", ...unknown[]],
  configuration: Configuration,
): Value | undefined {
  const [, countFormula, choices] = rule;
  const count = evaluateFormula(countFormula, configuration, []);
  if (count === undefined || count < 0 || count > 1e5) return undefined;
  const out: Value[] = [];
  for (let index = 0; index < count; index += 1) {
    const choice = choices.find(([all]) => holdsAll(all, configuration, [index], [count]) === true);
    if (choice === undefined) return undefined;
    out.push(choice[1]);
  }
  return out;
}
