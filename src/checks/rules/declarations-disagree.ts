import { fromFaults, tellDeclared } from "../from-faults.ts";
import page from "./declarations-disagree.md";

/** Two files declare different quantizations. */
export const declarationsDisagree = fromFaults(["declared.twice", "declared.skips"], {
  family: "quantization",
  title: "Two files declare different quantizations",
  message: tellDeclared,
  fix: "Keep one declaration, or write them anew together.",
  page,
});
