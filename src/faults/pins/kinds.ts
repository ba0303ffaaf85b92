import type { FaultRow } from "../fault-row.ts";
import type { PinsData } from "./data.ts";

export const PIN_FAULTS = {
  "pin.unlike": {
    rule: "shape-unlike-config",
    code: "pin.class",
    view: "config",
    severity: "error",
    byAbsence: true,
  },
} as const satisfies Record<keyof PinsData, FaultRow>;
