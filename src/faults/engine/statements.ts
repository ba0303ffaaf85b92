import { formatQuantity } from "../../format/count.ts";
import type { EngineRule } from "./kinds.ts";

/** Numbers and names that a statement is made with. Outside text among them is raw. */
export type StatementValues = Readonly<Record<string, number | string>>;

/** What becomes of a start: it ends, it serves nonsense, it is slower than it could be, nothing, or nobody knows. */
export type Outcome = "refuse" | "garbage" | "slow" | "note" | "unknown";

/** How a statement is known: read in the released source, reported by users, or inferred. */
export type Certainty = "source" | "report" | "likely";

/** One way in which an engine meets a checkpoint: a row, whatever the engine. */
export interface Statement {
  readonly rule: EngineRule;
  readonly outcome: Outcome;
  readonly certainty: Certainty;
  /** Project, file and symbol that it was read in. */
  readonly source: string;
  /** What is so, in our words. */
  readonly tells: (values: StatementValues) => string;
  /** The key phrase of the engine's own message, to search for. */
  readonly says: ((values: StatementValues) => string) | null;
  readonly fix: (values: StatementValues) => string;
}

type Text = string | ((values: StatementValues) => string);

function text(given: Text): (values: StatementValues) => string {
  return typeof given === "string" ? () => given : given;
}

/** A row: rule, outcome, how sure, where from; what is so, what the engine says, what to do. */
function row(
  [rule, outcome, certainty, source]: readonly [EngineRule, Outcome, Certainty, string],
  tells: Text,
  says: Text | null,
  fix: Text,
): Statement {
  return {
    rule,
    outcome,
    certainty,
    source,
    tells: text(tells),
    says: says === null ? null : text(says),
    fix: text(fix),
  };
}

const OTHER_PLAN: Text = "Choose a plan that the verdict lists as one that loads.";
const REQUANTIZE: Text = "Quantize with settings that the engine takes, or use an engine that takes these.";
const NEWER_OR_OTHER: Text = "Use a version or an engine that knows it.";
const COMPLETE_CONFIG: Text =
  "Complete the declaration; `unfold declare` prints one that describes what is stored.";
const MEND_LIST: Text =
  "Mend the skip list; `unfold declare` prints one in the names that the engine compares.";

export const STATEMENTS = {
  // Files
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
  // Configuration
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
  // Architecture
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
  // Methods
  "method-unknown": row(
    ["method-unsupported", "refuse", "source", "quantization registry of the engine"],
    ({ method }) => `quant_method ${method} is not among the methods of this release`,
    ({ method, engine }) =>
      engine === "llama.cpp"
        ? `Quant method is not yet supported: '${method}'`
        : `Unknown quantization method: ${method}`,
    REQUANTIZE,
  ),
  "method-deprecated": row(
    ["method-unsupported", "refuse", "source", "vllm layers/quantization/__init__.py"],
    ({ method }) => `quant_method ${method} is deprecated`,
    "allow-deprecated-quantization",
    "Start with --allow-deprecated-quantization, or quantize anew.",
  ),
  "method-skipped": row(
    ["method-unsupported", "refuse", "source", "transformers quantizers/auto.py"],
    ({ method }) =>
      `quant_method ${method} is skipped as unknown, and the packed weights then have wrong shapes`,
    ({ method }) => `Unknown quantization type, got ${method}`,
    REQUANTIZE,
  ),
  "method-skipped-fp8": row(
    ["method-unsupported", "garbage", "source", "transformers quantizers/auto.py"],
    ({ method }) => `quant_method ${method} is skipped as unknown: FP8 values are read without their scales`,
    ({ method }) => `Unknown quantization type, got ${method}`,
    REQUANTIZE,
  ),
  "method-nameless": row(
    ["method-unsupported", "refuse", "source", "configuration parser of the engine"],
    "the declaration has no quant_method",
    ({ engine }) =>
      engine === "vllm"
        ? "There is no module or parameter named"
        : engine === "sglang"
          ? "Unknown quantization method: ."
          : "quant_method",
    COMPLETE_CONFIG,
  ),
  "method-ignored": row(
    ["method-unsupported", "refuse", "source", "loader of the engine"],
    ({ method }) => `the declaration (${method}) is not looked at: packed weights are read as plain ones`,
    ({ engine }) => (engine === "mlx" ? "parameters not in model" : "size mismatch"),
    REQUANTIZE,
  ),
  "mlx-packing": row(
    ["method-unsupported", "refuse", "source", "mlx_lm/utils.py: load_model; sanitize of the model's module"],
    ({ suffix, module }) =>
      `${suffix} is stored, and the code of ${module} does not take it apart: it has no place in the model`,
    "parameters not in model",
    "Convert the unquantized model with mlx_lm.convert.",
  ),
  "packed-undeclared": row(
    ["method-unsupported", "refuse", "source", "loader of the engine"],
    ({ scheme, modules }) =>
      `${modules} modules are stored as ${scheme}, and no file declares it: the model is built plain`,
    ({ engine }) =>
      engine === "vllm"
        ? "There is no module or parameter named"
        : engine === "llama.cpp"
          ? "Can not map tensor"
          : "size mismatch",
    COMPLETE_CONFIG,
  ),
  "fp8-undeclared": row(
    ["method-unsupported", "garbage", "source", "loader of the engine"],
    ({ modules, scheme }) =>
      `${modules} modules are stored as ${scheme}, and no file declares it: their scales are not read`,
    ({ engine }) => (engine === "sglang" ? "Parameter … not found in params_dict" : "UNEXPECTED"),
    COMPLETE_CONFIG,
  ),
  "prequantized-refused": row(
    ["method-unsupported", "refuse", "source", "transformers quantizers/quantizer_nvfp4.py"],
    ({ method }) => `weights that are ${method} already are not read`,
    "not supported yet",
    REQUANTIZE,
  ),
  "algorithm-not-set": row(
    ["method-unsupported", "refuse", "source", "tensorrt_llm _torch/model_config.py"],
    ({ method, why }) => `no algorithm is set for ${method}: ${why}`,
    null,
    REQUANTIZE,
  ),
  // Declarations
  "activation-scheme-missing": row(
    ["declaration-refused", "refuse", "source", "layers/quantization/fp8.py: Fp8Config"],
    ({ found }) => `activation_scheme is ${found}, and has to be static or dynamic`,
    "activation_scheme",
    COMPLETE_CONFIG,
  ),
  "block-size-unusable": row(
    ["declaration-refused", "refuse", "source", "layers/quantization/fp8.py: Fp8Config"],
    ({ found }) => `weight_block_size ${found}: two numbers are needed, with activation_scheme dynamic`,
    "weight_block_size",
    COMPLETE_CONFIG,
  ),
  "block-size-other": row(
    ["declaration-refused", "refuse", "likely", "tensorrt_llm _torch/model_config.py"],
    ({ found }) => `weight_block_size is ${found}, and has to be [128, 128]`,
    "AssertionError",
    REQUANTIZE,
  ),
  "key-missing": row(
    ["declaration-refused", "refuse", "source", "layers/quantization/base_config.py: get_from_keys"],
    ({ keys }) => `the declaration has no ${keys}`,
    ({ keys, engine, method }) =>
      engine === "sglang" && method === "gptq"
        ? "Unknown quantization method: gptq"
        : `Cannot find any of [${keys}] in the model's quantization config`,
    COMPLETE_CONFIG,
  ),
  "key-extra": row(
    ["declaration-refused", "refuse", "source", "compressed_tensors quantization/quant_args.py"],
    ({ key, place }) => `${place} has the key ${key}, which the pinned compressed-tensors does not know`,
    "Extra inputs are not permitted",
    ({ key }) => `Take ${key} out of the declaration.`,
  ),
  "sparsity-declared": row(
    ["declaration-refused", "refuse", "source", "compressed_tensors.py: sparsity_config"],
    "sparsity_config has targets",
    ({ engine }) =>
      engine === "sglang" ? "CompressedTensors24 is not supported now" : "Sparsity support has been removed",
    "Store the weights dense and take sparsity_config out.",
  ),
  "algorithm-unsupported": row(
    ["scheme-unsupported", "refuse", "source", "layers/quantization/modelopt.py"],
    ({ algorithm }) => `quant_algo ${algorithm} is not among those of this release`,
    ({ engine, legacy, algorithm }) =>
      engine === "sglang"
        ? "only supports regular FP8"
        : legacy === 1
          ? `Unknown ModelOpt quant algo: ${algorithm}`
          : "ModelOpt currently only supports",
    REQUANTIZE,
  ),
  "algorithm-missing": row(
    ["declaration-refused", "refuse", "source", "layers/quantization/modelopt.py"],
    "the ModelOpt declaration has no quant_algo",
    ({ engine }) => (engine === "sglang" ? "Cannot find 'quant_algo'" : "Missing 'quant_algo'"),
    COMPLETE_CONFIG,
  ),
  "legacy-key-missing": row(
    ["declaration-refused", "refuse", "source", "vllm layers/quantization/modelopt.py"],
    ({ keys }) => `hf_quant_config.json has no ${keys}`,
    "NVFP4 quantization requires",
    COMPLETE_CONFIG,
  ),
  "mixed-without-layers": row(
    ["declaration-refused", "refuse", "source", "layers/quantization/modelopt.py"],
    "MIXED_PRECISION lists no quantized_layers",
    "quantized_layers",
    COMPLETE_CONFIG,
  ),
  "files-disagree": row(
    ["not-known", "note", "source", "tensorrt_llm quantization/modelopt_config.py"],
    "hf_quant_config.json and config.json declare different algorithms; the file wins without a word",
    null,
    "Make both files say the same.",
  ),
  // Schemes
  "gptq-act-order": row(
    ["scheme-unsupported", "refuse", "source", "vllm layers/quantization/utils/gptq_utils.py"],
    ({ group }) => `desc_act is true with groups of ${group}`,
    "GPTQ group activation ordering (desc_act=True) is no longer supported",
    "Quantize without act-order (desc_act false), or serve with an engine that takes it.",
  ),
  "gptq-bits": row(
    ["scheme-unsupported", "refuse", "source", "layers/quantization/auto_gptq.py, gptq.py"],
    ({ bits, sym, group }) =>
      `GPTQ of ${bits} bits, sym ${sym}, groups of ${group}: Marlin takes 4 and 8 bits, symmetric, groups of -1, 32, 64 and 128`,
    ({ engine, bits, sym }) =>
      engine === "sglang"
        ? "Unknown quantization method: gptq"
        : `Unsupported quantization config: bits=${bits}, sym=${sym}`,
    REQUANTIZE,
  ),
  "gptq-group": row(
    [
      "scheme-unsupported",
      "refuse",
      "source",
      "layers/quantization/utils/marlin_utils.py: verify_marlin_supported",
    ],
    ({ group }) => `groups of ${group}: -1, 32, 64 and 128 are taken`,
    ({ engine }) =>
      engine === "sglang" ? "Unknown quantization method: gptq" : "Marlin does not support group_size",
    REQUANTIZE,
  ),
  "awq-bits": row(
    ["scheme-unsupported", "refuse", "source", "layers/quantization/auto_awq.py"],
    ({ bits }) => `AWQ of ${bits} bits: only 4 are taken`,
    "Currently, only 4-bit weight quantization is supported for AWQ",
    REQUANTIZE,
  ),
  "awq-version": row(
    ["scheme-unsupported", "refuse", "source", "layers/quantization/auto_awq.py"],
    ({ version }) => `the AWQ layout is ${version}, which is read as gemm: shapes do not fit`,
    "AssertionError",
    "Export in the gemm layout.",
  ),
  "ct-scheme": row(
    ["scheme-unsupported", "refuse", "source", "compressed_tensors.py: _get_scheme_from_parts"],
    ({ scheme }) => `no kernel scheme fits ${scheme}`,
    ({ phrase }) => `${phrase}`,
    REQUANTIZE,
  ),
  "ct-hopper-alone": row(
    ["scheme-unsupported", "refuse", "source", "compressed_tensors.py: _is_fp8_w4a8_sm90"],
    ({ scheme, gpu, capability }) =>
      `${scheme}: a kernel for compute capability 9.0 alone, and ${gpu} has ${capability}`,
    "No compressed-tensors compatible scheme was found",
    REQUANTIZE,
  ),
  "ct-group-fixed": row(
    ["scheme-unsupported", "garbage", "source", "sglang layers/moe/cutlass_w4a8_moe.py (sglang#38573)"],
    ({ group }) =>
      `groups of ${group} are stored, and experts of this scheme are computed with groups of 128`,
    null,
    REQUANTIZE,
  ),
  "embedding-quantized": row(
    ["scheme-unsupported", "refuse", "source", "layers/vocab_parallel_embedding.py (vllm#54304)"],
    ({ scheme }) => `the input embedding is stored as ${scheme}`,
    "compressed-tensors embeddings only support",
    "Leave the embedding plain.",
  ),
  "embedding-unfilled": row(
    ["scheme-unsupported", "garbage", "source", "sglang layers/vocab_parallel_embedding.py (sglang#38143)"],
    ({ scheme }) => `the input embedding is stored as ${scheme}, and is left unfilled`,
    null,
    "Leave the embedding plain.",
  ),
  "bnb-split": row(
    ["split-indivisible", "refuse", "source", "sglang model_loader/loader.py"],
    ({ tp }) => `weights that are bitsandbytes already are not split: tp is ${tp}`,
    "Prequant BitsAndBytes models with TP is not supported",
    "Use --tp 1, or quantize while loading.",
  ),
  "mlx-format": row(
    ["scheme-unsupported", "refuse", "source", "mlx_lm/utils.py: load_model"],
    ({ what }) => `${what}`,
    ({ phrase }) => `${phrase}`,
    REQUANTIZE,
  ),
  "gguf-scheme": row(
    ["scheme-unsupported", "refuse", "source", "llama.cpp conversion/base.py: dequant_model"],
    ({ what }) => `${what}`,
    ({ phrase }) => `${phrase}`,
    "Convert from the unquantized original.",
  ),
  // GPUs and dtypes
  "gpu-below-all": row(
    ["gpu-too-old", "refuse", "likely", "CUDA 13 wheels"],
    ({ gpu, capability }) =>
      `${gpu} has compute capability ${capability}: the packages hold code from 7.5 on`,
    "no kernel image is available for execution on the device",
    "Use a newer GPU, or an older release.",
  ),
  "gpu-below-method": row(
    ["gpu-too-old", "refuse", "source", "get_min_capability of the method"],
    ({ method, gpu, capability, minimum }) =>
      `${method} needs compute capability ${minimum}, ${gpu} has ${capability}`,
    ({ method, minimum }) =>
      `The quantization method ${method} is not supported for the current GPU. Minimum capability: ${Number(minimum) * 10}`,
    "Use a newer GPU, or another quantization.",
  ),
  "gpu-below-scheme": row(
    ["gpu-too-old", "refuse", "source", "get_min_capability of the scheme"],
    ({ scheme, gpu, capability, minimum }) =>
      `${scheme} needs compute capability ${minimum}, ${gpu} has ${capability}`,
    ({ engine }) =>
      engine === "sglang"
        ? "not supported for the current GPU"
        : "Quantization scheme is not supported for the current GPU",
    "Use a newer GPU, or another quantization.",
  ),
  "gpu-fp8-experts": row(
    ["gpu-too-old", "refuse", "report", "sglang fused_moe_triton (sglang#5871, #7715, #12887)"],
    ({ gpu, capability }) =>
      `FP8 experts run by Triton, which needs compute capability 8.9; ${gpu} has ${capability}`,
    "fp8e4nv not supported in this architecture",
    "Use a GPU from 8.9 on, or vLLM, which runs them weight-only.",
  ),
  "gpu-other-maker": row(
    ["not-known", "unknown", "likely", "not established"],
    ({ gpu }) => `what this quantization runs on with ${gpu} is not known`,
    null,
    "Try it.",
  ),
  "dtype-unsupported": row(
    ["dtype-refused", "refuse", "source", "get_supported_act_dtypes of the method"],
    ({ dtype, method, dtypes }) => `the model computes in ${dtype}, and ${method} takes ${dtypes}`,
    ({ dtype, method }) => `torch.${dtype} is not supported for quantization method ${method}`,
    ({ dtypes }) => `Start with --dtype ${dtypes}.`,
  ),
  "dtype-float16-unsafe": row(
    ["dtype-refused", "refuse", "source", "vllm config/model.py: _FLOAT16_NOT_SUPPORTED_MODELS"],
    ({ type }) => `${type} does not compute in float16`,
    ({ type }) => `The model type '${type}' does not support float16`,
    "Use bfloat16, on a GPU of compute capability 8.0 or newer.",
  ),
  // Names
  "fused-skip-uneven": row(
    ["fused-parts-differ", "refuse", "source", "layers/quantization/utils/quant_utils.py: is_layer_skipped"],
    ({ fused, skipped, kept }) => `${fused} is one module of ${skipped} (skipped) and ${kept} (quantized)`,
    ({ phrase }) => `${phrase}`,
    "Quantize all parts of a fused module, or none; skip all or none.",
  ),
  "fused-part-absent": row(
    ["fused-parts-differ", "refuse", "report", "vllm gptq_utils.py: is_layer_gptq_quantized (vllm#53992)"],
    ({ fused, absent, kept }) =>
      `${fused} is one module of ${kept} (packed) and ${absent}, which nothing stores and which is taken for plain`,
    ({ fused }) => `Detected some but not all shards of ${fused}`,
    "List what is packed in modules_in_block_to_quantize, or use an engine that does not ask.",
  ),
  "fused-scheme-uneven": row(
    ["fused-parts-differ", "garbage", "source", "compressed_tensors/utils.py: _match_fused_layer"],
    ({ fused, parts }) =>
      `${fused} is one module of parts that are quantized differently (${parts}): the first part's settings are taken for all`,
    null,
    "Quantize the parts of a fused module alike.",
  ),
  "fused-shape-uneven": row(
    [
      "fused-parts-differ",
      "refuse",
      "source",
      "compressed_tensors/utils.py: _match_fused_layer (auto-round#2174)",
    ],
    ({ fused, parts }) => `${fused} is one module of parts that are packed differently (${parts})`,
    ({ phrase }) => `${phrase}`,
    "Quantize the parts of a fused module alike.",
  ),
  "skipped-but-packed": row(
    ["names-unmatched", "refuse", "report", "model_executor/models/utils.py: AutoWeightsLoader (vllm#19424)"],
    ({ entry, scheme }) => `the skip list names it (${entry}), and it is stored as ${scheme}`,
    ({ leaf }) => `There is no module or parameter named '${leaf}'`,
    MEND_LIST,
  ),
  "skipped-but-packed-silently": row(
    ["names-unmatched", "garbage", "report", "sglang models: load_weights"],
    ({ entry, scheme }) =>
      `the skip list names it (${entry}), and it is stored as ${scheme}: its scales are not read`,
    "not found in params_dict",
    MEND_LIST,
  ),
  "targeted-but-plain": row(
    ["names-unmatched", "refuse", "report", "layers/quantization (vllm#35031, #44087)"],
    ({ method }) => `it is stored plain, and no entry of the skip list reaches it: it is built for ${method}`,
    "There is no module or parameter named",
    MEND_LIST,
  ),
  "targeted-but-plain-fp8": row(
    ["names-unmatched", "garbage", "source", "layers/quantization/fp8.py"],
    () =>
      "it is stored plain, and no entry of the skip list reaches it: it is cast to FP8 with a scale that is never set",
    null,
    MEND_LIST,
  ),
  "targeted-but-plain-silently": row(
    ["names-unmatched", "garbage", "source", "sglang models: load_weights"],
    ({ method }) =>
      `it is stored plain, and nothing leaves it out: it is built for ${method}, and its packed values stay as memory was`,
    "not found in params_dict",
    MEND_LIST,
  ),
  "head-packed": row(
    ["names-unmatched", "refuse", "report", "layers/vocab_parallel_embedding.py (vllm#45102)"],
    ({ scheme }) => `the head is stored as ${scheme}, and built plain`,
    ({ leaf, engine }) =>
      engine === "vllm" ? `There is no module or parameter named 'lm_head.${leaf}'` : "AssertionError",
    "Leave the head plain, or declare that it is packed; `unfold declare` prints how.",
  ),
  "head-packed-silently": row(
    ["names-unmatched", "garbage", "source", "sglang layers/vocab_parallel_embedding.py"],
    ({ scheme }) => `the head is stored as ${scheme}, and built plain: its scales are not read`,
    "not found in params_dict",
    "Leave the head plain, or declare that it is packed; `unfold declare` prints how.",
  ),
  "head-unexpected": row(
    ["names-unmatched", "refuse", "report", "vllm models/gemma2.py (vllm#14212, #21755)"],
    ({ architecture }) =>
      `${architecture} has no head of its own, and one is stored with tie_word_embeddings false`,
    "There is no module or parameter named 'lm_head'",
    "Set tie_word_embeddings true, or leave the head out.",
  ),
  "tower-unexpected": row(
    ["names-unmatched", "refuse", "report", "mlx_lm/utils.py: load_model strict (mlx-vlm#429, #1810)"],
    ({ tensors }) => `${tensors} tensors belong to a tower that the text model does not have`,
    ({ tensors }) => `Received ${tensors} parameters not in model`,
    "Use mlx-vlm, or leave the tower out.",
  ),
  "head-missing": row(
    ["tensor-missing", "refuse", "source", "model_loader/default_loader.py: track_weights_loading"],
    "tie_word_embeddings is false, and no head is stored",
    "Following weights were not initialized from checkpoint: {'lm_head.weight'}",
    "Store the head, or set tie_word_embeddings true.",
  ),
  "head-random": row(
    ["tensor-missing", "garbage", "source", "loaders without a check of what is missing"],
    "tie_word_embeddings is false, and no head is stored: it stays random",
    null,
    "Store the head, or set tie_word_embeddings true.",
  ),
  "weights-missing": row(
    ["tensor-missing", "refuse", "source", "loader of the engine"],
    ({ expected }) => `${expected} is not stored`,
    "were not initialized from checkpoint",
    "Store what is missing.",
  ),
  "scale-missing": row(
    ["tensor-missing", "garbage", "source", "default_loader.py: no check with a quantization"],
    ({ suffix }) => `the weight has no ${suffix}, which then holds whatever the memory held`,
    null,
    "Store the scales.",
  ),
  // Shapes
  "vocabulary-differs": row(
    ["shape-refused", "refuse", "report", "layers/vocab_parallel_embedding.py: weight_loader (vllm#15124)"],
    ({ rows, vocabulary }) => `${rows} rows are stored, and vocab_size is ${vocabulary}`,
    ({ engine }) =>
      engine === "transformers"
        ? "size mismatch"
        : "AssertionError: loaded_weight.shape[output_dim] == self.org_vocab_size",
    ({ rows }) => `Set vocab_size to ${rows}, or export the table that belongs to the tokenizer.`,
  ),
  "head-width-derived": row(
    [
      "shape-refused",
      "refuse",
      "report",
      "attention of the class: head_dim = hidden_size // heads (Fast-LLM#102)",
    ],
    ({ stored, columns, expected, heads, width }) =>
      `${stored} × ${columns} is stored; without head_dim, ${heads} heads of ${width} make ${expected} × ${columns}`,
    ({ stored, columns, expected }) =>
      `size mismatch: ${stored} x ${columns} stored, ${expected} x ${columns} expected`,
    ({ right }) => `Write head_dim: ${right} into config.json.`,
  ),
  "mlx-mode": row(
    ["shape-refused", "refuse", "source", "mlx_lm/utils.py: quantization from shapes"],
    ({ what }) => `${what}`,
    "Cannot infer the quantization mode",
    "Convert again with mlx_lm.convert.",
  ),
  "biases-missing": row(
    ["tensor-missing", "refuse", "source", "mlx_lm/utils.py: load_model strict"],
    "an affine weight has scales and no biases",
    "Missing 1 parameters",
    "Convert again with mlx_lm.convert.",
  ),
  // The class
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
  // Plans
  "heads-indivisible": row(
    [
      "split-indivisible",
      "refuse",
      "source",
      "config/model.py: verify_with_parallel_config (vllm#414, #2652)",
    ],
    ({ heads, tp }) => `${heads} attention heads do not divide by ${tp}`,
    ({ heads, tp }) =>
      `Total number of attention heads (${heads}) must be divisible by tensor parallel size (${tp})`,
    OTHER_PLAN,
  ),
  "kv-heads-indivisible": row(
    ["split-indivisible", "refuse", "source", "QKVParallelLinear: num_kv_head_replicas (vllm#11797)"],
    ({ kvHeads, tp }) => `${kvHeads} key/value heads are neither a multiple nor a divisor of ${tp}`,
    ({ kvHeads, tp }) =>
      Number(kvHeads) >= Number(tp)
        ? `${kvHeads} is not divisible by ${tp}`
        : `${tp} is not divisible by ${kvHeads}`,
    OTHER_PLAN,
  ),
  "part-indivisible": row(
    ["split-indivisible", "refuse", "source", "distributed/utils.py: divide"],
    ({ size, side, tp }) => `${size} ${side} do not divide by ${tp}`,
    ({ size, tp }) => `${size} is not divisible by ${tp}`,
    OTHER_PLAN,
  ),
  "vision-indivisible": row(
    ["split-indivisible", "refuse", "likely", "distributed/utils.py: divide"],
    ({ heads, tp }) => `${heads} heads of the vision tower do not divide by ${tp}`,
    ({ heads, tp }) => `${heads} is not divisible by ${tp}`,
    "Start with --mm-encoder-tp-mode data, or choose another plan.",
  ),
  "vocabulary-indivisible": row(
    ["split-indivisible", "refuse", "source", "vllm layers/vocab_parallel_embedding.py"],
    ({ padded, vocabulary, tp }) =>
      `the vocabulary of ${vocabulary} is padded to ${padded}, which does not divide by ${tp}`,
    ({ padded, tp }) => `${padded} is not divisible by ${tp}`,
    OTHER_PLAN,
  ),
  "mamba-heads": row(
    ["split-indivisible", "refuse", "source", "layers/mamba/mamba_mixer2.py (vllm#13660)"],
    ({ heads, tp }) => `${heads} heads of the state space do not divide by ${tp}`,
    "Tensor parallel world size must divide num heads",
    OTHER_PLAN,
  ),
  "mamba-groups": row(
    ["split-indivisible", "refuse", "source", "layers/mamba/mamba_mixer2.py (vllm#14618)"],
    ({ groups, tp }) => `${groups} groups of the state space: neither divisible by ${tp}, nor 1`,
    "If tensor parallel world size does not divide num_groups, then num_groups must equal 1",
    OTHER_PLAN,
  ),
  "mamba-quantized": row(
    ["split-indivisible", "refuse", "source", "sglang layers/attention/mamba/mamba.py"],
    ({ tp }) => `a quantized state space of one group is not split into ${tp}`,
    "AssertionError",
    OTHER_PLAN,
  ),
  "delta-heads": row(
    ["split-indivisible", "refuse", "source", "gated DeltaNet: divide of heads"],
    ({ heads, side, tp }) => `${heads} ${side} heads of the linear attention do not divide by ${tp}`,
    ({ heads, tp }) => `${heads} is not divisible by ${tp}`,
    OTHER_PLAN,
  ),
  "experts-indivisible": row(
    ["split-indivisible", "refuse", "source", "sglang layers/moe/fused_moe_triton/layer.py"],
    ({ experts, ep }) => `${experts} experts do not divide by ${ep}`,
    "AssertionError",
    OTHER_PLAN,
  ),
  "experts-none": row(
    ["split-indivisible", "refuse", "source", "vllm config/model.py"],
    ({ ep }) => `expert parallel ${ep} of a model without experts`,
    "Number of experts in the model must be greater than 0",
    "Leave expert parallelism off.",
  ),
  "block-row": row(
    ["block-cut", "refuse", "source", "fp8_utils.py: validate_fp8_block_shape (vllm#52997, #52915)"],
    ({ inputsPerRank, block }) => `${inputsPerRank} inputs per GPU, in blocks of ${block}`,
    ({ inputsPerRank, block }) =>
      `Weight input_size_per_partition = ${inputsPerRank} is not divisible by weight quantization block_k = ${block}`,
    OTHER_PLAN,
  ),
  "block-column": row(
    ["block-cut", "refuse", "source", "fp8_utils.py: validate_fp8_block_shape (vllm#54178)"],
    ({ outputsPerRank, block }) => `${outputsPerRank} outputs per GPU, in blocks of ${block}`,
    ({ outputsPerRank, block }) =>
      `Weight output_partition_size = ${outputsPerRank} is not divisible by weight quantization block_n = ${block}`,
    OTHER_PLAN,
  ),
  "block-scale-rows": row(
    ["block-cut", "refuse", "source", "model_executor/parameter.py: load_merged_column_weight"],
    ({ outputsPerRank, block, start, length, rows }) =>
      `${outputsPerRank} outputs per GPU, in blocks of ${block}: rows ${start} + ${length} of a scale of ${rows}`,
    ({ start, length, rows }) => `start (${start}) + length (${length}) exceeds dimension size (${rows})`,
    OTHER_PLAN,
  ),
  "block-off-boundary": row(
    ["block-cut", "garbage", "source", "model_executor/parameter.py: load_merged_column_weight"],
    ({ outputsPerRank, block }) =>
      `${outputsPerRank} outputs per GPU start inside a block of ${block}: scales of another block are taken`,
    null,
    OTHER_PLAN,
  ),
  "block-experts": row(
    [
      "block-cut",
      "refuse",
      "source",
      "fused_moe/oracle/fp8.py: refine_fp8_moe_block_shape (vllm#17569, #54178)",
    ],
    ({ widthPerRank, block, divisor }) =>
      `${widthPerRank} columns of an expert per GPU, in blocks of ${block}${divisor === 0 ? "" : `; the common divisor with block and hidden size is ${divisor}`}`,
    ({ widthPerRank, block }) =>
      `The output_size of gate's and up's weight = ${widthPerRank} is not divisible by weight quantization block_n = ${block}`,
    OTHER_PLAN,
  ),
  "block-experts-refined": row(
    ["slow-path", "slow", "source", "vllm fused_moe/oracle/fp8.py: refine_fp8_moe_block_shape"],
    ({ widthPerRank, block, divisor }) =>
      `${widthPerRank} columns of an expert per GPU: blocks of ${block} are refined to ${divisor}, which Triton alone takes`,
    null,
    "A plan that keeps blocks whole is faster.",
  ),
  "block-experts-gpu": row(
    ["block-cut", "refuse", "source", "vllm fused_moe/oracle/fp8.py"],
    ({ divisor, gpu }) =>
      `blocks of experts would be refined to ${divisor}, and no backend takes that on ${gpu} (compute capability below 8.9)`,
    "MoE backend supports the deployment configuration",
    OTHER_PLAN,
  ),
  "fp4-inputs": row(
    ["group-cut", "refuse", "source", "layers/quantization/modelopt.py"],
    ({ inputsPerRank, group }) => `${inputsPerRank} inputs per GPU, in groups of ${group}`,
    ({ engine, scheme }) =>
      scheme === "mxfp8" && engine === "vllm"
        ? "MXFP8 requires input size divisible by 32"
        : "Unsupported model when in features size is not multiple of 16",
    OTHER_PLAN,
  ),
  "fp4-inputs-unchecked": row(
    ["group-cut", "garbage", "source", "vllm compressed_tensors: NVFP4 without a check"],
    ({ inputsPerRank, group }) =>
      `${inputsPerRank} inputs per GPU, in groups of ${group}: the last group is lost`,
    null,
    OTHER_PLAN,
  ),
  "fp4-experts": row(
    ["group-cut", "refuse", "report", "vllm modelopt.py: experts without a check (vllm#49949)"],
    ({ widthPerRank, group }) => `${widthPerRank} columns of an expert per GPU, in groups of ${group}`,
    ({ widthPerRank, scheme }) =>
      scheme === "mxfp8"
        ? "MXFP8 MoE requires"
        : `size_k = ${widthPerRank}, is not divisible by b_scales.size(1)`,
    OTHER_PLAN,
  ),
  "group-row": row(
    ["group-cut", "refuse", "source", "layers/quantization: group against input_size_per_partition"],
    ({ inputsPerRank, group }) => `${inputsPerRank} inputs per GPU, in groups of ${group}`,
    ({ inputsPerRank, group, phrase }) =>
      phrase === "awq"
        ? "The input size is not aligned with the quantized weight shape"
        : `input_size_per_partition = ${inputsPerRank} is not divisible by group_size = ${group}`,
    OTHER_PLAN,
  ),
  "group-row-unchecked": row(
    ["group-cut", "garbage", "likely", "vllm layers/quantization/auto_gptq.py"],
    ({ inputsPerRank, group }) =>
      `${inputsPerRank} inputs per GPU, in groups of ${group}: scales are cut at the wrong place`,
    null,
    OTHER_PLAN,
  ),
  "group-experts": row(
    ["group-cut", "refuse", "source", "compressed_tensors_moe_wna16.py"],
    ({ widthPerRank, group }) => `${widthPerRank} columns of an expert per GPU, in groups of ${group}`,
    ({ engine }) =>
      engine === "vllm" ? "Scale groups would otherwise cross TP shard boundaries" : "AssertionError",
    OTHER_PLAN,
  ),
  "group-experts-halved": row(
    ["slow-path", "slow", "report", "vllm moe_wna16.py (vllm#17604)"],
    ({ widthPerRank, group, smaller }) =>
      `${widthPerRank} columns of an expert per GPU: groups of ${group} are read as groups of ${smaller}`,
    "is not supported by GPTQMoeMarlin. Falling back to Moe WNA16 kernels",
    "A plan that keeps groups whole is faster.",
  ),
  "group-experts-small": row(
    ["group-cut", "refuse", "report", "vllm moe_wna16.py (vllm#17604)"],
    ({ widthPerRank, group }) =>
      `${widthPerRank} columns of an expert per GPU: groups of ${group} would have to be read as less than 32`,
    "AssertionError",
    OTHER_PLAN,
  ),
  "marlin-shape": row(
    ["group-cut", "refuse", "source", "sglang layers/quantization/marlin_utils.py"],
    ({ outputsPerRank, inputsPerRank }) =>
      `${outputsPerRank} outputs and ${inputsPerRank} inputs per GPU: multiples of 64 and 128 are needed`,
    ({ outputsPerRank, inputsPerRank }) =>
      Number(outputsPerRank) % 64 === 0
        ? `Weight input_size_per_partition = ${inputsPerRank} is not divisible by min_thread_k = 128`
        : `Weight output_size_per_partition = ${outputsPerRank} is not divisible by min_thread_n = 64`,
    OTHER_PLAN,
  ),
  "marlin-padded": row(
    ["slow-path", "slow", "source", "vllm layers/quantization/utils/marlin_utils.py (vllm#45295, #36329)"],
    ({ outputsPerRank, inputsPerRank }) =>
      `${outputsPerRank} outputs and ${inputsPerRank} inputs per GPU are padded for Marlin`,
    null,
    "Nothing is to be done: padding costs memory and time.",
  ),
  "weight-only": row(
    ["slow-path", "slow", "source", "kernels of the engine by compute capability"],
    ({ scheme, gpu, capability, native }) =>
      `${scheme} runs weight-only on ${gpu} (compute capability ${capability}; its own units begin at ${native})`,
    null,
    "Nothing is to be done: memory is saved, time is not.",
  ),
  // Memory
  "memory-short": row(
    ["memory-short", "refuse", "source", "vllm v1/worker/gpu_worker.py; sglang arg_groups/memory_hook.py"],
    ({ weights, memory, gpu }) => `${weights} bytes of weights per GPU, and ${gpu} has ${memory}`,
    ({ engine }) => (engine === "vllm" ? "No available memory for the cache blocks" : "Not enough memory"),
    "Use more GPUs or larger ones; `unfold fit` lists those that hold it.",
  ),
  // Not known
  // Options
  "mtp-absent": row(
    ["option-limited", "note", "report", "loader of the prediction layers (vllm#35548)"],
    ({ layers }) =>
      `${formatQuantity(Number(layers), "prediction layer")} declared, none stored: it loads, but not with speculation by them`,
    "MTP speculative decoding layer",
    "Start without speculative decoding by MTP, or store the layers of the original.",
  ),
  "cache-scale-value-lone": row(
    ["tensor-missing", "refuse", "report", "vllm layers/quantization/kv_cache.py"],
    "a scale of the cached values is stored, and none of the keys",
    "AssertionError",
    "Store both scales, or neither.",
  ),
  "cache-scale-key-lone": row(
    ["option-limited", "note", "report", "vllm layers/quantization/kv_cache.py"],
    "a scale of the cached keys is stored, and none of the values: it counts for both",
    null,
    "Store both scales where they differ.",
  ),
  "eplb-uneven": row(
    ["option-limited", "note", "source", "vllm layers/fused_moe/layer.py"],
    ({ experts, ep }) =>
      `${experts} experts do not divide by ${ep}: they are spread with a remainder, but not balanced`,
    "even distribution",
    "Leave --enable-eplb out, or choose a number of GPUs that divides the experts.",
  ),
  "fp4-backend-native": row(
    ["option-limited", "note", "source", "sglang modelopt_quant.py, fp4_utils.py"],
    ({ gpu, capability }) =>
      `on ${gpu} (compute capability ${capability}) NVFP4 runs by Marlin: another --fp4-gemm-backend is refused`,
    "require SM100+",
    "Leave --fp4-gemm-backend out.",
  ),
  "fp4-experts-consumer": row(
    ["option-limited", "note", "report", "vllm fused_moe/oracle/nvfp4.py (vllm#35065, vllm#31085)"],
    ({ gpu }) =>
      `on ${gpu} NVFP4 experts run by FlashInfer-CUTLASS, CUTLASS or Marlin: experts without a gate may find none`,
    "No NvFp4 MoE backend supports the deployment configuration",
    "Nothing is to be done for gated experts.",
  ),
  "layout-unclear": row(
    ["not-known", "unknown", "likely", "not established"],
    ({ what }) => `${what}`,
    null,
    "Try it: the tables do not know.",
  ),
} as const satisfies Record<string, Statement>;

export type StatementId = keyof typeof STATEMENTS;
