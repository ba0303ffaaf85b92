import { fromConfig } from "../from-config.ts";
import page from "./parameters-unlike-config.md";

/** Parameters by the configuration's numbers against the stored ones. */
export const parametersUnlikeConfig = fromConfig(["params.config_estimate"], {
  title: "The configuration makes another number of parameters than are stored",
  fix: "Compare the list of tensors with the original's; what is stored is what counts.",
  page,
});
