import type { Component } from "./checkpoint.ts";
import { type Configs, member } from "./config.ts";
import {
  BLOCK_PARTS,
  CONFIG_KEYS,
  DECODER_PARTS,
  type Fact,
  type FactOf,
  SIDE_PARTS,
  TEXT_PARTS,
} from "./config-keys.ts";

/** A value that the configuration states, with the key it stands under. */
export interface Claim<Value = number> {
  readonly value: Value;
  readonly key: string;
}

/** Lists longer than any model has layers are not looked at. */
const MAX_LIST = 10_000;

/**
 * The configuration as claims, and the only door to it: what it may state is a table (config-keys.ts). Nothing in it is
 * trusted: a value of the wrong type, negative or beyond exact integers is as good as absent, and no header fact is ever
 * taken from here.
 */
export class Claims {
  readonly top: unknown;
  /** The part about the text model, the whole where there is no such part. */
  readonly text: unknown;

  constructor(config: unknown) {
    this.top = config;
    const decoders = DECODER_PARTS.map((key) => member(config, key));
    this.text =
      TEXT_PARTS.map((path) => partAt(config, path)).find(isObject) ??
      decoders.find((part) => typeof member(part, "model_type") === "string") ??
      config;
  }

  /** Whether there is a configuration at all. */
  get exists(): boolean {
    return isObject(this.top);
  }

  /** Whether the text model is described in a part of its own. */
  get isComposite(): boolean {
    return this.text !== this.top;
  }

  /** The class that is to load it: the first of `architectures`, or the class of a diffusers component. */
  get architecture(): string | undefined {
    const [first] = this.topArchitectures ?? [member(this.top, "_class_name")];
    return typeof first === "string" ? first : undefined;
  }

  /** `architectures` of the whole, undefined where it is no list. */
  get topArchitectures(): readonly unknown[] | undefined {
    const list = member(this.top, "architectures");
    return Array.isArray(list) ? list : undefined;
  }

  /** `model_type` as the text part and the whole state it, and the class of a diffusers component: whatever names a family. */
  get typeNames(): readonly string[] {
    const named = [
      member(this.text, "model_type"),
      member(this.top, "model_type"),
      member(this.top, "_class_name"),
    ];
    return named.filter((name) => typeof name === "string");
  }

  /** `model_type` of the whole alone. */
  get modelType(): string | undefined {
    const type = member(this.top, "model_type");
    return typeof type === "string" ? type : undefined;
  }

  /** The first spelling that holds an exact whole number; of a list with one distinct value, that value. */
  integer(fact: FactOf<"integer">): Claim | undefined {
    return this.first(fact, (value) => {
      const single = Array.isArray(value) && value.length > 0 && new Set(value).size === 1 ? value[0] : value;
      return isCount(single) ? single : undefined;
    });
  }

  /** The first spelling that holds a finite number. */
  number(fact: FactOf<"number">): Claim | undefined {
    return this.first(fact, (value) =>
      typeof value === "number" && Number.isFinite(value) ? value : undefined,
    );
  }

  flag(fact: FactOf<"flag">): Claim<boolean> | undefined {
    return this.first(fact, (value) => (typeof value === "boolean" ? value : undefined));
  }

  /** A flag of the whole and of no part: of a composite the library reads some there alone. */
  flagOfWhole(fact: FactOf<"flag">): Claim<boolean> | undefined {
    const key = CONFIG_KEYS[fact].keys.find((each) => typeof member(this.top, each) === "boolean");
    return key === undefined ? undefined : { value: member(this.top, key) as boolean, key };
  }

  /** What is said otherwise of single layers: `per_layer_config: {"05": {"head_dim": 512}}`. */
  ofSingleLayers(fact: FactOf<"integer">): readonly Claim[] {
    const layers = member(this.text, "per_layer_config");
    if (!isObject(layers)) return [];
    const found = Object.values(layers as object).flatMap((layer: unknown) =>
      CONFIG_KEYS[fact].keys.flatMap((key) => {
        const value = member(layer, key);
        return isCount(value) ? [{ value, key: `per_layer_config.${key}` }] : [];
      }),
    );
    return [...new Map(found.map((claim) => [claim.value, claim])).values()];
  }

  word(fact: FactOf<"word">): Claim<string> | undefined {
    return this.first(fact, (value) => (typeof value === "string" ? value : undefined));
  }

  integers(fact: FactOf<"integers">): readonly number[] | undefined {
    return this.first(fact, (value) => (isList(value) && value.every(isCount) ? value : undefined))?.value;
  }

  strings(fact: FactOf<"strings">): readonly string[] | undefined {
    const isString = (each: unknown) => typeof each === "string";
    return this.first(fact, (value) => (isList(value) && value.every(isString) ? value : undefined))?.value;
  }

  /** Claims of a member that is a configuration of its own; they do not `exist` where it is not stated. */
  part(fact: FactOf<"part">): Claims {
    return new Claims(this.first(fact, (value) => (isObject(value) ? value : undefined))?.value);
  }

  /** Whether anything at all stands under the fact, null included. */
  states(fact: Fact): boolean {
    return CONFIG_KEYS[fact].keys.some((key) => this.raw(key) !== undefined);
  }

  /** Whether the text part says outright that it has none: null under its key. */
  isNull(fact: Fact): boolean {
    return CONFIG_KEYS[fact].keys.some((key) => member(this.text, key) === null);
  }

  /** What is said of the packing of weights, of the whole and then of each part, as it stands there; undefined where nothing is. */
  get quantization(): readonly { readonly configPath: string; readonly value: unknown }[] {
    const own = CONFIG_KEYS.quantization.keys.map((configPath) => ({
      configPath,
      value: member(this.top, configPath),
    }));
    const parts = [...TEXT_PARTS, "thinker_config", ...SIDE_PARTS].map((part) => ({
      configPath: `${part}.quantization_config`,
      value: member(partAt(this.top, part), "quantization_config"),
    }));
    return [...own, ...parts];
  }

  /** Exact whole numbers under any spelling of a fact, in this part alone. */
  every(fact: FactOf<"integer">): readonly number[] {
    return CONFIG_KEYS[fact].keys.map((key) => member(this.top, key)).filter(isCount);
  }

  /** Whether a vision tower is described, in the whole or in the part that thinks (Qwen-Omni). */
  get describesVision(): boolean {
    const found = ["vision_config", "thinker_config.vision_config", "vlm_config.vision_config"]
      .map((path) => partAt(this.top, path))
      .find((part) => part !== undefined && part !== null);
    return typeof found === "object" && found !== null && Object.keys(found).length > 0;
  }

  /** Names of all members of the text part. */
  get textKeyNames(): readonly string[] {
    return keysOf(this.text);
  }

  /** Names of all members of the whole and of its parts. */
  get keyNames(): readonly string[] {
    return [
      ...keysOf(this.top),
      ...(isObject(this.top) ? Object.values(this.top as object) : []).flatMap(keysOf),
    ];
  }

  /** The whole and each part of it that describes a model: the text model's, towers'. */
  get parts(): readonly Claims[] {
    const parts = [...TEXT_PARTS, ...SIDE_PARTS].map((path) => partAt(this.top, path)).filter(isObject);
    return [this.top, ...parts].map((part) => new Claims(part));
  }

  /** A member of the text part, of the whole, or of what is said apart about a block. */
  private raw(key: string): unknown {
    return (
      member(this.text, key) ??
      (this.isOfText(key) ? member(this.top, key) : undefined) ??
      BLOCK_PARTS.map((part) => member(member(this.text, part), key)).find((value) => value !== undefined)
    );
  }

  /**
   * Whether the whole speaks of the text model under a key that the text part leaves out. Where the whole states no width of
   * its own, numbers of layers and heads beside its parts are about something else (the rotation of sounds, a talker).
   */
  private isOfText(key: string): boolean {
    return (
      !this.isComposite ||
      !LAYER_NUMBERS.has(key) ||
      CONFIG_KEYS.hidden.keys.some((each) => member(this.top, each) !== undefined)
    );
  }

  private first<Value>(fact: Fact, read: (value: unknown) => Value | undefined): Claim<Value> | undefined {
    for (const key of CONFIG_KEYS[fact].keys) {
      const value = read(this.raw(key));
      if (value !== undefined) return { value, key };
    }
    return undefined;
  }
}

/** Keys of numbers that belong to one stack of layers. */
const LAYER_NUMBERS: ReadonlySet<string> = new Set(
  (
    ["layers", "heads", "kvHeads", "headDim", "denseWidth", "expertWidth", "experts", "topK"] as const
  ).flatMap((fact) => CONFIG_KEYS[fact].keys),
);

const MADE = new WeakMap<Configs, Claims>();

/** What a component's configuration claims; releases in Mistral's own layout have a `params.json` instead. */
export function claimsOf({ configs }: Pick<Component, "configs">): Claims {
  let claims = MADE.get(configs);
  if (claims === undefined) {
    claims = new Claims(configs.get("config.json") ?? configs.get("params.json"));
    MADE.set(configs, claims);
  }
  return claims;
}

/** A part of a configuration, or a part of its part. */
function partAt(config: unknown, path: string): unknown {
  return path.split(".").reduce(member, config);
}

function keysOf(value: unknown): string[] {
  return isObject(value) ? Object.keys(value as object) : [];
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList<Item>(value: unknown): value is Item[] {
  return Array.isArray(value) && value.length <= MAX_LIST;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
