/** Configuration files that are asked for by name where nothing is listed: beside a file on the web, in a bucket that denies it. */
export const FILES_BESIDE = [
  "config.json",
  "hf_quant_config.json",
  "quantize_config.json",
  "quant_config.json",
  "quantization_config.json",
  "quant_model_description.json",
  "quanto_qmap.json",
  "params.json",
  "adapter_config.json",
  "generation_config.json",
  "open_clip_config.json",
] as const;

/** Bytes of such a file; longer ones are not read by anyone. */
export const MAX_BESIDE_BYTES = 10_000_000;
