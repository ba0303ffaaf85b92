import { fromLoader } from "../loader-findings.ts";
import page from "./config-unusable.md";

/** A configuration file cannot be read. */
export const configUnusable = fromLoader(["CONFIG_UNUSABLE"], {
  id: "config-unusable",
  family: "config",
  severity: "warning",
  title: "A configuration file cannot be read",
  fix: "Write the file as JSON; `NaN` and `Infinity` as Python writes them are read.",
  page,
});
