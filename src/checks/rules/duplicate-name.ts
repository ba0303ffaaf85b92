import { fromLoader } from "../loader-findings.ts";
import page from "./duplicate-name.md";

/** A header names something twice. */
export const duplicateName = fromLoader(["DUPLICATE_KEY"], {
  id: "duplicate-name",
  family: "files",
  severity: "error",
  title: "A header names something twice",
  fix: "Write the file anew with each tensor once.",
  page,
});
