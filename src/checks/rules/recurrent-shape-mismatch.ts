import { fromConfig } from "../from-config.ts";
import page from "./recurrent-shape-mismatch.md";

/** Shapes of mixers that keep a state, by the formula of each kind. */
export const recurrentShapeMismatch = fromConfig(
  ["ssm.shapes", "linear.shapes", "rec.shapes", "key.recurrent"],
  {
    title: "Shapes of a recurrent mixer contradict the configuration",
    fix: "Correct the numbers of the mixer in `config.json`.",
    page,
  },
);
