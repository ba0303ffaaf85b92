import { fromConfig } from "../config-disagreements.ts";
import page from "./recurrent-shape-mismatch.md";

/** Shapes of mixers that keep a state, by the formula of each kind. */
export const recurrentShapeMismatch = fromConfig(["ssm.shapes", "linear.shapes", "rec.shapes"], {
  id: "recurrent-shape-mismatch",
  family: "config",
  severity: "error",
  title: "Shapes of a recurrent mixer contradict the configuration",
  fix: "Correct the numbers of the mixer in `config.json`.",
  page,
});
