import type { Checkpoint, Component } from "../../checkpoint/checkpoint.ts";
import { member } from "../../checkpoint/config.ts";
import type { Pipeline } from "../../checkpoint/pipeline.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { findChainMisfits, pinsOf, storesWeights } from "../../kinds/pipeline/chain.ts";
import { findMisfits } from "../../kinds/pipeline/widths.ts";
import { type Fault, fault } from "../fault.ts";

/** What the parts of a source and their description contradict each other in; nothing where no file describes them. */
export function findPipelineFaults({ pipeline, components }: Checkpoint): readonly Fault[] {
  if (pipeline == null) return [];
  const stored = new Map(components.map((each) => [each.name.split("/")[0] ?? each.name, each]));
  return [
    ...missingParts(pipeline, new Set(stored.keys())),
    ...pipeline.unlisted.map((part) =>
      fault("pipeline.part-unlisted", placeOf(part), { part, file: pipeline.file }),
    ),
    ...otherClasses(pipeline),
    ...otherWidths(pipeline),
    ...otherWeights(pipeline, stored),
  ];
}

function missingParts({ file, parts }: Pipeline, stored: ReadonlySet<string>): Fault[] {
  return parts.flatMap(({ name, className, isHere, hasOtherWeights, config }): Fault[] => {
    const tell = (lacks: "folder" | "weights") => [
      fault("pipeline.part-missing", placeOf(name), { part: name, className, lacks, file }),
    ];
    // What holds no settings has no folder either: empty ones are not kept.
    if (!isHere && file === "modules.json" && !WITH_SETTINGS.test(className ?? "")) return [];
    if (!isHere) return tell("folder");
    if (stored.has(name === "" ? "." : name) || hasOtherWeights) return [];
    if (file === "modules.json") return storesWeights(className) ? tell("weights") : [];
    return isOfModel(config) && !stored.has(".") ? tell("weights") : [];
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
  const misfits = pipeline.file === "modules.json" ? findChainMisfits(pipeline) : findMisfits(pipeline);
  return misfits.map((misfit) => fault("pipeline.width-other", placeOf(misfit.part), { ...misfit }));
}

/** Modules of sentence-transformers have no class that a signature holds: a few of their sides follow from their configuration. */
function otherWeights({ file, parts }: Pipeline, stored: ReadonlyMap<string, Component>): Fault[] {
  if (file !== "modules.json") return [];
  return parts.flatMap(({ name, className, config }): Fault[] => {
    const component = stored.get(name);
    if (component === undefined || !component.isComplete) return [];
    const { table } = component;
    const { pins, needs } = pinsOf(className, config);
    const lost = needs.filter((tensor) => table.rowNamed(tensor.tensor) === undefined);
    return [
      ...pins.flatMap(({ tensor, axis, key, is }): Fault[] => {
        const row = table.rowNamed(tensor);
        const [side, expected] = [row === undefined ? undefined : table.shape(row)[axis], is(config)];
        if (side === undefined || expected === undefined || side === expected) return [];
        const data = { part: name, key, tensor, axis, expected, stored: side };
        return [fault("pipeline.weight-other", PlaceSet.named(tensor), data)];
      }),
      ...lost.map(({ tensor, key }) =>
        fault("pipeline.weight-missing", PlaceSet.named(tensor), { part: name, tensor, key }),
      ),
    ];
  });
}

/** The folder of a part; the source's own has no name. */
function placeOf(part: string): PlaceSet {
  return part === "" ? PlaceSet.whole() : PlaceSet.named(part);
}
