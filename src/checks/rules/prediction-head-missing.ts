import { fromConfig } from "../from-config.ts";
import page from "./prediction-head-missing.md";

/** Prediction modules that the configuration promises are not stored. */
export const predictionHeadMissing = fromConfig(["mtp.count"], {
  title: "Prediction modules that the configuration promises are not stored",
  fix: "Set the count to 0, or export the `mtp` tensors.",
  page,
});
