import type { Component } from "../checkpoint/checkpoint.ts";
import { Claims } from "../checkpoint/claims.ts";
import { member } from "../checkpoint/config.ts";
import type { Declaration } from "../quantization/declaration.ts";
import { parseDeclaration } from "../quantization/dialects/parse.ts";
import type { EngineName } from "./names.ts";

/** What an engine takes for the declaration of a checkpoint. */
export interface Declared {
  /** Lower-case, as the engine has it after its own renaming; "" where the declaration names none. */
  readonly method: string;
  /** As the file spells it. */
  readonly written: string | null;
  /** The object itself: of a ModelOpt file the part that holds the settings. */
  readonly value: object;
  readonly file: string;
  readonly configPath: string;
  /** ModelOpt's own file, whose keys differ from those inside config.json. */
  readonly isLegacy: boolean;
  /** The same as unfold reads it, for skip lists and targets. */
  readonly parsed: Declaration | undefined;
}

/** Places inside config.json, in the order in which the engines look. */
const PLACES: Readonly<Record<EngineName, readonly string[]>> = {
  vllm: ["quantization_config", "text_config.quantization_config", "compression_config"],
  sglang: ["quantization_config", "text_config.quantization_config", "compression_config"],
  transformers: ["quantization_config", "text_config.quantization_config"],
  trtllm: ["quantization_config", "text_config.quantization_config"],
  mlx: ["quantization", "quantization_config", "text_config.quantization_config"],
  "llama.cpp": ["quantization_config"],
};

/** The declaration that an engine goes by: which file and place wins is the engine's own. */
export function readDeclared(component: Component, engine: EngineName): Declared | null {
  const inline = readInline(component, engine);
  const legacy = readLegacy(component);
  const slim = engine === "sglang" ? readSlim(component) : null;
  if (slim !== null) return slim;
  if (engine === "trtllm") return legacy ?? inline;
  if (engine === "transformers" || engine === "llama.cpp") return inline;
  return inline ?? legacy ?? readFileOf(component, engine);
}

function readInline(component: Component, engine: EngineName): Declared | null {
  const config = component.configs.get("config.json");
  const stated = new Claims(config).quantization;
  for (const configPath of PLACES[engine]) {
    const value =
      stated.find((each) => each.configPath === configPath)?.value ??
      configPath.split(".").reduce<unknown>((at, key) => member(at, key), config);
    if (isFilled(value)) return declaredBy(value, "config.json", configPath, false, engine);
  }
  return null;
}

/** `hf_quant_config.json` of ModelOpt: its settings are a member. */
function readLegacy(component: Component): Declared | null {
  const file = component.configs.get("hf_quant_config.json");
  const value = member(file, "quantization");
  if (!isFilled(value)) return null;
  const parsed = parseDeclaration("hf_quant_config.json", "quantization", value);
  const algorithm = member(value, "quant_algo");
  return {
    method: "modelopt",
    written: typeof algorithm === "string" ? algorithm : null,
    value,
    file: "hf_quant_config.json",
    configPath: "quantization",
    isLegacy: true,
    parsed,
  };
}

function readSlim(component: Component): Declared | null {
  const value = component.configs.get("quant_model_description.json");
  if (!isFilled(value)) return null;
  const file = "quant_model_description.json";
  return {
    method: "modelslim",
    written: null,
    value,
    file,
    configPath: "",
    isLegacy: false,
    parsed: undefined,
  };
}

/** Files of single methods, which vLLM looks for by itself. */
function readFileOf(component: Component, engine: EngineName): Declared | null {
  if (engine !== "vllm") return null;
  for (const file of ["quantize_config.json", "quant_config.json"]) {
    const value = component.configs.get(file);
    if (isFilled(value) && typeof member(value, "quant_method") === "string")
      return declaredBy(value, file, "", false, engine);
  }
  return null;
}

function declaredBy(
  value: object,
  file: string,
  configPath: string,
  isLegacy: boolean,
  engine: EngineName,
): Declared {
  const written = member(value, "quant_method");
  const named = typeof written === "string" ? written : "";
  const parsed = parseDeclaration(file, configPath, value);
  return {
    method: methodOf(value, named, engine),
    written: named || null,
    value,
    file,
    configPath,
    isLegacy,
    parsed,
  };
}

/** Spellings that engines take for the same method. */
const ALIASES: Readonly<Record<string, string>> = {
  compressed_tensors: "compressed-tensors",
  "intel/auto-round": "auto-round",
  auto_round: "auto-round",
  inc: "auto-round",
  gptq_marlin: "gptq",
  auto_gptq: "gptq",
  gptqmodel: "gptq",
  awq_marlin: "awq",
  auto_awq: "awq",
  modelopt_fp4: "modelopt",
  modelopt_fp8: "modelopt",
  modelopt_mixed: "modelopt",
  modelopt_mxfp8: "modelopt",
  gpt_oss_mxfp4: "mxfp4",
};

function methodOf(value: object, named: string, engine: EngineName): string {
  const producer = member(member(value, "producer"), "name");
  const lower = named.toLowerCase();
  const algorithm = member(value, "quant_algo");
  if (engine !== "transformers" && engine !== "llama.cpp") {
    if (producer === "modelopt" || (lower === "" && typeof algorithm === "string")) return "modelopt";
  }
  if (lower === "" && (member(value, "load_in_4bit") === true || member(value, "load_in_8bit") === true))
    return engine === "transformers" ? "bitsandbytes" : "";
  return Object.hasOwn(ALIASES, lower) ? (ALIASES[lower] as string) : lower;
}

function isFilled(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
  );
}
