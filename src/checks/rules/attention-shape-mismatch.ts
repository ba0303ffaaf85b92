import { fromConfig } from "../from-config.ts";
import page from "./attention-shape-mismatch.md";

/** Attention shapes contradict the configuration. */
export const attentionShapeMismatch = fromConfig(
  [
    "shape.q",
    "shape.kv",
    "shape.qkv_fused",
    "head_dim.explicit",
    "head_dim.implicit",
    "attn.groups",
    "shape.qk_norm",
    "key.attention",
  ],
  {
    title: "Attention shapes contradict the configuration",
    fix: "Take the counts of heads and the head width from the original's `config.json`: headers hold only their products.",
    page,
  },
);
