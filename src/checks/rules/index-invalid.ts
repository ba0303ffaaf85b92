import { fromLoader } from "../loader-findings.ts";
import page from "./index-invalid.md";

/** The index cannot be used. */
export const indexInvalid = fromLoader(["INDEX_INVALID"], {
  id: "index-invalid",
  family: "index",
  severity: "error",
  title: "The index cannot be used",
  fix: "Write the index anew: JSON with `weight_map`, names of tensors to names of files.",
  page,
});
