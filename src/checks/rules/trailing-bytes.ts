import { fromLoader } from "../loader-findings.ts";
import page from "./trailing-bytes.md";

/** Bytes after the last tensor belong to no tensor. */
export const trailingBytes = fromLoader(["DATA_TRAILING"], {
  id: "trailing-bytes",
  family: "files",
  severity: "error",
  title: "Bytes after the last tensor belong to no tensor",
  fix: "Write the file anew with a safetensors library; do not append to it.",
  page,
});
