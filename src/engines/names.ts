/** The engines that are judged, each at the one version whose tables are here. */
export const ENGINES = {
  vllm: { version: "0.33.0", title: "vLLM" },
  sglang: { version: "0.5.23", title: "SGLang" },
  transformers: { version: "5.23.0", title: "transformers" },
  trtllm: { version: "2026-07", title: "TensorRT-LLM" },
  mlx: { version: "0.32.2", title: "mlx-lm" },
  "llama.cpp": { version: "2026-07", title: "llama.cpp" },
} as const;

export type EngineName = keyof typeof ENGINES;

export const ENGINE_NAMES = Object.keys(ENGINES) as EngineName[];

/** Other names of engines, as people and projects spell them. */
const ALIASES: Readonly<Record<string, EngineName>> = {
  "tensorrt-llm": "trtllm",
  tensorrt: "trtllm",
  trt: "trtllm",
  "mlx-lm": "mlx",
  llamacpp: "llama.cpp",
  gguf: "llama.cpp",
  hf: "transformers",
};

/** The engine of a name, with its version where one is asked for; undefined for no engine. */
export function parseEngine(
  text: string,
): { readonly engine: EngineName; readonly version: string | null } | undefined {
  const [name = "", version] = text.toLowerCase().split("@");
  const engine = Object.hasOwn(ALIASES, name) ? ALIASES[name] : ENGINE_NAMES.find((each) => each === name);
  return engine === undefined ? undefined : { engine, version: version ?? null };
}
