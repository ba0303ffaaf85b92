import { fromLoader } from "../loader-findings.ts";
import page from "./index-ambiguous.md";

/** An index and a single file are both here. */
export const indexAmbiguous = fromLoader(["AMBIGUOUS_CHECKPOINT", "INDEX_LEFT_ASIDE"], {
  id: "index-ambiguous",
  family: "index",
  severity: "warning",
  title: "An index and a single file are both here",
  fix: "Keep one of the two.",
  page,
});
