import { fromConfig } from "../config-disagreements.ts";
import page from "./vision-part-mismatch.md";

/** A vision tower and `vision_config` come together. */
export const visionPartMismatch = fromConfig(["vision.config"], {
  id: "vision-part-mismatch",
  family: "config",
  severity: "warning",
  title: "Vision tower and its description do not belong together",
  fix: "Take `vision_config` out of a text-only export, or export the tower.",
  page,
});
