import { fromConfig } from "../from-config.ts";
import page from "./latent-attention-mismatch.md";

/** Shapes of multi-head latent attention, by DeepSeek"s formulas. */
export const latentAttentionMismatch = fromConfig(
  ["mla.q_a", "mla.q_b", "mla.kv_a", "mla.kv_b", "mla.o", "key.latent"],
  {
    title: "Shapes of latent attention contradict the configuration",
    fix: "Correct the ranks and head widths in `config.json`.",
    page,
  },
);
