import { makeSharded, makeText, type TensorSpec, type VirtualFile } from "./shards.ts";

/** Three shards of two tensors each, with index and config: enough for everything that can go wrong with one. */
export function smallModel(): Map<string, VirtualFile> {
  const tensors: TensorSpec[] = [0, 1, 2].flatMap((layer): TensorSpec[] => [
    [`model.layers.${layer}.mlp.up_proj.weight`, "BF16", [4096, 1024]],
    [`model.layers.${layer}.mlp.down_proj.weight`, "BF16", [1024, 4096]],
  ]);
  const files = makeSharded(tensors, 3);
  files.set("config.json", makeText('{"model_type": "llama"}'));
  return files;
}

export const SECOND_SHARD = "model-00002-of-00003.safetensors";
