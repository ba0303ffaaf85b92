import { CONFIG_FILES } from "../../../src/sources/config-files.ts";
import type { Draft } from "../draft.ts";
import type { Prng } from "../prng.ts";
import { HOSTILE_NUMBERS, HOSTILE_TEXTS, type Words } from "./words.ts";

type Json = Record<string, unknown>;

/** Bends the configurations of a draft: keys that the product asks for get values that nobody expects. */
export function bendConfigs(random: Prng, draft: Draft, words: Words): void {
  if (random.chance(0.25)) return;
  const file = random.chance(0.7) ? "config.json" : random.pick(CONFIG_FILES);
  const config = (draft.configs.get(file) ?? {}) as Json;
  draft.configs.set(file, config);
  for (let k = random.pick([1, 2, 4, 12]); k > 0; k--) bendObject(random, config, words, draft);
  if (random.chance(0.3)) config.quantization_config = randomValue(random, words, draft, 0, true);
  // A configuration that is no object at all.
  if (random.chance(0.03)) draft.configs.set(file, randomValue(random, words, draft, 1) as Json);
}

function bendObject(random: Prng, object: Json, words: Words, draft: Draft): void {
  const keys = Object.keys(object);
  if (keys.length > 0 && random.chance(0.5)) {
    const key = random.pick(keys);
    const value = object[key];
    if (isObject(value) && random.chance(0.7)) return bendObject(random, value, words, draft);
    if (random.chance(0.15)) delete object[key];
    else setOwn(object, key, bendValue(random, value, words, draft));
    return;
  }
  const key = random.chance(0.97) ? random.pick(words.keys) : random.pick(HOSTILE_TEXTS);
  setOwn(object, key, randomValue(random, words, draft, 0));
}

/** `__proto__` as a key of its own, as JSON has it. */
function setOwn(object: Json, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function bendValue(random: Prng, value: unknown, words: Words, draft: Draft): unknown {
  if (typeof value === "number" && random.chance(0.6))
    return random.pick([value + 1, value - 1, value * 2, value / 2, -value, String(value), [value], 0]);
  if (Array.isArray(value) && random.chance(0.5))
    return random.pick([value.slice(1), [...value, ...value], value[0], [value]]);
  return randomValue(random, words, draft, 0);
}

/** Any JSON value; `asObject` for one with members. */
export function randomValue(
  random: Prng,
  words: Words,
  draft: Draft,
  depth: number,
  asObject = false,
): unknown {
  const kind = asObject ? 9 : random.below(depth > 3 ? 7 : 11);
  const inner = () => randomValue(random, words, draft, depth + 1);
  switch (kind) {
    case 0:
    case 1:
    case 2:
      return random.pick(HOSTILE_NUMBERS);
    case 3:
      return random.pick([true, false, null]);
    case 4:
      return random.pick(HOSTILE_TEXTS);
    case 5:
      return random.pick(words.names);
    case 6:
      return somePath(random, draft);
    case 7:
      return Array.from({ length: random.pick([0, 1, 2, 4, 30]) }, inner);
    case 8: {
      const value = inner();
      return Array.from({ length: random.pick([1, 6, 61]) }, () => value);
    }
    default: {
      const object: Json = {};
      for (let k = random.below(5); k > 0; k--)
        setOwn(
          object,
          random.pick([
            random.pick(words.keys),
            random.pick(words.keys),
            somePath(random, draft),
            random.pick(HOSTILE_TEXTS),
          ]),
          inner(),
        );
      return object;
    }
  }
}

/** A module of the draft, as lists of ignored modules and patterns name them. */
function somePath(random: Prng, { names }: Draft): string {
  if (names.length === 0) return "lm_head";
  const path = random.pick(names).split(".");
  const cut = path.slice(0, 1 + random.below(path.length)).join(".");
  return random.pick([cut, `re:.*${cut}`, `*${cut}*`, cut.replace(/\d+/g, "*"), path.at(-2) ?? cut]);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
