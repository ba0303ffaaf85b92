import { fromLoader } from "../loader-findings.ts";
import page from "./dtype-unknown.md";

/** A dtype is none of the format. */
export const dtypeUnknown = fromLoader(["DTYPE_UNKNOWN"], {
  id: "dtype-unknown",
  family: "files",
  severity: "error",
  title: "A dtype is none of the format",
  fix: "Store the tensor in one of the 22 dtypes of safetensors; names are exact and in capitals.",
  page,
});
