import { fromDeclaration } from "../packing-findings.ts";
import page from "./scale-suffix-unexpected.md";

/** Scales under a name that the declared method's engines do not look up. */
export const scaleSuffixUnexpected = fromDeclaration(["CONFIG_SUFFIX_MISMATCH"], {
  id: "scale-suffix-unexpected",
  family: "quantization",
  severity: "warning",
  title: "A scale has another method's name",
  fix: "Rename the tensors to the suffix that the declared method uses, in shards and index.",
  page,
});
