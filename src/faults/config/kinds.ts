import type { FaultRow } from "../fault-row.ts";
import type { ConfigData } from "./data.ts";

const config = { view: "config", byAbsence: true } as const;
const error = { ...config, severity: "error" } as const;
const warning = { ...config, severity: "warning" } as const;
const info = { ...config, severity: "info" } as const;

const attention = "attention-shape-mismatch";
const experts = "expert-count-mismatch";
const width = "width-mismatch";
const latent = "latent-attention-mismatch";
const recurrent = "recurrent-shape-mismatch";

/** What `config.json` says otherwise than the headers, and headers that contradict each other about a model's numbers. */
export const CONFIG_FAULTS = {
  "layout.unclear": { rule: "layout-not-understood", code: "layout.unclear", ...warning },
  "layers.count": { rule: "layer-count-mismatch", code: "layers.count", ...error },
  "layers.kinds": { rule: "layer-kind-mismatch", code: "layers.kinds", ...error },
  "layers.list": { rule: "layer-kind-mismatch", code: "layers.list", ...error },
  "arch.family": { rule: "family-names-mismatch", code: "arch.family", ...warning },
  "shape.hidden": { rule: width, code: "shape.hidden", ...error },
  "shape.mlp": { rule: width, code: "shape.mlp", ...error },
  "shape.expert": { rule: width, code: "shape.expert", ...error },
  "ple.shape": { rule: width, code: "ple.shape", ...error },
  "shape.vocab": { rule: "vocab-size-mismatch", code: "shape.vocab", ...error },
  "shape.head_vocab": { rule: "vocab-size-mismatch", code: "shape.head_vocab", ...error },
  "tie.missing": { rule: "head-missing", code: "tie.config", ...error },
  "tie.stored": { rule: "head-although-tied", code: "tie.config", ...info },
  "position.table": { rule: "position-table-mismatch", code: "position.table", ...warning },
  "shape.q": { rule: attention, code: "shape.q", ...error },
  "shape.kv": { rule: attention, code: "shape.kv", ...error },
  "shape.qkv_fused": { rule: attention, code: "shape.qkv_fused", ...error },
  "head_dim.explicit": { rule: attention, code: "head_dim.explicit", ...error },
  "head_dim.implicit": { rule: attention, code: "head_dim.implicit", ...warning },
  "attn.groups": { rule: attention, code: "attn.groups", ...error },
  "shape.qk_norm": { rule: attention, code: "shape.qk_norm", ...warning },
  "bias.missing": { rule: "bias-missing", code: "bias.config", ...warning },
  "bias.undeclared": { rule: "bias-undeclared", code: "bias.config", ...warning },
  "mla.q_a": { rule: latent, code: "mla.q_a", ...error },
  "mla.q_b": { rule: latent, code: "mla.q_b", ...error },
  "mla.kv_a": { rule: latent, code: "mla.kv_a", ...error },
  "mla.kv_b": { rule: latent, code: "mla.kv_b", ...error },
  "mla.o": { rule: latent, code: "mla.o", ...error },
  "indexer.shape": { rule: "indexer-mismatch", code: "indexer.shape", ...error },
  "indexer.layers": { rule: "indexer-mismatch", code: "indexer.layers", ...error },
  "ssm.shapes": { rule: recurrent, code: "ssm.shapes", ...error },
  "linear.shapes": { rule: recurrent, code: "linear.shapes", ...error },
  "rec.shapes": { rule: recurrent, code: "rec.shapes", ...error },
  "moe.count": { rule: experts, code: "moe.count", ...error },
  "moe.topk": { rule: experts, code: "moe.topk", ...error },
  "moe.layers": { rule: experts, code: "moe.layers", ...error },
  "moe.router": { rule: experts, code: "moe.router", ...error },
  "moe.shared": { rule: experts, code: "moe.shared", ...error },
  "norm.count": { rule: "norm-count-uneven", code: "norm.count", ...warning },
  "gemma.kv_shared": { rule: "shared-keys-stored", code: "gemma.kv_shared", ...info },
  "mtp.count": { rule: "prediction-head-missing", code: "mtp.count", ...info },
  "vision.config": { rule: "vision-part-mismatch", code: "vision.config", ...warning },
  "params.config_estimate": {
    rule: "parameters-unlike-config",
    code: "params.config_estimate",
    ...warning,
  },
} as const satisfies Record<keyof ConfigData, FaultRow>;

/** Stable name of a comparison, which several kinds of faults may come from. */
export type ComparisonId = (typeof CONFIG_FAULTS)[keyof typeof CONFIG_FAULTS]["code"];
