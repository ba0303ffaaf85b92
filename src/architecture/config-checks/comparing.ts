import type { Claim, Claims } from "../../checkpoint/claims.ts";
import { CONFIG_KEYS, type FactOf } from "../../checkpoint/config-keys.ts";
import { formatPattern, type PatternPart } from "../../checkpoint/repeats.ts";
import { formatCount } from "../../format/count.ts";
import { type LinearShape, linearShape } from "../linear-shape.ts";
import type { Model } from "../model.ts";
import type { Place } from "../places.ts";
import { atom, formatTerm, type Term, unstated } from "./terms.ts";

/** A place where the configuration and the headers do not say the same. The headers are what is stored. */
export interface Disagreement {
  /** Stable name of the comparison, such as `shape.kv`. */
  readonly id: string;
  readonly severity: "error" | "warning" | "info";
  /** What it is about, in words. */
  readonly subject: string;
  /** What the configuration says, with the key it says it under or the formula that it follows from. */
  readonly config: string;
  readonly headers: string;
  /** What was expected by: the configuration, or other headers of the same file. */
  readonly basis: "config" | "headers";
  /** The tensors that it is about, as patterns; empty where it is about the model as a whole. */
  readonly tensors: readonly string[];
  /** How many tensors that are. */
  readonly count: number;
}

export type Comparison = (comparing: Comparing) => void;

/** What one comparison says; the tensors are added by `report`. */
export type Difference = Omit<Disagreement, "tensors" | "count" | "basis"> &
  Partial<Pick<Disagreement, "basis">>;

/** A stored number and what it should be. */
export interface Held {
  readonly subject: string;
  readonly expected: Term;
  readonly stored: number | null | undefined;
  /** What was measured, such as `rows of q_proj`. */
  readonly measured: string;
  readonly at: Place | undefined;
  readonly severity?: Disagreement["severity"];
  readonly basis?: Disagreement["basis"];
}

/** No model has more layers; a hostile name may number one 999,999,999. */
const MAX_LAYERS = 10_000;

/** All comparisons of one model: what disagrees, what was compared at all, and why other things were not. */
export class Comparing {
  readonly model: Model;
  /** Ids of comparisons that were made, in at least one place. */
  readonly made = new Set<string>();
  /** Why a comparison was not made, by its id. */
  readonly lacks = new Map<string, string>();
  private readonly found = new Map<string, { difference: Difference; places: Set<Place> }>();

  constructor(model: Model) {
    this.model = model;
  }

  get claims(): Claims {
    return this.model.claims;
  }

  /** Numbers of all main layers, of those that are not stored too; none beyond what any model has. */
  get layerNumbers(): readonly number[] {
    const { layerCount } = this.model;
    return layerCount > MAX_LAYERS ? [] : Array.from({ length: layerCount }, (_, layer) => layer);
  }

  /** The number that is stated of a fact, with its key. */
  term(fact: FactOf<"integer">): Term {
    return toTerm(this.claims.integer(fact), CONFIG_KEYS[fact].keys[0] as string);
  }

  /** The same in a part of the configuration, such as `vision_config`. */
  nested(part: FactOf<"part">, fact: FactOf<"integer">): Term {
    const claim = this.claims.part(part).integer(fact);
    const key = claim?.key ?? (CONFIG_KEYS[fact].keys[0] as string);
    return toTerm(claim && { ...claim, key: `${part}.${key}` }, `${part}.${key}`);
  }

  /** `[out, in]` of a linear, undefined where the headers do not hold it. */
  shape(place: Place | undefined): LinearShape | undefined {
    if (place === undefined || this.model.weights.tensor(place.node).shape === null) return undefined;
    return linearShape(place, this.model.weights, this.model.hidden);
  }

  /** Says that this was compared and is as it should be. */
  agree(id: string): void {
    this.made.add(id);
  }

  lack(id: string, reason: string): void {
    if (!this.lacks.has(id)) this.lacks.set(id, reason);
  }

  report(difference: Difference, places: readonly (Place | undefined)[] = []): void {
    const { id, subject, config, headers } = difference;
    this.made.add(id);
    const key = JSON.stringify([id, subject, config, headers]);
    const known = this.found.get(key);
    const own = known ?? { difference, places: new Set() };
    if (known === undefined) this.found.set(key, own);
    for (const place of places) if (place !== undefined) own.places.add(place);
  }

  /** Compares two numbers that are both plain, as `compare` words them. */
  compare(
    difference: Pick<Difference, "id" | "severity" | "subject">,
    claim: Claim | undefined,
    stored: number | null | undefined,
    places: readonly (Place | undefined)[] = [],
    formula = "",
  ): void {
    if (stored === null || stored === undefined) return;
    if (claim === undefined)
      return this.lack(difference.id, `the configuration does not state ${difference.subject}`);
    this.agree(difference.id);
    if (claim.value === stored) return;
    const headers = `${formatCount(stored)}${formula === "" ? "" : ` (${formula})`}`;
    this.report({ ...difference, config: `${formatCount(claim.value)} (${claim.key})`, headers }, places);
  }

  /** Holds a side of a tensor against its formula; without a value of the formula nothing is compared. */
  hold(
    id: string,
    { subject, expected, stored, measured, at, severity = "error", basis = "config" }: Held,
  ): void {
    if (stored === null || stored === undefined) return;
    if (expected.value === null) return this.lack(id, lackOf(expected));
    this.agree(id);
    if (expected.value === stored) return;
    const headers = `${formatCount(stored)}${subject.startsWith(measured) ? "" : ` (${measured})`}`;
    this.report({ id, severity, subject, config: formatTerm(expected), headers, basis }, [at]);
  }

  get disagreements(): Disagreement[] {
    return Array.from(this.found.values(), ({ difference, places }) => ({
      ...difference,
      basis: difference.basis ?? "config",
      tensors: patternsOf([...places]),
      count: [...places].reduce((sum, place) => sum + place.count, 0),
    }));
  }
}

/** Why a formula has no value. */
export function lackOf({ missing, words }: Term): string {
  return missing.length > 0
    ? `the configuration does not state ${missing.join(", ")}`
    : `${words} is no whole number`;
}

function toTerm(claim: Claim | undefined, key: string): Term {
  return claim === undefined ? unstated(key) : atom(claim.value, claim.key);
}

/** Names of tensors as patterns; the same tensor of several kinds of layers is one. */
function patternsOf(places: readonly Place[]): string[] {
  const byPlace = new Map<string, { place: Place; layers: Set<number> }>();
  for (const place of places) {
    const key = JSON.stringify([place.stack, place.inner, place.part, place.stack === null ? place.node : 0]);
    const known = byPlace.get(key);
    if (known === undefined) byPlace.set(key, { place, layers: new Set(place.layers ?? []) });
    else for (const layer of place.layers ?? []) known.layers.add(layer);
  }
  return Array.from(byPlace.values(), ({ place, layers }) => formatPattern(joinLayers(place, layers)));
}

/** The number of the layer becomes the set of all layers that the tensor is meant in. */
function joinLayers({ parts, layers: own }: Place, layers: ReadonlySet<number>): readonly PatternPart[] {
  if (own === null) return parts;
  const members = [...layers].sort((a, b) => a - b);
  const at = parts.findIndex((part) =>
    typeof part === "string"
      ? own.length === 1 && part === String(own[0])
      : part.members.join() === own.join(),
  );
  return parts.map((part, k) =>
    k === at ? (members.length === 1 ? String(members[0]) : { stem: "", members }) : part,
  );
}

/** A place with some of its layers only; undefined where none of them is meant. */
export function narrowTo(place: Place, isMeant: (layer: number) => boolean): Place | undefined {
  const all = place.layers ?? [];
  const layers = all.filter(isMeant);
  if (layers.length === 0) return undefined;
  const parts = joinLayers(place, new Set(layers));
  return { ...place, layers, parts, count: (place.count * layers.length) / all.length };
}
