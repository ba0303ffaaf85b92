import type { FaultRow } from "../fault-row.ts";
import type { StructureData } from "./data.ts";

const lost = { code: null, view: null, severity: "error", byAbsence: true } as const;

/** Faults of what the model is made of, told by its tensors alone. */
export const STRUCTURE_FAULTS = {
  "sibling.odd": { rule: "sibling-odd-one-out", ...lost },
  "bias.uneven": { rule: "bias-uneven", ...lost },
  "companion.missing": { rule: "companion-missing", ...lost },
  "sides.unlike": { rule: "sides-unlike", ...lost, byAbsence: false },
  "convolution.turned": { rule: "convolution-turned", ...lost, severity: "warning", byAbsence: false },
  "head.other": { rule: "head-unlike-class", ...lost, severity: "warning" },
  "head.lost": { rule: "head-unlike-class", ...lost, severity: "warning" },
  "tokens.without-row": { rule: "token-without-row", ...lost, severity: "warning" },
  "adapter.unpaired": { rule: "adapter-pair-broken", ...lost },
  "dtype.uneven": { rule: "dtype-uneven", ...lost, severity: "info", byAbsence: false },
  "adapter.unmerged": { rule: "adapter-unmerged", ...lost, severity: "warning", byAbsence: false },
  "adapter.vectors": { rule: "adapter-uneven", ...lost, severity: "warning" },
  "adapter.ranks": { rule: "adapter-pair-broken", ...lost },
  "adapter.declared-rank": { rule: "adapter-pair-broken", ...lost },
  "adapter.incomplete": { rule: "adapter-pair-broken", ...lost },
  "adapter.other-method": { rule: "adapter-pair-broken", ...lost, byAbsence: false },
  "adapter.declared-size": { rule: "adapter-pair-broken", ...lost, byAbsence: false },
  "adapter.alpha-shape": { rule: "adapter-uneven", ...lost, byAbsence: false },
  "adapter.magnitude": { rule: "adapter-pair-broken", ...lost },
  "adapter.other-base": { rule: "adapter-unlike-header", ...lost, severity: "warning" },
  "adapter.header-rank": { rule: "adapter-unlike-header", ...lost, severity: "warning" },
  "adapter.odd-end": { rule: "adapter-uneven", ...lost, byAbsence: false },
  "adapter.target-missing": { rule: "adapter-target-missing", ...lost, severity: "warning" },
  "adapter.unsaved": { rule: "adapter-target-missing", ...lost, severity: "warning" },
  "adapter.untargeted": { rule: "adapter-target-missing", ...lost, severity: "warning" },
  "adapter.beyond-last": { rule: "adapter-target-missing", ...lost, severity: "warning" },
  "adapter.of-memory": { rule: "adapter-target-missing", ...lost, severity: "warning" },
  "adapter.no-prefix": { rule: "adapter-target-missing", ...lost, severity: "warning" },
  "adapter.alphas": { rule: "adapter-uneven", ...lost, severity: "warning" },
  "adapter.namings": { rule: "adapter-uneven", ...lost, severity: "warning" },
} as const satisfies Record<keyof StructureData, FaultRow>;
