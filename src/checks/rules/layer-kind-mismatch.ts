import { fromConfig } from "../config-disagreements.ts";
import page from "./layer-kind-mismatch.md";

/** Which layers attend and which keep a state, against the configuration's list. */
export const layerKindMismatch = fromConfig(["layers.kinds"], {
  id: "layer-kind-mismatch",
  family: "config",
  severity: "error",
  title: "Layers are of other kinds than the configuration says",
  fix: "Write the kinds of the stored layers into `config.json`, in their order.",
  page,
});
