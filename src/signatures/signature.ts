/** JSON as configurations hold it. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/**
 * Which member of a list: a number, or told by the n-th index of a name (`i`), the same from the end (`r`) or over and over
 * (`m`), the n-th last (`z`).
 */
export type Member =
  | number
  | readonly ["i" | "r" | "m", variable: number, offset: number]
  | readonly ["z", fromEnd: number];

/**
 * How a dimension or a count follows from the configuration. `k` is a key, `e` a member of a list, `L` a list's length or
 * that of a member which is a list itself, `S` the sum of its members, `i` an index of the name itself; the rest is
 * arithmetic as Python does it (`//` rounds down).
 */
export type Formula =
  | number
  | readonly ["k", path: string]
  | readonly ["e", path: string, member: Member]
  | readonly ["L", path: string, member?: Member]
  | readonly ["S", path: string]
  | readonly ["i", variable: number]
  | readonly ["neg" | "ceil" | "floor" | "int" | "round", Formula]
  | readonly ["+" | "*" | "-" | "//" | "/" | "%" | "**" | "max" | "min", Formula, ...Formula[]];

/** What a predicate is about: the configuration alone, or also the place (its first operand then is an index of the name). */
export type Predicate =
  | readonly ["==", path: string, value: Value]
  | readonly [">" | "any>", path: string, bound: number]
  | readonly ["=k" | ">k", path: string, other: string]
  | readonly ["!=f", Formula, Formula]
  | readonly ["has", path: string]
  | readonly ["any", path: string, word: Value]
  | readonly ["@", path: string, member: number, word: Value]
  | readonly ["@=", path: string, member: number, other: number]
  | readonly ["@>", path: string, member: number, bound: number]
  | readonly ["i==" | "i<" | "i>=last", variable: number, bound: number]
  | readonly ["i=last" | "i<half" | "i>half", variable: number]
  | readonly ["i%", variable: number, period: number, offset: number]
  | readonly ["[i]" | "[i%]", variable: number, path: string, word: Value]
  | readonly ["i%f", variable: number, period: Formula, offset: number]
  | readonly [
      "[i]>" | "[i]<" | "[i]=" | "[r]=" | "i<k+" | "i%k" | "i+%k",
      variable: number,
      path: string,
      offset: number,
    ]
  | readonly ["iin" | "i<len" | "i<k" | "i=k" | "i>=last-k", variable: number, path: string]
  | readonly ["i%k=k", variable: number, period: string, offset: string];

/** One of several lists of predicates holds whole; each with what it must be. `[[]]` always holds. */
export type Condition = readonly (readonly (readonly [Predicate, boolean])[])[];

/** One tensor pattern: where it is stored, when, and of what logical shape. */
export interface Row {
  /** `model.layers.{0}.mlp.experts.{1}.down_proj.weight`: indices in braces, by their place in the name. */
  readonly pattern: string;
  /** How many values each index takes; a later one may depend on an earlier one. */
  readonly counts: readonly Formula[];
  /**
   * Of a list that is numbered through over stages (`blocks.{0}`, of which each stage holds so many): formulas and conditions
   * have two indices in place of the list's one, the stage (`variable`) and the place in it (`variable + 1`), and `counts`
   * has how many stages there are and how long each is. Names count on from `start`.
   */
  readonly stages?: { readonly variable: number; readonly start: Formula };
  readonly when: Condition;
  /** In the library's own order, before any quantization; undefined is not known and not to be checked. */
  readonly shape: readonly (Formula | undefined)[];
  readonly kind: "parameter" | "buffer";
}

/** What a key is where config.json leaves it out: a value, a formula of other keys, or a list told by place. */
export type Default =
  | readonly ["=", Value]
  | readonly ["f", Formula]
  | readonly ["l", Formula, readonly (readonly [Condition[number], Value])[]];

export type Library = "transformers" | "diffusers";

/** `published`: what the library saves. `runtime`: the names of its own modules, where saving converts (stacked or split experts). */
export type Layout = "published" | "runtime";

/** What one class of one library release stores. Made by experiment (tools/signatures); never edited by hand. */
export interface Signature {
  readonly library: Library;
  readonly version: string;
  readonly className: string;
  readonly modelTypes: readonly string[];
  readonly rows: readonly Row[];
  /** Patterns whose count or condition is not known: neither missing nor unexpected. */
  readonly unknown: readonly string[];
  /** The library's own names, where saving converts. */
  readonly runtime: { readonly rows: readonly Row[]; readonly unknown: readonly string[] } | undefined;
  /** Names that share a tensor with another and are then not saved: [left out, saved]. */
  readonly tied: readonly (readonly [string, string])[];
  /** What the loader itself does not mind: regular expressions of the library. */
  readonly ignorable: { readonly missing: readonly string[]; readonly unexpected: readonly string[] };
  readonly defaults: Readonly<Record<string, Default>>;
  /** Other names of keys. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Keys whose value no experiment could change, and lists of one length: all that is here is known for these alone. */
  readonly fixed: Readonly<Record<string, Value>>;
  /** Words that experiments have seen of each key that conditions look at: what another word means is not known. */
  readonly vocabulary: Readonly<Record<string, readonly string[]>>;
  /** Older words that the library takes for newer ones, by key. */
  readonly synonyms: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly lengths: Readonly<Record<string, number>>;
  /** Keys that the library makes of others where they are left out, in a way that is not known: what says of single layers. */
  readonly required: readonly string[];
}

/** What a checkpoint was held against: `transformers 5.23.0, Qwen3MoeForCausalLM`. */
export function formatSignature({
  library,
  version,
  className,
}: Pick<Signature, "library" | "version" | "className">): string {
  return `${library} ${version}, ${className}`;
}

/** config.json as a class reads it: other names of keys resolved, keys that are left out filled in. */
export interface Configuration {
  /** The value at a path like `text_config.hidden_size`; undefined where neither the file nor the library's defaults tell. */
  readonly get: (path: string) => Value | undefined;
}

/** Tensors of one pattern and shape: every combination of the indices is expected. */
export interface ExpectedTensors {
  readonly pattern: string;
  /** Values of each index of the pattern. */
  readonly indices: readonly (readonly number[])[];
  /** Logical; undefined is not known. */
  readonly shape: readonly (number | undefined)[];
  readonly row: Row;
}
