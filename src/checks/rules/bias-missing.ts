import { fromConfig } from "../from-config.ts";
import page from "./bias-missing.md";

/** Biases that were lost in all layers at once. */
export const biasMissing = fromConfig(["bias.missing", "key.bias"], {
  title: "Biases that the model is to have are not stored",
  fix: "Export the biases of the attention projections, or correct the configuration.",
  page,
});
