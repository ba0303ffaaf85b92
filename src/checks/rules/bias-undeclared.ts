import { fromConfig } from "../from-config.ts";
import page from "./bias-undeclared.md";

/** Biases that no loader asks for. */
export const biasUndeclared = fromConfig(["bias.undeclared", "key.biases"], {
  title: "Biases are stored that the configuration does without",
  fix: "Set `attention_bias` or `mlp_bias` to true in `config.json`.",
  page,
});
