import { fromConfig } from "../config-disagreements.ts";
import page from "./layer-count-mismatch.md";

/** The configuration counts other layers than are stored. */
export const layerCountMismatch = fromConfig(["layers.count"], {
  id: "layer-count-mismatch",
  family: "config",
  severity: "error",
  title: "The configuration counts other layers than are stored",
  fix: "Correct `num_hidden_layers`, or export the missing layers.",
  page,
});
