import { fromLoader } from "../loader-findings.ts";
import page from "./size-mismatch.md";

/** A tensor spans other bytes than its dtype and shape need. */
export const sizeMismatch = fromLoader(["SIZE_MISMATCH", "DTYPE_MISALIGNED"], {
  id: "size-mismatch",
  family: "files",
  severity: "error",
  title: "A tensor spans other bytes than its dtype and shape need",
  fix: "Write the file anew: the header and the data come from different versions of the tensor.",
  page,
});
