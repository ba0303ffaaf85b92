import type { Component } from "../checkpoint/checkpoint.ts";
import { member } from "../checkpoint/config.ts";
import { type Candidates, findCandidates } from "./candidates.ts";
import { explainByKeys } from "./causes.ts";
import { compare, type Differences, type Placed, placeStored, type Shift } from "./compare.ts";
import { type Expectation, expectTensors } from "./expect.ts";
import { loadSignatures } from "./load.ts";
import type { Layout, Row, Signature } from "./signature.ts";
import { type StoredTensors, storedTensorsOf } from "./stored.ts";

/** Below this share of its patterns a checkpoint is stored otherwise than a class has it, and not held against it. */
const MIN_FOUND = 0.5;

/** A checkpoint beside the class that its configuration names. */
export interface Held {
  readonly signature: Signature;
  readonly layout: Layout;
  readonly config: Readonly<Record<string, unknown>>;
  readonly expectation: Expectation & { status: "known" };
  readonly placed: Placed;
  readonly differences: Differences;
  /** Names of the base class under a head's name, or the reverse: the library repairs it. */
  readonly shift: Shift | null;
  /** What else the configuration calls itself, where that is another class. */
  readonly odds: Candidates["odds"];
}

/** Whether a checkpoint was held against a class of a library, and else why not. */
export type Holding =
  | ({ readonly status: "held" } & Held)
  /** No configuration that names a class; a class of remote code; one that no library here has. */
  | { readonly status: "unnamed" | "remote" | "unknown" }
  /** The configuration has a value that no experiment has tried. */
  | { readonly status: "beyond"; readonly signature: Signature; readonly path: string }
  /** Headers contradict what a key is where it is left out: the default is a release's own, and nothing that this file says. */
  | { readonly status: "open"; readonly signature: Signature; readonly path: string }
  /** The names are not those of the class. */
  | { readonly status: "unlike"; readonly signature: Signature };

/** The class that a component was held against, and how it differs. Made once; loads signatures only where a class is named. */
export function holdingOf(component: Component): Holding {
  return component.analyses.get(hold);
}

/** The same where it was held; undefined where it was not. */
export function heldOf(component: Component): Held | undefined {
  const holding = holdingOf(component);
  return holding.status === "held" ? holding : undefined;
}

function hold(component: Component): Holding {
  const config = component.configs.get("config.json");
  if (component.configs.has("adapter_config.json") || component.table.count === 0)
    return { status: "unnamed" };
  const found = findCandidates(config);
  if (found.status !== "named") return { status: found.status };
  const stored = storedTensorsOf(component);
  let best: Held | undefined;
  let other: Holding = { status: "unknown" };
  for (const signature of found.candidates.signatures) {
    for (const attempt of attempts(signature, config as Record<string, unknown>, stored)) {
      if ("status" in attempt) other = attempt;
      else if (best === undefined || wrongOf(attempt) < wrongOf(best))
        best = { ...attempt, odds: found.candidates.odds };
    }
  }
  if (best === undefined) return other;
  const { found: patterns, expected } = best.differences;
  if (patterns < MIN_FOUND * expected) return { status: "unlike", signature: best.signature };
  const path = flatPartOf(best) ?? leftOutOf(best);
  return path === undefined
    ? { status: "held", ...best }
    : { status: "open", signature: best.signature, path };
}

/** Older files of composite classes are flat: what they say of the text model stands where the class does not look. */
function flatPartOf({ signature, config }: Omit<Held, "odds">): string | undefined {
  const isOfParts = Object.keys(signature.defaults).some((key) => key.startsWith("text_config."));
  return isOfParts && !Object.hasOwn(config, "text_config") ? "text_config" : undefined;
}

/** A key that the configuration leaves out and whose default is what headers contradict. */
function leftOutOf(best: Omit<Held, "odds">): string | undefined {
  const { differences, signature, layout } = best;
  const sides = { ...best, ...sideOf(signature, layout), reckon: (each: Differences) => each };
  return explainByKeys(sides, differences).causes.find(({ stated }) => stated === undefined)?.key;
}

/** One class in each of its layouts, with names as they are and one level off. */
function* attempts(
  signature: Signature,
  config: Readonly<Record<string, unknown>>,
  stored: readonly StoredTensors[],
): Generator<Omit<Held, "odds"> | Holding> {
  const sides =
    signature.runtime === undefined ? (["published"] as const) : (["published", "runtime"] as const);
  for (const layout of sides) {
    const expectation = expectTensors(signature, config, layout);
    if (expectation.status === "beyond") {
      yield { status: "beyond", signature, path: expectation.path };
      return;
    }
    const { rows, unknown } = sideOf(signature, layout);
    for (const shift of [null, ...shiftsOf(signature, rows, stored)]) {
      const placed = placeStored(rows, unknown, stored, shift ?? undefined);
      const differences = compare(expectation, placed);
      if (differences === undefined) continue;
      yield { signature, layout, config, expectation, placed, differences, shift };
      // Names that fit as they are need no repair.
      if (shift === null && differences.found >= MIN_FOUND * differences.expected) break;
    }
  }
}

export function sideOf(
  signature: Signature,
  layout: Layout,
): { readonly rows: readonly Row[]; readonly unknown: readonly string[] } {
  return layout === "runtime" ? (signature.runtime ?? signature) : signature;
}

/** First segments that most names of the class have and nothing stores, and the reverse. */
function shiftsOf(signature: Signature, rows: readonly Row[], stored: readonly StoredTensors[]): Shift[] {
  const ours = commonFirst(rows.map(({ pattern }) => pattern.split(".")[0]));
  const theirs = commonFirst(
    stored.map(({ segments: [first] }) => (typeof first === "string" ? first : undefined)),
  );
  return [
    ...(ours === undefined || ours === theirs ? [] : [{ prefix: ours, is: "lacking" } as const]),
    // A wrapper's own name is no prefix of the library's.
    ...(theirs === undefined || ours === theirs || !isPrefixOf(signature, theirs)
      ? []
      : [{ prefix: theirs, is: "added" } as const]),
  ];
}

/** Whether classes with a head over this one hold it under a name. */
function isPrefixOf({ library, modelTypes }: Signature, prefix: string): boolean {
  const store = loadSignatures();
  return store.listSignatures().some((listed) => {
    if (listed.library !== library || !listed.modelTypes.some((type) => modelTypes.includes(type)))
      return false;
    const head = store.signatureFor({ ...listed, modelType: listed.modelTypes[0] });
    return head?.rows.some(({ pattern }) => pattern.startsWith(`${prefix}.`)) === true;
  });
}

/** What at least half of the names begin with. */
function commonFirst(firsts: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const first of firsts) if (first !== undefined) counts.set(first, (counts.get(first) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most !== undefined && most[1] * 2 >= firsts.length ? most[0] : undefined;
}

/** How much is not as the class has it, in patterns. */
function wrongOf({ differences, placed }: Pick<Held, "differences" | "placed">): number {
  const { missing, excess, mismatched } = differences;
  return missing.length + excess.length + mismatched.length + placed.strays.length;
}

/** Whether a configuration has this key, `a.b` that of a part. */
export function states(config: unknown, path: string): boolean {
  return path.split(".").reduce<unknown>((value, key) => member(value, key), config) !== undefined;
}
