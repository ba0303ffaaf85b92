import { formatCount } from "../../format/count.ts";
import type { WordsOf } from "../words-of.ts";
import type { PipelineData } from "./data.ts";

export const PIPELINE_WORDS: WordsOf<PipelineData> = {
  "pipeline.part-missing": ({ className, file }) => ({ expected: className, found: "none", file }),
  "pipeline.class-other": ({ className, own, file }) => ({ expected: className, found: own, file }),
  "pipeline.width-other": ({ part, stated, expected }) => ({
    expected: formatCount(expected),
    found: formatCount(stated),
    file: `${part === "" ? "" : `${part}/`}config.json`,
  }),
};
