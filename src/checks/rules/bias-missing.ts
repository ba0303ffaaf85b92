import { fromConfig } from "../config-disagreements.ts";
import page from "./bias-missing.md";

/** Biases that were lost in all layers at once. */
export const biasMissing = fromConfig(
  ["bias.config"],
  {
    id: "bias-missing",
    family: "config",
    severity: "warning",
    title: "Biases that the model is to have are not stored",
    fix: "Export the biases of the attention projections, or correct the configuration.",
    page,
  },
  ({ headers }) => headers === "none",
);
