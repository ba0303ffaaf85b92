import { fromLoader } from "../loader-findings.ts";
import page from "./total-size-wrong.md";

/** The index claims another total size. */
export const totalSizeWrong = fromLoader(["TOTAL_SIZE_WRONG"], {
  id: "total-size-wrong",
  family: "index",
  severity: "warning",
  title: "The index claims another total size",
  fix: "Set `metadata.total_size` to the sum of the tensors' bytes: headers and files' sizes are not counted.",
  page,
});
