import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { member } from "../../checkpoint/config.ts";
import type { Pipeline } from "../../checkpoint/pipeline.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { findMisfits } from "../../kinds/pipeline/widths.ts";
import { type Fault, fault } from "../fault.ts";

/** What the parts of a source and their description contradict each other in; nothing where no file describes them. */
export function findPipelineFaults({ pipeline, components }: Checkpoint): readonly Fault[] {
  if (pipeline == null) return [];
  const stored = new Set(components.map(({ name }) => name.split("/")[0] ?? name));
  return [...missingParts(pipeline, stored), ...otherClasses(pipeline), ...otherWidths(pipeline)];
}

function missingParts({ file, parts }: Pipeline, stored: ReadonlySet<string>): Fault[] {
  return parts.flatMap(({ name, className, isHere, config }): Fault[] => {
    const tell = (lacks: "folder" | "weights") => [
      fault("pipeline.part-missing", placeOf(name), { part: name, className, lacks, file }),
    ];
    // What holds no settings has no folder either: empty ones are not kept.
    if (!isHere && file === "modules.json" && !WITH_SETTINGS.test(className ?? "")) return [];
    if (!isHere) return tell("folder");
    const isStored = stored.has(name) || stored.has(".");
    return file === "model_index.json" && isOfModel(config) && !isStored ? tell("weights") : [];
  });
}

/** Modules of sentence-transformers that are nothing without their folder. */
const WITH_SETTINGS = /\.(?:Transformer|Pooling|Dense|CNN|LSTM|WordEmbeddings|WeightedLayerPooling)$/;

/** Tokenizers, schedulers and processors have configurations of other names. */
function isOfModel(config: unknown): boolean {
  return typeof member(config, "_class_name") === "string" || Array.isArray(member(config, "architectures"));
}

function otherClasses({ file, parts }: Pipeline): Fault[] {
  if (file === "modules.json") return [];
  return parts.flatMap(({ name, className, config }): Fault[] => {
    const architectures = member(config, "architectures");
    const own =
      member(config, "_class_name") ?? (Array.isArray(architectures) ? architectures[0] : undefined);
    if (typeof own !== "string" || className === null || own === className) return [];
    return [fault("pipeline.class-other", placeOf(name), { part: name, className, own, file })];
  });
}

function otherWidths(pipeline: Pipeline): Fault[] {
  return findMisfits(pipeline).map((misfit) =>
    fault("pipeline.width-other", placeOf(misfit.part), { ...misfit }),
  );
}

/** The folder of a part; the source's own has no name. */
function placeOf(part: string): PlaceSet {
  return part === "" ? PlaceSet.whole() : PlaceSet.named(part);
}
