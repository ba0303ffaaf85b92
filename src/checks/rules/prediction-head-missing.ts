import { fromConfig } from "../config-disagreements.ts";
import page from "./prediction-head-missing.md";

/** Prediction modules that the configuration promises are not stored. */
export const predictionHeadMissing = fromConfig(["mtp.count"], {
  id: "prediction-head-missing",
  family: "config",
  severity: "info",
  title: "Prediction modules that the configuration promises are not stored",
  fix: "Set the count to 0, or export the `mtp` tensors.",
  page,
});
