import { fromLoader } from "../loader-findings.ts";
import page from "./header-invalid.md";

/** A header cannot be read. */
export const headerInvalid = fromLoader(
  [
    "HEADER_SYNTAX",
    "HEADER_NOT_UTF8",
    "HEADER_TOO_DEEP",
    "HEADER_TOO_LARGE",
    "ENTRY_INVALID",
    "SHAPE_INVALID",
    "SHAPE_OVERFLOW",
    "OFFSETS_INVALID",
    "METADATA_INVALID",
    "LIMIT_EXCEEDED",
  ],
  {
    id: "header-invalid",
    family: "files",
    severity: "error",
    title: "A header cannot be read",
    fix: "Write the file anew with a current safetensors library.",
    page,
  },
);
