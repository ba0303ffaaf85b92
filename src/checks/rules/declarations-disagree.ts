import { fromDeclaration } from "../packing-findings.ts";
import page from "./declarations-disagree.md";

/** Two files declare different quantizations. */
export const declarationsDisagree = fromDeclaration(["CONFIG_PLACES_DISAGREE"], {
  id: "declarations-disagree",
  family: "quantization",
  severity: "warning",
  title: "Two files declare different quantizations",
  fix: "Keep one declaration, or write them anew together.",
  page,
});
