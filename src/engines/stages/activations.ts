import { member } from "../../checkpoint/config.ts";
import { type Ask, type Said, say } from "../ask.ts";
import { isPlainAwq } from "./integers.ts";

/** Model types that overflow in float16, by vLLM's list. */
const NO_FLOAT16: ReadonlySet<string> = new Set(["gemma2", "gemma3", "gemma3_text", "glm4", "plamo2"]);

/** First compute capability with bfloat16. */
const BF16_FROM = 8;

/** What the model computes in, as the engine settles it; null where nothing tells. */
export function computeDtype(ask: Ask): string | null {
  const asked = ask.plan.dtype.replace(/^torch\./, "");
  const stated = ask.claims.word("dtype")?.value.replace(/^torch\./, "");
  const named = asked === "auto" ? (stated ?? null) : (SHORT[asked] ?? asked);
  // What is stored in float32 is run in 16 bits.
  const settled = named === "float32" && asked === "auto" ? "bfloat16" : named;
  const isOld = ask.capability !== null && ask.capability < BF16_FROM;
  return isOld && settled === "bfloat16" && asked === "auto" ? "float16" : settled;
}

const SHORT: Readonly<Record<string, string>> = {
  half: "float16",
  fp16: "float16",
  bf16: "bfloat16",
  float: "float32",
  fp32: "float32",
};

/** Whether the method computes in what the model does. */
export function judgeActivations(ask: Ask): Said[] {
  if (!ask.isServing) return [];
  const dtype = computeDtype(ask);
  const type = member(ask.text, "model_type");
  const isUnsafe = typeof type === "string" && NO_FLOAT16.has(type) && ask.engine === "vllm";
  if (dtype === "float16" && isUnsafe) {
    // Cast by the GPU's age, the model runs in float32; a method does not.
    const isForced = ask.plan.dtype !== "auto" || (ask.capability ?? BF16_FROM) >= BF16_FROM;
    if (isForced && ask.plan.dtype !== "auto") return [say("dtype-float16-unsafe", null, { type })];
    if (!isForced && ask.declared !== null)
      return [
        say("dtype-unsupported", null, { dtype: "float32", method: ask.declared.method, dtypes: "bfloat16" }),
      ];
    return [];
  }
  const taken = takenDtypes(ask);
  if (dtype === null || taken === null || taken.dtypes.includes(dtype)) return [];
  return [say("dtype-unsupported", null, { dtype, method: taken.method, dtypes: taken.dtypes.join(" or ") })];
}

function takenDtypes(ask: Ask): { readonly method: string; readonly dtypes: readonly string[] } | null {
  const { declared, serving, engine } = ask;
  if (declared === null || serving === undefined) return null;
  if (engine === "sglang" && declared.method === "awq" && isPlainAwq(ask))
    return { method: "awq", dtypes: ["float16"] };
  const method = rowNameOf(ask);
  const dtypes = Object.hasOwn(serving.methods, method) ? serving.methods[method]?.dtypes : undefined;
  return dtypes === undefined || dtypes.length === 0 ? null : { method, dtypes };
}

/** The row of a method in the engine's own table. */
export function rowNameOf({ declared, engine, modelType }: Ask): string {
  const method = declared?.method ?? "";
  if (method === "modelopt") return modeloptRow(declared?.value, engine);
  if (method === "auto-round") return engine === "vllm" ? "inc" : "auto-round";
  if (method === "gptq") return engine === "vllm" ? "gptq" : "gptq_marlin";
  if (method === "mxfp4" && modelType === "gpt_oss" && engine === "vllm") return "gpt_oss_mxfp4";
  return method;
}

function modeloptRow(value: unknown, engine: string): string {
  const algorithm = String(member(value, "quant_algo") ?? "").toUpperCase();
  if (algorithm === "MIXED_PRECISION") return "modelopt_mixed";
  if (algorithm.includes("FP4")) return "modelopt_fp4";
  if (algorithm === "MXFP8") return engine === "vllm" ? "modelopt_mxfp8" : "mxfp8";
  return "modelopt";
}
