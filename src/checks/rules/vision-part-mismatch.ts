import { fromConfig } from "../from-config.ts";
import page from "./vision-part-mismatch.md";

/** A vision tower and `vision_config` come together. */
export const visionPartMismatch = fromConfig(["vision.config", "key.vision"], {
  title: "Vision tower and its description do not belong together",
  fix: "Put back the configuration of the whole model where its tower is stored; of an export of the text alone take `vision_config` out, or export the tower.",
  page,
});
