import type { FaultRow } from "../fault-row.ts";

const config = { view: "config", byAbsence: false, severity: "error" } as const;
const lost = { code: null, view: null, severity: "error" } as const;

/**
 * What a checkpoint has otherwise than the class that its configuration names. A key is told under the rule that is about
 * keys of its sort, whoever finds it.
 */
export const SIGNATURE_FAULTS = {
  "weights.missing": { rule: "weights-missing", ...lost, byAbsence: true },
  "weights.renamed": { rule: "weights-missing", ...lost, byAbsence: true },
  "weights.unexpected": { rule: "weights-unexpected", ...lost, severity: "info", byAbsence: false },
  "weights.shape": { rule: "shape-unlike-config", ...config, code: "shape.class" },
  "class.odds": {
    rule: "class-unlike-model-type",
    ...lost,
    severity: "warning",
    byAbsence: false,
    isOfWhole: true,
  },
  "class.names": { rule: "class-unlike-model-type", ...lost, byAbsence: false, isOfWhole: true },
  "class.prefix": {
    rule: "prefix-unlike-class",
    ...lost,
    severity: "info",
    byAbsence: false,
    isOfWhole: true,
  },
  "key.layers": { rule: "layer-count-mismatch", ...config, code: "layers.count" },
  "key.kinds": { rule: "layer-kind-mismatch", ...config, code: "layers.kinds" },
  "key.width": { rule: "width-mismatch", ...config, code: "shape.hidden" },
  "key.vocab": { rule: "vocab-size-mismatch", ...config, code: "shape.vocab" },
  "key.attention": { rule: "attention-shape-mismatch", ...config, code: "shape.q" },
  "key.latent": { rule: "latent-attention-mismatch", ...config, code: "mla.q_a" },
  "key.indexer": { rule: "indexer-mismatch", ...config, code: "indexer.shape" },
  "key.recurrent": { rule: "recurrent-shape-mismatch", ...config, code: "ssm.shapes" },
  "key.experts": { rule: "expert-count-mismatch", ...config, code: "moe.count" },
  "key.positions": { rule: "position-table-mismatch", ...config, code: "position.table" },
  "key.tie": { rule: "head-missing", ...config, code: "tie.config" },
  "key.tied": { rule: "head-although-tied", ...config, code: "tie.config", severity: "info" },
  "key.bias": { rule: "bias-missing", ...config, code: "bias.config", severity: "warning" },
  "key.biases": { rule: "bias-undeclared", ...config, code: "bias.config", severity: "warning" },
  "key.vision": { rule: "vision-part-mismatch", ...config, code: "vision.config" },
  "key.other": { rule: "shape-unlike-config", ...config, code: "key.class" },
} as const satisfies Record<string, FaultRow>;
