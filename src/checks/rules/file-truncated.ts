import { fromLoader } from "../loader-findings.ts";
import page from "./file-truncated.md";

/** A shard is shorter than its header says. */
export const fileTruncated = fromLoader(["FILE_TRUNCATED", "HEADER_PAST_END", "FILE_TOO_SHORT"], {
  id: "file-truncated",
  family: "files",
  severity: "error",
  title: "A shard is shorter than its header says",
  fix: "Fetch or export the file again, and compare sizes before you upload.",
  page,
});
