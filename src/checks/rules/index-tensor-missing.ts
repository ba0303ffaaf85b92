import { fromLoader } from "../loader-findings.ts";
import page from "./index-tensor-missing.md";

/** The index lists a tensor that its shard lacks. */
export const indexTensorMissing = fromLoader(["TENSOR_MISSING"], {
  id: "index-tensor-missing",
  family: "index",
  severity: "error",
  title: "The index lists a tensor that its shard lacks",
  fix: "Write the index anew from the headers, or export the missing tensor.",
  page,
});
