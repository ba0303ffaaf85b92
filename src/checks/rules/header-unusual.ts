import { fromLoader } from "../loader-findings.ts";
import page from "./header-unusual.md";

/** A header is legal but unusual. */
export const headerUnusual = fromLoader(
  [
    "HEADER_LEADING_SPACE",
    "HEADER_PADDING",
    "METADATA_NULL",
    "RANK_HIGH",
    "HEADER_LARGE",
    "ENTRY_KEY_UNKNOWN",
  ],
  {
    id: "header-unusual",
    family: "files",
    severity: "info",
    title: "A header is legal but unusual",
    fix: "Write the file with a current safetensors library if others are to read it.",
    page,
  },
);
