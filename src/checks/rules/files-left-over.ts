import { fromLoader } from "../loader-findings.ts";
import page from "./files-left-over.md";

/** Weight files lie beside the checkpoint that are no part of it. */
export const filesLeftOver = fromLoader(["FILES_LEFT_ASIDE"], {
  id: "files-left-over",
  family: "index",
  severity: "warning",
  title: "Weight files lie beside the checkpoint that are no part of it",
  fix: "Remove the left-overs of earlier saves, or move them into a folder of their own.",
  page,
});
