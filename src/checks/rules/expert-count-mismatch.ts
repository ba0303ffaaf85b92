import { fromConfig } from "../from-config.ts";
import page from "./expert-count-mismatch.md";

/** The configuration counts other experts than are stored. */
export const expertCountMismatch = fromConfig(
  ["moe.count", "moe.topk", "moe.layers", "moe.router", "moe.shared", "key.experts"],
  {
    title: "The configuration counts other experts than are stored",
    fix: "Correct the count in `config.json`, or export the experts of all ranks.",
    page,
  },
);
