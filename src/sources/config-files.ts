/** Bytes of a configuration file; the largest real ones (per-module quantization maps) have some 5 MB. */
export const MAX_CONFIG_BYTES = 10_000_000;

/**
 * Configuration files that claim something about the weights beside them, by where they are read: `anywhere` is asked for by
 * name too, where nothing is listed (beside a file on the web, in a bucket that denies its list); `listed` where a list has
 * it; `disk` on disks alone, as a tokenizer's files have some megabytes, and elsewhere each is a request more.
 */
const READ_WHERE = {
  "config.json": "anywhere",
  "hf_quant_config.json": "anywhere",
  "quantize_config.json": "anywhere",
  "quant_config.json": "anywhere",
  "quantization_config.json": "anywhere",
  "quant_model_description.json": "anywhere",
  "quanto_qmap.json": "anywhere",
  "params.json": "anywhere",
  "adapter_config.json": "anywhere",
  "model_index.json": "listed",
  "modules.json": "listed",
  "router_config.json": "listed",
  "lstm_config.json": "listed",
  "cnn_config.json": "listed",
  "open_clip_config.json": "anywhere",
  "generation_config.json": "anywhere",
  "added_tokens.json": "disk",
  "tokenizer_config.json": "disk",
} as const satisfies Readonly<Record<string, "anywhere" | "listed" | "disk">>;

export type ConfigFile = keyof typeof READ_WHERE;

/** All of them, in the order in which they are read. */
export const CONFIG_FILES = Object.keys(READ_WHERE) as readonly ConfigFile[];

/** Those that are read of a source that is not on a disk. */
export const REMOTE_CONFIG_FILES = CONFIG_FILES.filter((name) => READ_WHERE[name] !== "disk");

/** Those that are asked for by name where nothing is listed. */
export const FILES_BESIDE = CONFIG_FILES.filter((name) => READ_WHERE[name] === "anywhere");
