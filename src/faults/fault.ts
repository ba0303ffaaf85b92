import type { PlaceSet } from "../checkpoint/place-set.ts";
import type { ConfigData } from "./config/data.ts";
import { CONFIG_FAULTS } from "./config/kinds.ts";
import type { PackingData } from "./packing/data.ts";
import { PACKING_FAULTS } from "./packing/kinds.ts";
import type { StructureData } from "./structure/data.ts";
import { STRUCTURE_FAULTS } from "./structure/kinds.ts";

/** From worst to mildest. */
export const SEVERITIES = ["error", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What is known of every fault of a kind before one is seen. */
export interface FaultRow {
  /** The check that tells it, and where its page is. */
  readonly rule: string;
  /** What the other views call it; null for what check alone shows. */
  readonly code: string | null;
  /** The severity that it has unless the circumstances call for another. */
  readonly severity: Severity;
  /** Where else it is shown: among scales in this state, or as a contradiction to what a configuration declares of packing, or of the model. */
  readonly view: "missing" | "orphan" | "mismatched" | "note" | "declared" | "config" | null;
  /** Whether tensors that are not here may explain it: then nothing is said where some are not. */
  readonly byAbsence: boolean;
  /** Whether it is about the component as a whole: its places are where that shows, and none of them is named. */
  readonly isOfWhole?: boolean;
}

/** Every way a checkpoint can contradict itself. */
export const FAULTS = { ...PACKING_FAULTS, ...STRUCTURE_FAULTS, ...CONFIG_FAULTS } as const satisfies Record<
  string,
  FaultRow
>;

/** What each kind knows, as data: numbers, shapes, layers, entries; never a sentence. */
export interface FaultData extends PackingData, StructureData, ConfigData {}

export type FaultKind = keyof FaultData & keyof typeof FAULTS;

/** One contradiction: what, where, how bad, and the numbers. */
export type Fault = {
  [Kind in FaultKind]: {
    readonly kind: Kind;
    readonly at: PlaceSet;
    readonly severity: Severity;
    readonly data: FaultData[Kind];
  };
}[FaultKind];

/** Makes a fault with the severity of its kind, unless the circumstances call for another. */
export function fault<K extends FaultKind>(
  kind: K,
  at: PlaceSet,
  data: FaultData[K],
  severity: Severity = FAULTS[kind].severity,
): Fault {
  return { kind, at, severity, data } as Fault;
}

export function rowOf(kind: FaultKind): FaultRow {
  return FAULTS[kind];
}
