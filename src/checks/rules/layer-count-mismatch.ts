import { fromConfig } from "../from-config.ts";
import page from "./layer-count-mismatch.md";

/** The configuration counts other layers than are stored. */
export const layerCountMismatch = fromConfig(["layers.count", "key.layers"], {
  title: "The configuration counts other layers than are stored",
  fix: "Correct `num_hidden_layers`, or export the missing layers.",
  page,
});
