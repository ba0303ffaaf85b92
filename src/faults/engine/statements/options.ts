import { formatQuantity } from "../../../format/count.ts";
import { row, type Statement } from "./row.ts";

/** What holds with options alone, and what nobody knows. */
export const OPTIONS = {
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
