import { fromFaults, tellDeclared } from "../from-faults.ts";
import page from "./scale-suffix-unexpected.md";

/** Scales under a name that the declared method's engines do not look up. */
export const scaleSuffixUnexpected = fromFaults(["declared.suffix"], {
  family: "quantization",
  title: "A scale has another method's name",
  message: tellDeclared,
  fix: "Rename the tensors to the suffix that the declared method uses, in shards and index.",
  page,
});
