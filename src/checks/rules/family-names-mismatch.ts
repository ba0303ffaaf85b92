import { fromConfig } from "../from-config.ts";
import page from "./family-names-mismatch.md";

/** The configuration is that of another architecture. */
export const familyNamesMismatch = fromConfig(["arch.family"], {
  title: "Tensors are named as another architecture names them",
  fix: "Write the `model_type` of the stored model into `config.json`, or convert the names.",
  page,
});
