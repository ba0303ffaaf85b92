import { NEWER_OR_OTHER, row, type Statement } from "./row.ts";

/** What an engine makes of the class that a configuration names. */
export const CLASSES = {
  "architecture-unknown": row(
    ["architecture-unsupported", "refuse", "source", "model registry of the engine"],
    ({ architecture }) => `${architecture} is in no list of this release`,
    ({ architecture, engine }) =>
      engine === "trtllm"
        ? `Unknown architecture for AutoModelForCausalLM: ${architecture}`
        : engine === "llama.cpp"
          ? `Architecture '${architecture}' not supported!`
          : "are not supported for now",
    NEWER_OR_OTHER,
  ),
  "architecture-removed": row(
    ["architecture-unsupported", "refuse", "source", "vllm model_executor/models/registry.py"],
    ({ architecture, version }) => `${architecture} was removed: ${version} is the last release that has it`,
    ({ version }) => `was supported in vLLM until v${version}`,
    ({ version }) => `Use vllm ${version}, or another engine.`,
  ),
  "architecture-in-plugin": row(
    ["architecture-unsupported", "refuse", "source", "vllm model_executor/models/registry.py"],
    ({ architecture }) => `${architecture} is served by a plugin, which is not part of the package`,
    "not supported in-tree anymore. Please install the plugin",
    "Install the plugin that the message names.",
  ),
  "architecture-by-transformers": row(
    ["slow-path", "note", "likely", "Transformers backend of the engine"],
    ({ architecture }) =>
      `${architecture} has no implementation of its own here: it runs by transformers' class`,
    null,
    "Nothing is to be done: it is slower than a class of the engine's own.",
  ),
  "architecture-by-code": row(
    ["not-known", "unknown", "source", "auto_map of config.json"],
    ({ architecture }) =>
      `${architecture} comes with code of its own (auto_map); whether that runs in this engine is not known`,
    null,
    "Try it with `--trust-remote-code`, after reading the code.",
  ),
  "architecture-code-absent": row(
    ["not-known", "unknown", "likely", "transformers dynamic_module_utils.py"],
    ({ architecture, file }) =>
      `${architecture} comes with code of its own, and ${file}, which auto_map names, is not in the folder`,
    ({ file }) => `does not appear to have a file named ${file}`,
    "Copy the code from the original repository.",
  ),
  "architecture-backend-unsure": row(
    ["not-known", "unknown", "likely", "Transformers backend of the engine"],
    ({ architecture }) =>
      `whether transformers' ${architecture} runs in this engine's Transformers backend is not known`,
    null,
    "Try it, or use transformers.",
  ),
  "architecture-autodeploy": row(
    ["not-known", "unknown", "likely", "TensorRT-LLM support page"],
    ({ architecture }) => `${architecture} is known to the AutoDeploy backend alone, which was not read`,
    ({ architecture }) => `Unknown architecture for AutoModelForCausalLM: ${architecture}`,
    "Try the AutoDeploy backend.",
  ),
  "pipeline-unsupported": row(
    ["split-indivisible", "refuse", "source", "vllm config/model.py: verify_with_parallel_config"],
    ({ architecture, pp }) => `${architecture} cannot be split into ${pp} stages`,
    "Pipeline parallelism is not supported for this model",
    "Use --pp 1.",
  ),
  "class-missing": row(
    ["tensor-missing", "refuse", "source", "model_loader/default_loader.py: track_weights_loading"],
    ({ found, stored, stated }) =>
      `weights that the class has for config.json are not stored${stored === undefined ? (found === "" ? "" : ` (${found})`) : `: ${stated} is stated, ${stored} stored`}`,
    ({ engine }) =>
      engine === "mlx" ? "Missing parameters" : "Following weights were not initialized from checkpoint",
    "Store what is missing, or correct config.json.",
  ),
  "class-missing-silently": row(
    ["tensor-missing", "garbage", "source", "loader of the engine"],
    ({ found, stored, stated }) =>
      `weights that the class has for config.json are not stored, and stay as memory was${stored === undefined ? (found === "" ? "" : ` (${found})`) : `: ${stated} is stated, ${stored} stored`}`,
    ({ engine }) => (engine === "transformers" ? "MISSING" : ""),
    "Store what is missing, or correct config.json.",
  ),
  "class-unknown": row(
    [
      "names-unmatched",
      "refuse",
      "source",
      "model_executor/models/utils.py: AutoWeightsLoader; conversion/base.py",
    ],
    ({ stored, stated }) =>
      stored === undefined
        ? "it is stored, and the class has no place for it"
        : `it is stored beyond what config.json says: ${stated} is stated, ${stored} stored`,
    ({ engine }) => (engine === "llama.cpp" ? "Can not map tensor" : "There is no module or parameter named"),
    "Leave it out of the files, or correct config.json.",
  ),
  "class-shape": row(
    ["shape-refused", "refuse", "source", "weight_loader of parallel layers; transformers loading_report.py"],
    ({ found, expected }) => `stored: ${found}; config.json makes it ${expected}`,
    ({ engine }) => (engine === "transformers" ? "size mismatch" : "AssertionError"),
    "Correct config.json, or export again.",
  ),
  "class-prefix": row(
    [
      "names-unmatched",
      "refuse",
      "source",
      "model_executor/models/utils.py: AutoWeightsLoader; mlx load_weights",
    ],
    ({ found, expected }) => `${found}; the engine looks for ${expected}`,
    ({ engine }) =>
      engine === "vllm"
        ? "There is no module or parameter named"
        : engine === "mlx"
          ? "parameters not in model"
          : "Can not map tensor",
    "Export again from the class that config.json names.",
  ),
  "class-prefix-silently": row(
    ["names-unmatched", "garbage", "source", "sglang models: load_weights"],
    ({ found, expected }) => `${found}; the engine looks for ${expected}, and goes on without`,
    ({ engine }) => (engine === "transformers" ? "MISSING" : "not found in params_dict"),
    "Export again from the class that config.json names.",
  ),
} as const satisfies Record<string, Statement>;
