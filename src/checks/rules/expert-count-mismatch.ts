import { fromConfig } from "../config-disagreements.ts";
import page from "./expert-count-mismatch.md";

/** The configuration counts other experts than are stored. */
export const expertCountMismatch = fromConfig(
  ["moe.count", "moe.topk", "moe.layers", "moe.router", "moe.shared"],
  {
    id: "expert-count-mismatch",
    family: "config",
    severity: "error",
    title: "The configuration counts other experts than are stored",
    fix: "Correct the count in `config.json`, or export the experts of all ranks.",
    page,
  },
);
