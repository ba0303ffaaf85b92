import { compareWithConfig } from "../../architecture/config-checks/find.ts";
import { fromConfig } from "../config-disagreements.ts";
import page from "./parameters-unlike-config.md";

/** Parameters by the configuration's numbers against the stored ones. */
export const parametersUnlikeConfig = fromConfig(
  ["params.config_estimate"],
  {
    id: "parameters-unlike-config",
    family: "config",
    severity: "warning",
    title: "The configuration makes another number of parameters than are stored",
    fix: "Compare the list of tensors with the original's; what is stored is what counts.",
    page,
  },
  // A number that is contradicted itself is the reason, and is told instead.
  (_, { model }) => !compareWithConfig(model).disagreements.some(({ severity }) => severity === "error"),
);
