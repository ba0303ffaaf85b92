import { fromConfig } from "../from-config.ts";
import page from "./layer-kind-mismatch.md";

/** Which layers attend and which keep a state, against the configuration's list. */
export const layerKindMismatch = fromConfig(["layers.kinds", "layers.list", "key.kinds"], {
  title: "Layers are of other kinds than the configuration says",
  fix: "Write the kinds of the stored layers into `config.json`, in their order.",
  page,
});
