import type { FaultRow } from "../fault-row.ts";
import type { PipelineData } from "./data.ts";

const told = { code: null, view: null, severity: "error", byAbsence: false } as const;

/** Faults of several models that are to work together. */
export const PIPELINE_FAULTS = {
  "pipeline.part-missing": { rule: "pipeline-part-missing", ...told },
  "pipeline.part-unlisted": { rule: "pipeline-part-missing", ...told, severity: "warning" },
  "pipeline.class-other": { rule: "pipeline-parts-disagree", ...told },
  "pipeline.weight-other": { rule: "pipeline-parts-disagree", ...told },
  "pipeline.weight-missing": { rule: "pipeline-parts-disagree", ...told },
  "pipeline.width-other": { rule: "pipeline-parts-disagree", ...told },
} as const satisfies Record<keyof PipelineData, FaultRow>;
