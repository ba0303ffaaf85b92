import { fromConfig } from "../config-disagreements.ts";
import page from "./family-names-mismatch.md";

/** The configuration is that of another architecture. */
export const familyNamesMismatch = fromConfig(["arch.family"], {
  id: "family-names-mismatch",
  family: "config",
  severity: "warning",
  title: "Tensors are named as another architecture names them",
  fix: "Write the `model_type` of the stored model into `config.json`, or convert the names.",
  page,
});
