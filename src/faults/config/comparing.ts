import { type LinearShape, linearShape } from "../../architecture/linear-shape.ts";
import { type LayoutDoubt, measurable } from "../../architecture/measurable.ts";
import type { Model } from "../../architecture/model.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Claim, Claims } from "../../checkpoint/claims.ts";
import { CONFIG_KEYS, type FactOf } from "../../checkpoint/config-keys.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { PatternSegment } from "../../checkpoint/repeats.ts";
import { type Fault, type FaultData, fault, type Severity } from "../fault.ts";
import type { ConfigData, Measure } from "./data.ts";
import { CONFIG_FAULTS, type ComparisonId } from "./kinds.ts";
import { atom, type Term, unstated } from "./terms.ts";

export type Comparison = (comparing: Comparing) => void;

type ConfigKind = keyof ConfigData;

/** Kinds whose data is a measured number alone, or may be one. */
type MeasuredKind = { [K in ConfigKind]: Measure extends ConfigData[K] ? K : never }[ConfigKind];

/** A stored number and what it should be. */
export interface Held extends Pick<Measure, "subject" | "expected"> {
  readonly stored: number | null | undefined;
  /** What was measured, such as `rows of q_proj`. */
  readonly measured: string;
  readonly at: TensorRole | undefined;
  readonly severity?: Severity;
  readonly basis?: Measure["basis"];
  readonly isSecond?: boolean;
}

/** Measured numbers by layout that is not understood: the doubt, and the tensors of one module. */
interface Unclear {
  readonly doubt: LayoutDoubt;
  readonly places: Set<TensorRole>;
}

/** A number of the configuration against a stored one. */
export interface Compared {
  readonly subject: string;
  readonly claim: Claim | undefined;
  readonly stored: number | null | undefined;
  readonly measured?: string | null;
  readonly severity?: Severity;
  readonly isSecond?: boolean;
}

/** No model has more layers; a hostile name may number one 999,999,999. */
const MAX_LAYERS = 10_000;

/** All comparisons of one model: what disagrees, what was compared at all, and why other things were not. */
export class Comparing {
  readonly model: Model;
  /** Ids of comparisons that were made, in at least one place. */
  readonly made = new Set<ComparisonId>();
  /** Why a comparison was not made, by its id. */
  readonly lacks = new Map<ComparisonId, string>();
  private readonly unclear = new Map<string, Unclear>();
  private readonly found = new Map<string, { make: (at: PlaceSet) => Fault; places: Set<TensorRole> }>();

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
  shape(tensorRole: TensorRole | undefined): LinearShape | undefined {
    if (tensorRole === undefined || this.model.weights.tensor(tensorRole.node).shape === null)
      return undefined;
    return linearShape(tensorRole, this.model.weights, this.model.hidden);
  }

  /** Says that this was compared and is as it should be. */
  agree(id: ComparisonId): void {
    this.made.add(id);
  }

  lack(id: ComparisonId, reason: string): void {
    if (!this.lacks.has(id)) this.lacks.set(id, reason);
  }

  /** Those of the tensors that nothing can be measured on. */
  unclearAmong(places: readonly (TensorRole | undefined)[]): TensorRole[] {
    const { weights, hidden } = this.model;
    return places.filter(
      (tensorRole): tensorRole is TensorRole =>
        tensorRole !== undefined && measurable(tensorRole, weights, hidden) !== null,
    );
  }

  /**
   * Says that a figure is contradicted by a number that is none, as the layout of these tensors is not understood:
   * nothing is compared, and the layout is told, once for each module.
   */
  doubt(id: ComparisonId, tensorRoles: readonly TensorRole[]): void {
    const { weights, hidden } = this.model;
    for (const tensorRole of tensorRoles) {
      const doubt = measurable(tensorRole, weights, hidden);
      if (doubt === null) continue;
      this.lack(id, `the layout of ${tensorRole.leaf} is not understood`);
      // Experts are one module, whatever is in it.
      const own = tensorRole.bucket === "experts" ? [] : tensorRole.segments.slice(0, -1);
      const key = `${doubt} ${tensorRole.stack} ${own.map(nameOfSegment).join(".")}`;
      const known = this.unclear.get(key);
      if (known === undefined) this.unclear.set(key, { doubt, places: new Set([tensorRole]) });
      else known.places.add(tensorRole);
    }
  }

  report<K extends ConfigKind>(
    kind: K,
    data: ConfigData[K],
    places: readonly (TensorRole | undefined)[] = [],
    severity: Severity = CONFIG_FAULTS[kind].severity,
  ): void {
    this.made.add(CONFIG_FAULTS[kind].code);
    const key = JSON.stringify([kind, data]);
    const known = this.found.get(key);
    const own = known ?? { make: (at) => fault(kind, at, data as FaultData[K], severity), places: new Set() };
    if (known === undefined) this.found.set(key, own);
    for (const tensorRole of places) if (tensorRole !== undefined) own.places.add(tensorRole);
  }

  /** Compares a number of the configuration with a stored one. */
  compare<K extends MeasuredKind>(
    kind: K,
    { subject, claim, stored, measured = null, severity, isSecond = false }: Compared,
    places: readonly (TensorRole | undefined)[] = [],
  ): void {
    if (stored === null || stored === undefined) return;
    const { code } = CONFIG_FAULTS[kind];
    if (claim === undefined) return this.lack(code, `the configuration does not state ${subject}`);
    if (claim.value === stored) return this.agree(code);
    const expected = atom(claim.value, claim.key);
    const data = { subject, expected, stored, measured, basis: "config", isSecond } as const;
    this.measured(kind, data, places, severity);
  }

  /** Holds a side of a tensor against its formula; without a value of the formula nothing is compared. */
  hold<K extends MeasuredKind>(
    kind: K,
    { subject, expected, stored, measured, at, severity, basis = "config", isSecond = false }: Held,
  ): void {
    if (stored === null || stored === undefined) return;
    const { code } = CONFIG_FAULTS[kind];
    if (expected.value === null) return this.lack(code, lackOf(expected));
    if (expected.value === stored) return this.agree(code);
    const label = subject.startsWith(measured) ? null : measured;
    const data = { subject, expected, stored, measured: label, basis, isSecond };
    this.measured(kind, data, [at], severity);
  }

  get faults(): Fault[] {
    return [
      ...Array.from(this.found.values(), ({ make, places }) => make(placesOf([...places]))),
      ...Array.from(this.unclear.values(), (unclear) => this.toFault(unclear)),
    ];
  }

  private toFault({ doubt, places }: Unclear): Fault {
    const own = [...places];
    const data = { doubt, shapes: distinctShapes(own) };
    return fault("layout.unclear", placesOf(own), data, severityOf(doubt, this.model));
  }

  private measured<K extends MeasuredKind>(
    kind: K,
    data: Measure,
    places: readonly (TensorRole | undefined)[],
    severity: Severity | undefined,
  ): void {
    const unclear = [...this.unclearAmong(places), ...data.expected.unclear];
    if (unclear.length > 0) return this.doubt(CONFIG_FAULTS[kind].code, unclear);
    this.report(kind, data as ConfigData[K], places, severity);
  }
}

/** Numbers within a path are of one module's kind. */
function nameOfSegment(segment: PatternSegment): string {
  return typeof segment === "string" ? segment.replace(/^\d+$/, "#") : `${segment.prefix}#`;
}

/** Stored shapes to show of a layout. */
const MAX_SHAPES = 2;

function distinctShapes(tensorRoles: readonly TensorRole[]): (readonly number[])[] {
  const shapes = new Map(tensorRoles.map(({ shape }) => [shape.join(), shape]));
  return [...shapes.values()].slice(0, MAX_SHAPES);
}

/**
 * Experts that loaders of a known family do not find are lost to them. Of any other layout no more is known than that
 * it is not ours to read.
 */
function severityOf(doubt: LayoutDoubt, { family }: Model): Severity {
  const isOfExperts = doubt === "one-matrix" || doubt === "numbered-inside";
  return isOfExperts && family.confidence === "certain" ? "error" : CONFIG_FAULTS["layout.unclear"].severity;
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

/** Where tensors are; the same tensor of several kinds of layers is one place. */
function placesOf(tensorRoles: readonly TensorRole[]): PlaceSet {
  const byPlace = new Map<string, { tensorRole: TensorRole; layers: Set<number> }>();
  for (const tensorRole of tensorRoles) {
    const key = JSON.stringify([
      tensorRole.stack,
      tensorRole.inner,
      tensorRole.part,
      tensorRole.stack === null ? tensorRole.node : 0,
    ]);
    const known = byPlace.get(key);
    if (known === undefined) byPlace.set(key, { tensorRole, layers: new Set(tensorRole.layers ?? []) });
    else for (const layer of tensorRole.layers ?? []) known.layers.add(layer);
  }
  const patterns = Array.from(byPlace.values(), ({ tensorRole, layers }) => joinLayers(tensorRole, layers));
  const count = tensorRoles.reduce((sum, tensorRole) => sum + tensorRole.count, 0);
  return tensorRoles.length === 0 ? PlaceSet.whole() : PlaceSet.tensorPaths(patterns, count);
}

/** The number of the layer becomes the set of all layers that the tensor is meant in. */
function joinLayers(
  { segments, layers: own }: TensorRole,
  layers: ReadonlySet<number>,
): readonly PatternSegment[] {
  if (own === null) return segments;
  const members = [...layers].sort((a, b) => a - b);
  const at = segments.findIndex((segment) =>
    typeof segment === "string"
      ? own.length === 1 && segment === String(own[0])
      : segment.members.join() === own.join(),
  );
  return segments.map((segment, k) =>
    k === at ? (members.length === 1 ? String(members[0]) : { prefix: "", members }) : segment,
  );
}

/** A place with some of its layers only; undefined where none of them is meant. */
export function narrowTo(
  tensorRole: TensorRole,
  isMeant: (layer: number) => boolean,
): TensorRole | undefined {
  const all = tensorRole.layers ?? [];
  const layers = all.filter(isMeant);
  if (layers.length === 0) return undefined;
  const segments = joinLayers(tensorRole, new Set(layers));
  return { ...tensorRole, layers, segments, count: (tensorRole.count * layers.length) / all.length };
}
