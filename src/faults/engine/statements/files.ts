import { formatQuantity } from "../../../format/count.ts";
import { NEWER_OR_OTHER, row, type Statement } from "./row.ts";

/** What of files and configurations an engine refuses. */
export const FILES = {
  "shard-absent": row(
    ["files-refused", "refuse", "source", "model_loader: index against files (vllm#41811, sglang#32279)"],
    ({ shards }) => `${shards} of the shards that the index lists are not there`,
    ({ engine, shards }) =>
      engine === "sglang"
        ? `references ${shards} shard file(s) missing`
        : engine === "vllm"
          ? "Weight files referenced in index but missing"
          : engine === "llama.cpp"
            ? "Missing or incomplete model files"
            : "does not appear to have a file named",
    "Fetch the missing shards.",
  ),
  "shards-absent-silently": row(
    ["files-refused", "garbage", "source", "mlx_lm/utils.py: load_model"],
    ({ shards }) =>
      `${shards} of the shards that the index lists are not there, which is noticed as missing parameters`,
    "Missing parameters",
    "Fetch the missing shards.",
  ),
  "no-model-files": row(
    ["files-refused", "refuse", "source", "mlx_lm/utils.py: load_model; llama.cpp conversion/base.py"],
    ({ file, wanted }) => `no file is called ${wanted} (the first is ${file})`,
    ({ engine }) =>
      engine === "mlx"
        ? "No safetensors found"
        : engine === "transformers"
          ? "Error no file named model.safetensors"
          : "Missing or incomplete model files",
    "Rename the files, and write the index of several: `unfold declare --index` prints it.",
  ),
  "index-unlike-files": row(
    ["files-refused", "refuse", "report", "llama.cpp conversion/base.py: get_tensors (llama.cpp#7215)"],
    ({ tensors }) => `${tensors} tensors of the files are not in the index`,
    "Mismatch between weight map and model parts",
    "Write the index again: `unfold declare --index` prints it.",
  ),
  "config-absent": row(
    ["files-refused", "refuse", "source", "transformers AutoConfig"],
    "there is no config.json that could be read",
    "config.json",
    "Put the model's config.json beside the weights.",
  ),
  "is-no-model": row(
    ["architecture-unsupported", "refuse", "source", "config.json"],
    ({ what }) => `it is ${what}, not a model that this engine serves by itself`,
    null,
    "Serve the model that it belongs to.",
  ),
  "consolidated-unmapped": row(
    [
      "files-refused",
      "refuse",
      "report",
      "vllm default_loader.py: _prepare_weights (vllm#33253, vllm#40765)",
    ],
    ({ file, architecture }) =>
      `${file} lies beside the shards, is read alone, and ${architecture} does not rename what it holds`,
    "There is no module or parameter named",
    "Leave consolidated*.safetensors out, or start with --load-format safetensors.",
  ),
  "consolidated-wins": row(
    ["option-limited", "note", "source", "vllm model_loader/default_loader.py: _prepare_weights"],
    ({ file }) => `${file} lies beside the shards: it is read in their place`,
    null,
    "Nothing is to be done where both hold the same; --load-format safetensors takes the shards.",
  ),
  "strays-read": row(
    ["option-limited", "note", "source", "mlx_lm/utils.py: load_model; TensorRT-LLM weight_loader.py"],
    ({ files }) => `${formatQuantity(Number(files), "weight file")} of the folder in no index, and read too`,
    null,
    "Take them out of the folder: of a tensor that is there twice the last one read counts.",
  ),
  "model-type-unknown": row(
    ["model-type-unknown", "refuse", "source", "transformers models/auto/configuration_auto.py"],
    ({ type, library, engine }) =>
      engine === "mlx"
        ? `model_type ${type} is unknown to mlx-lm ${library}`
        : `model_type ${type} is unknown to transformers ${library}${engine === "transformers" ? "" : " and to the engine's own list"}`,
    ({ type, engine }) =>
      engine === "mlx"
        ? `Model type ${type} not supported.`
        : `has model type \`${type}\` but Transformers does not recognize this architecture`,
    NEWER_OR_OTHER,
  ),
  "model-type-newer": row(
    ["model-type-unknown", "refuse", "source", "pinned transformers of the package"],
    ({ type, library }) =>
      `model_type ${type} is newer than transformers ${library}, which this release is pinned to`,
    ({ type }) => `has model type \`${type}\` but Transformers does not recognize this architecture`,
    "Install a newer transformers by hand, or wait for a release that asks for one.",
  ),
  "model-type-absent": row(
    ["not-known", "unknown", "source", "transformers AutoConfig"],
    "config.json has no model_type: how the engine would name it is not known",
    "should have a `model_type` key",
    "Write the model's model_type into config.json.",
  ),
} as const satisfies Record<string, Statement>;
