import { member } from "../../checkpoint/config.ts";
import { type Ask, type Said, say } from "../ask.ts";

/** `quant_algo` values that each engine has code for, beside MIXED_PRECISION. */
const ALGORITHMS = {
  vllm: ["FP8", "FP8_PER_CHANNEL_PER_TOKEN", "FP8_PB_WO", "NVFP4", "W4A16_NVFP4", "MXFP8"],
  sglang: ["FP8", "NVFP4", "NVFP4_AWQ", "W4A16_NVFP4", "MXFP8"],
} as const;

/** Those that vLLM finds in ModelOpt's own file. */
const LEGACY = ["FP8", "FP8_PER_CHANNEL_PER_TOKEN", "FP8_PB_WO", "NVFP4"];

export function judgeModelOpt(ask: Ask): Said[] {
  const { engine, declared } = ask;
  if (declared === null || (engine !== "vllm" && engine !== "sglang")) return [];
  const { value, isLegacy } = declared;
  const written = member(value, "quant_algo");
  if (typeof written !== "string" || written === "") return [say("algorithm-missing", null, { engine })];
  const algorithm = written.toUpperCase();
  if (algorithm === "MIXED_PRECISION") return judgeMixed(ask);
  const known: readonly string[] = engine === "vllm" && isLegacy ? LEGACY : ALGORITHMS[engine];
  if (!known.includes(algorithm))
    return [say("algorithm-unsupported", null, { algorithm: written, engine, legacy: isLegacy ? 1 : 0 })];
  if (engine !== "vllm" || !isLegacy || algorithm !== "NVFP4") return [];
  const keys = ["group_size", "kv_cache_quant_algo", "exclude_modules"].filter(
    (key) => member(value, key) === undefined,
  );
  return keys.length > 0 ? [say("legacy-key-missing", null, { keys: keys.join(", ") })] : [];
}

/** Layers may be listed in either file. */
function judgeMixed({ component, declared }: Ask): Said[] {
  const places = [declared?.value, member(component.configs.get("hf_quant_config.json"), "quantization")];
  const hasLayers = places.some((place) => {
    const layers = member(place, "quantized_layers");
    return typeof layers === "object" && layers !== null && Object.keys(layers).length > 0;
  });
  return hasLayers ? [] : [say("mixed-without-layers", null)];
}
