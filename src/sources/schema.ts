import { shortenMiddle } from "../format/escape.ts";

/**
 * Shapes of JSON from outside, as values: the type of what fits is derived from them, so that one table says what a format
 * is and checks it. Nothing is copied; a value that fits is used as it is.
 */
export interface Schema<T> {
  (value: unknown): Mismatch | undefined;
  /** Never set: it carries the type of a value that fits. */
  readonly holds?: T;
}

/** The type of what fits a schema. */
export type Holds<S> = S extends Schema<infer T> ? T : never;

/** Why a value does not fit: where below it, what belongs there and what is there. */
export interface Mismatch {
  /** Such as `files[3].padding`; empty for the value itself. */
  readonly at: string;
  readonly problem: string;
}

export const anything: Schema<unknown> = () => undefined;
export const text: Schema<string> = (value) =>
  typeof value === "string" ? undefined : misfit("text", value);
export const flag: Schema<boolean> = (value) =>
  typeof value === "boolean" ? undefined : misfit("true or false", value);

/** A whole number from 0 that JSON holds exactly. */
export function count(max: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  return (value) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max
      ? undefined
      : misfit(`a whole number from 0 to ${max}`, value);
}

export function exactly<const T extends number>(wanted: T): Schema<T> {
  return (value) => (value === wanted ? undefined : misfit(`${wanted}`, value));
}

export function oneOf<const T extends string>(...words: readonly T[]): Schema<T> {
  const known: ReadonlySet<unknown> = new Set(words);
  return (value) => (known.has(value) ? undefined : misfit(`one of ${words.join(", ")}`, value));
}

export function orNull<T>(schema: Schema<T>): Schema<T | null> {
  return (value) => {
    const found = value === null ? undefined : schema(value);
    return found?.at === ""
      ? { at: "", problem: found.problem.replace(/^expected /, "expected null or ") }
      : found;
  };
}

/** A list; `label` tells a reader which member is meant, beside its number. */
export function listOf<T>(
  schema: Schema<T>,
  label: (member: unknown) => string = () => "",
): Schema<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return misfit("a list", value);
    for (let k = 0; k < value.length; k++) {
      const found = schema(value[k]);
      if (found !== undefined) return below(`[${k}]${label(value[k])}`, found);
    }
    return undefined;
  };
}

/** A list of so many members, each with its own shape. */
export function tuple<T extends readonly unknown[]>(
  ...members: { [K in keyof T]: Schema<T[K]> }
): Schema<Readonly<T>> {
  return (value) => {
    if (!Array.isArray(value) || value.length !== members.length)
      return misfit(`a list of ${members.length} values`, value);
    for (const [k, schema] of members.entries()) {
      const found = schema(value[k]);
      if (found !== undefined) return below(`[${k}]`, found);
    }
    return undefined;
  };
}

type Fields = Readonly<Record<string, Schema<unknown>>>;
/** What an object of these fields holds. */
export type FieldsOf<F extends Fields> = { readonly [K in keyof F]: Holds<F[K]> };

/** An object with these fields. Others may stand beside them: a later version adds some. */
export function object<F extends Fields>(fields: F): Schema<FieldsOf<F>> {
  const entries = Object.entries(fields);
  return (value) => {
    if (!isObject(value)) return misfit("an object", value);
    for (const [name, schema] of entries) {
      const found = schema(fieldOf(value, name));
      if (found !== undefined) return below(name, found);
    }
    return undefined;
  };
}

/** An object from any keys to members of one shape. */
export function recordOf<T>(schema: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return (value) => {
    if (!isObject(value)) return misfit("an object", value);
    for (const key of Object.keys(value)) {
      const found = schema(value[key]);
      if (found !== undefined) return below(JSON.stringify(shortenMiddle(key, MAX_FOUND)), found);
    }
    return undefined;
  };
}

type VariantsHold<Tag extends string, V extends Readonly<Record<string, Schema<unknown>>>> = {
  [K in keyof V]: { readonly [T in Tag]: K } & Holds<V[K]>;
}[keyof V];

/** An object whose field `tag` names which of several shapes it has. */
export function variants<Tag extends string, V extends Readonly<Record<string, Schema<unknown>>>>(
  tag: Tag,
  table: V,
): Schema<VariantsHold<Tag, V>> {
  const isKnown = oneOf(...Object.keys(table));
  return (value) => {
    if (!isObject(value)) return misfit("an object", value);
    const name = fieldOf(value, tag);
    const unknown = isKnown(name);
    return unknown === undefined ? table[name as string]?.(value) : below(tag, unknown);
  };
}

/** A shape, and a rule that holds between its parts: asked only where each part fits. */
export function ruled<T>(schema: Schema<T>, findBroken: (value: T) => Mismatch | undefined): Schema<T> {
  return (value) => schema(value) ?? findBroken(value as T);
}

export function misfit(expected: string, value: unknown): Mismatch {
  return { at: "", problem: `expected ${expected}, found ${describe(value)}` };
}

/** Characters of a value told in a message. */
const MAX_FOUND = 40;

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(shortenMiddle(value, MAX_FOUND));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function below(place: string, { at, problem }: Mismatch): Mismatch {
  const joint = at === "" || at.startsWith("[") ? "" : ".";
  return { at: `${place}${joint}${at}`, problem };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field of the object's own: what every object inherits is nothing that somebody wrote. */
function fieldOf(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
