import type { PlaceSet } from "../checkpoint/place-set.ts";
import type { ConfigData } from "./config/data.ts";
import { CONFIG_FAULTS } from "./config/kinds.ts";
import type { EngineData } from "./engine/data.ts";
import { ENGINE_FAULTS } from "./engine/kinds.ts";
import type { FaultRow, Severity } from "./fault-row.ts";
import type { PackingData } from "./packing/data.ts";
import { PACKING_FAULTS } from "./packing/kinds.ts";
import type { PinsData } from "./pins/data.ts";
import { PIN_FAULTS } from "./pins/kinds.ts";
import type { PipelineData } from "./pipeline/data.ts";
import { PIPELINE_FAULTS } from "./pipeline/kinds.ts";
import type { SignatureData } from "./signature/data.ts";
import { SIGNATURE_FAULTS } from "./signature/kinds.ts";
import type { StructureData } from "./structure/data.ts";
import { STRUCTURE_FAULTS } from "./structure/kinds.ts";

export { type FaultRow, SEVERITIES, type Severity } from "./fault-row.ts";

/** Every way a checkpoint can contradict itself, or what an engine takes. */
export const FAULTS = {
  ...PACKING_FAULTS,
  ...STRUCTURE_FAULTS,
  ...SIGNATURE_FAULTS,
  ...CONFIG_FAULTS,
  ...PIN_FAULTS,
  ...PIPELINE_FAULTS,
  ...ENGINE_FAULTS,
} as const satisfies Record<keyof FaultData, FaultRow>;

/** What each kind knows, as data: numbers, shapes, layers, entries; never a sentence. */
export interface FaultData
  extends PackingData,
    StructureData,
    SignatureData,
    ConfigData,
    PinsData,
    PipelineData,
    EngineData {}

export type FaultKind = keyof FaultData;

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
