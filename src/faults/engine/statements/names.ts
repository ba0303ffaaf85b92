import { MEND_LIST, row, type Statement } from "./row.ts";

/** What an engine looks for by name and shape. */
export const NAMES = {
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
} as const satisfies Record<string, Statement>;
