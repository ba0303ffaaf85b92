import { member } from "../../checkpoint/config.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./pipeline-part-missing.md";

interface Part extends Seen {
  readonly text: string;
}

/** Parts of a pipeline that its description names, and that are not here or have no weights. */
export const pipelinePartMissing = defineCheck<Part>({
  id: "pipeline-part-missing",
  family: "files",
  severity: "error",
  title: "A part of the pipeline is not here",
  needs: ["pipeline"],
  find: ({ checkpoint, isFirst }) => {
    const { pipeline, components } = checkpoint;
    if (pipeline == null || !isFirst) return [];
    const stored = new Set(components.map(({ name }) => name.split("/")[0]));
    return pipeline.parts.flatMap(({ name, className, isHere, config }): Part[] => {
      const part = { where: name, shard: pipeline.file, expected: className, found: "none" };
      // What holds no settings has no folder either: empty ones are not kept.
      if (!isHere && pipeline.file === "modules.json" && !WITH_SETTINGS.test(className ?? "")) return [];
      if (!isHere) return [{ ...part, text: `names ${quoteForMessage(name)}, and there is no such folder` }];
      const isModel = pipeline.file === "model_index.json" && isOfModel(config);
      if (!isModel || stored.has(name) || stored.has(".")) return [];
      return [{ ...part, text: `${quoteForMessage(name)} has a configuration and no weights` }];
    });
  },
  message: ({ text }) => text,
  fix: "Save the pipeline again with all of its parts, or say in its description that the part is left out.",
  page,
});

/** Modules of sentence-transformers that are nothing without their folder. */
const WITH_SETTINGS = /\.(?:Transformer|Pooling|Dense|CNN|LSTM|WordEmbeddings|WeightedLayerPooling)$/;

/** Tokenizers, schedulers and processors have configurations of other names. */
function isOfModel(config: unknown): boolean {
  return typeof member(config, "_class_name") === "string" || Array.isArray(member(config, "architectures"));
}
