import type { Checkpoint } from "../../checkpoint/checkpoint.ts";

/** Whether the source is several models that a description joins into one; of a single part the part tells what it is. */
export function isPipeline({ pipeline, components }: Pick<Checkpoint, "pipeline" | "components">): boolean {
  return pipeline?.file === "model_index.json" && components.length > 1;
}
