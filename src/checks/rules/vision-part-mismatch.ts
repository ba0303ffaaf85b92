import { fromConfig } from "../from-config.ts";
import page from "./vision-part-mismatch.md";

/** A vision tower and `vision_config` come together. */
export const visionPartMismatch = fromConfig(["vision.config", "key.vision"], {
  title: "Vision tower and its description do not belong together",
  fix: "Take `vision_config` out of a text-only export, or export the tower.",
  page,
});
