import { fromLoader } from "../loader-findings.ts";
import page from "./data-overlap.md";

/** Two tensors share bytes. */
export const dataOverlap = fromLoader(["DATA_OVERLAP"], {
  id: "data-overlap",
  family: "files",
  severity: "error",
  title: "Two tensors share bytes",
  fix: "Write the file anew with each tensor in its own place; tie weights in the model, not in the file.",
  page,
});
