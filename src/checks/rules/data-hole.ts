import { fromLoader } from "../loader-findings.ts";
import page from "./data-hole.md";

/** Part of the data belongs to no tensor. */
export const dataHole = fromLoader(["DATA_HOLE"], {
  id: "data-hole",
  family: "files",
  severity: "error",
  title: "Part of the data belongs to no tensor",
  fix: "Write the file anew: tensors have to lie one after the other without gaps.",
  page,
});
