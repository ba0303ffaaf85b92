import { fromConfig } from "../from-config.ts";
import page from "./width-mismatch.md";

/** Widths contradict the configuration. */
export const widthMismatch = fromConfig(
  ["shape.hidden", "shape.mlp", "shape.expert", "ple.shape", "key.width"],
  {
    title: "Widths contradict the configuration",
    fix: "Correct `hidden_size`, `intermediate_size` or `moe_intermediate_size` in `config.json`.",
    page,
  },
);
