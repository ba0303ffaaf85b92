import type { Component } from "../checkpoint/checkpoint.ts";
import type { PlaceSet } from "../checkpoint/place-set.ts";
import type { Sighting } from "../faults/because.ts";
import { FAULTS, type Fault, type FaultKind, rowOf } from "../faults/fault.ts";
import { faultsBetweenParts, faultsOf } from "../faults/faults-of.ts";
import { wordsFor } from "../faults/words.ts";
import { type Check, defineCheck, remark, type Saying, type Seen } from "./check.ts";

export interface FaultSeen<K extends FaultKind = FaultKind> extends Seen {
  readonly fault: Extract<Fault, { kind: K }>;
}

type Described = "id" | "severity" | "find" | "message" | "needs";

/** The check that tells the faults of these kinds: it judges and advises, and finds nothing itself. */
export function fromFaults<K extends FaultKind>(
  kinds: readonly K[],
  check: Omit<Check<FaultSeen<K>>, Described> &
    Partial<Pick<Check<FaultSeen<K>>, "message" | "needs">> & {
      /** The place as printed, where that is another form than the usual one. */
      readonly whereFor?: (at: PlaceSet) => string | null;
      /** The places as data, where they are others than the one that is printed. */
      readonly placesFor?: (fault: FaultSeen<K>["fault"]) => readonly PlaceSet[];
    },
): Check {
  const { whereFor, placesFor, ...own } = check;
  const rows = kinds.map(rowOf);
  const [first] = rows;
  if (first === undefined || rows.some(({ rule }) => rule !== first.rule))
    throw new Error(`kinds of one rule were asked for: ${kinds.join(", ")}`);
  // Where tensors are not here, faults that their absence may explain are not known.
  const needs = rows.every(({ byAbsence }) => byAbsence) ? (["whole"] as const) : [];
  const wanted: ReadonlySet<FaultKind> = new Set(kinds);
  return defineCheck<FaultSeen<K>>({
    needs,
    message: tellExpected,
    ...own,
    id: first.rule,
    severity: first.severity,
    find: ({ checkpoint, component, isFirst }) =>
      [
        ...faultsOf(component).map((each) => ({ each, isOfSource: false })),
        ...(isFirst ? faultsBetweenParts(checkpoint) : []).map((each) => ({ each, isOfSource: true })),
      ]
        .filter(({ each }) => wanted.has(each.kind))
        .map(({ each, isOfSource }) => {
          const fault = each as FaultSeen<K>["fault"];
          const seen = { ...toSeen(fault, whereFor), isOfSource };
          return placesFor === undefined ? seen : { ...seen, places: placesFor(fault) };
        }),
  });
}

/** Faults of rules that are turned off: nobody is told of them, nor of what they explain. */
export function silencedBy(component: Component, isOff: (rule: string) => boolean): Sighting[] {
  const rules = new Set(
    Object.values(FAULTS)
      .map(({ rule }): string => rule)
      .filter(isOff),
  );
  if (rules.size === 0) return [];
  return faultsOf(component).flatMap((fault) => {
    const { kind, severity, at } = fault;
    const { rule } = rowOf(kind);
    return rules.has(rule) ? [{ rule, severity, at, component, fault }] : [];
  });
}

function toSeen<K extends FaultKind>(
  fault: FaultSeen<K>["fault"],
  whereFor: ((at: PlaceSet) => string | null) | undefined,
): FaultSeen<K> {
  const { at, severity } = fault;
  const { expected, found, fix, file } = wordsFor(fault);
  const isOfWhole = rowOf(fault.kind).isOfWhole === true;
  const place = isOfWhole ? { where: null } : whereFor === undefined ? {} : { where: whereFor(at) };
  return {
    at,
    ...place,
    severity,
    expected,
    found,
    ...(fix === undefined ? {} : { fix }),
    ...(file === undefined ? {} : { shard: file }),
    fault,
  };
}

/** `"model.layers.{0-7}.up_proj.weight_scale_inv": expected [4, 4], found none`. */
export function tellExpected({ expected, found }: Seen): Saying {
  return remark(`expected ${expected ?? "?"}, found ${found ?? "none"}`);
}

/** `"model.layers.{0-7}.up_proj": declared 8 bits; stored 4 bits`. */
export function tellDeclared({ expected, found }: Seen): Saying {
  return remark(`declared ${expected ?? ""}; stored ${found ?? ""}`);
}
