import { COMPLETE_CONFIG, REQUANTIZE, row, type Statement } from "./row.ts";

/** What an engine makes of quantization methods, their declarations and schemes. */
export const METHODS = {
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
  "packing-broken": row(
    ["not-known", "unknown", "likely", "not established"],
    ({ rule }) => `what it makes of the packed weights that ${rule} tells of is not known`,
    null,
    ({ rule }) => `Mend what ${rule} tells of, then ask again.`,
  ),
} as const satisfies Record<string, Statement>;
