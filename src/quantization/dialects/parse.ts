import { member } from "../../checkpoint/config.ts";
import { type Declaration, makeDeclaration } from "../declaration.ts";
import { DeclaredNumbers } from "../declared-numbers.ts";
import { parseAutoRound } from "./auto-round.ts";
import { parseCompressedTensors } from "./compressed-tensors.ts";
import { type Dialect, text } from "./fields.ts";
import { parseAwq, parseGptq } from "./gptq.ts";
import {
  parseAqlm,
  parseBitsAndBytes,
  parseFp8,
  parseGemma,
  parseGeneric,
  parseHqq,
  parseMistral,
  parseQuanto,
  parseSdnq,
  parseVptq,
} from "./integrations.ts";
import { parseMlx } from "./mlx.ts";
import { parseModelOpt } from "./modelopt.ts";
import { parseQuark } from "./quark.ts";
import { parseTorchao } from "./torchao.ts";

/** The reader of each method; methods that are not here have bits, a group and a skip list at most. */
const DIALECTS: Readonly<Record<string, Dialect>> = {
  "compressed-tensors": parseCompressedTensors,
  modelopt: parseModelOpt,
  quark: parseQuark,
  gptq: parseGptq,
  awq: parseAwq,
  "auto-round": parseAutoRound,
  bitsandbytes: parseBitsAndBytes,
  fp8: parseFp8,
  mxfp8: parseFp8,
  fbgemm_fp8: parseFp8,
  mlx: parseMlx,
  hqq: parseHqq,
  aqlm: parseAqlm,
  torchao: parseTorchao,
  vptq: parseVptq,
  quanto: parseQuanto,
  gemma: parseGemma,
  sdnq: parseSdnq,
  mistral: parseMistral,
};

const ALIASES: Readonly<Record<string, string>> = {
  "intel/auto-round": "auto-round",
  inc: "auto-round",
  modelopt_fp4: "modelopt",
  modelopt_mixed: "modelopt",
  gptq_marlin: "gptq",
  gptq_v2: "gptq",
  awq_marlin: "awq",
  compressed_tensors: "compressed-tensors",
};

/** Reads a quantization object of a configuration file; undefined for something that is none. */
export function parseDeclaration(file: string, configPath: string, value: unknown): Declaration | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const method = methodOf(value, configPath, file);
  if (method === undefined) return undefined;
  const parse = Object.hasOwn(DIALECTS, method) ? (DIALECTS[method] as Dialect) : parseGeneric;
  const numbers = new DeclaredNumbers();
  const parsed = parse(value, method, numbers);
  return makeDeclaration({ file, configPath, method, unusable: numbers.unusable, ...parsed });
}

function methodOf(config: object, configPath: string, file: string): string | undefined {
  const named = text(config, "quant_method");
  if (named !== null) {
    const lower = named.toLowerCase();
    return Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : lower;
  }
  if (member(config, "load_in_4bit") === true || member(config, "load_in_8bit") === true)
    return "bitsandbytes";
  if (member(config, "quant_algo") !== undefined || member(config, "exclude_modules") !== undefined)
    return "modelopt";
  if (member(config, "config_groups") !== undefined || configPath === "compression_config")
    return "compressed-tensors";
  if (configPath === "quantization" && file === "params.json") return "mistral";
  if (member(config, "w_bit") !== undefined || member(config, "q_group_size") !== undefined) return "awq";
  if (file === "quantize_config.json") return "gptq";
  const bits = member(config, "bits");
  if (typeof bits === "number" && typeof member(config, "group_size") === "number")
    return bits === 1 ? "prism" : "mlx";
  if (text(config, "mode") !== null && configPath === "quantization") return "mlx";
  return undefined;
}
