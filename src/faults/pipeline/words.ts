import { formatCount } from "../../format/count.ts";
import type { WordsOf } from "../words-of.ts";
import type { PipelineData } from "./data.ts";

export const PIPELINE_WORDS: WordsOf<PipelineData> = {
  "pipeline.part-missing": ({ className, file }) => ({ expected: className, found: "none", file }),
  "pipeline.part-unlisted": ({ part, file }) => ({ expected: part, found: "none", file }),
  "pipeline.class-other": ({ className, own, file }) => ({ expected: className, found: own, file }),
  "pipeline.weight-other": ({ expected, stored }) => ({
    expected: formatCount(expected),
    found: formatCount(stored),
  }),
  "pipeline.weight-missing": ({ tensor }) => ({ expected: tensor, found: "none" }),
  "pipeline.width-other": ({ part, stated, expected }) => ({
    expected: formatCount(expected),
    found: formatCount(stated),
    file: `${part === "" ? "" : `${part}/`}config.json`,
  }),
};
