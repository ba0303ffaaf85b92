import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { Kind } from "../kind-names.ts";

/** Whether the source is several models that a description joins into one; of a single part the part tells what it is. */
export function isPipeline({ pipeline, components }: Pick<Checkpoint, "pipeline" | "components">): boolean {
  return pipeline?.file === "model_index.json" && components.length > 1;
}

/** What a source is as a whole, given what its first part is: what modules.json lists makes one encoder of texts. */
export function kindOfWhole(checkpoint: Pick<Checkpoint, "pipeline" | "components">, first: Kind): Kind {
  if (isPipeline(checkpoint)) return "pipeline";
  return checkpoint.pipeline?.file === "modules.json" && first === "unknown" ? "encoder" : first;
}
