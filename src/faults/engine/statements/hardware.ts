import { row, type Statement } from "./row.ts";

/** What a GPU and its memory allow. */
export const HARDWARE = {
  "gpu-below-all": row(
    ["gpu-too-old", "refuse", "likely", "CUDA 13 wheels"],
    ({ gpu, capability }) =>
      `${gpu} has compute capability ${capability}: the packages hold code from 7.5 on`,
    "no kernel image is available for execution on the device",
    "Use a newer GPU, or an older release.",
  ),
  "gpu-below-method": row(
    ["gpu-too-old", "refuse", "source", "get_min_capability of the method"],
    ({ method, gpu, capability, minimum }) =>
      `${method} needs compute capability ${minimum}, ${gpu} has ${capability}`,
    ({ method, minimum }) =>
      `The quantization method ${method} is not supported for the current GPU. Minimum capability: ${Number(minimum) * 10}`,
    "Use a newer GPU, or another quantization.",
  ),
  "gpu-below-scheme": row(
    ["gpu-too-old", "refuse", "source", "get_min_capability of the scheme"],
    ({ scheme, gpu, capability, minimum }) =>
      `${scheme} needs compute capability ${minimum}, ${gpu} has ${capability}`,
    ({ engine }) =>
      engine === "sglang"
        ? "not supported for the current GPU"
        : "Quantization scheme is not supported for the current GPU",
    "Use a newer GPU, or another quantization.",
  ),
  "gpu-fp8-experts": row(
    ["gpu-too-old", "refuse", "report", "sglang fused_moe_triton (sglang#5871, #7715, #12887)"],
    ({ gpu, capability }) =>
      `FP8 experts run by Triton, which needs compute capability 8.9; ${gpu} has ${capability}`,
    "fp8e4nv not supported in this architecture",
    "Use a GPU from 8.9 on, or vLLM, which runs them weight-only.",
  ),
  "gpu-other-maker": row(
    ["not-known", "unknown", "likely", "not established"],
    ({ gpu }) => `what this quantization runs on with ${gpu} is not known`,
    null,
    "Try it.",
  ),
  "dtype-unsupported": row(
    ["dtype-refused", "refuse", "source", "get_supported_act_dtypes of the method"],
    ({ dtype, method, dtypes }) => `the model computes in ${dtype}, and ${method} takes ${dtypes}`,
    ({ dtype, method }) => `torch.${dtype} is not supported for quantization method ${method}`,
    ({ dtypes }) => `Start with --dtype ${dtypes}.`,
  ),
  "dtype-float16-unsafe": row(
    ["dtype-refused", "refuse", "source", "vllm config/model.py: _FLOAT16_NOT_SUPPORTED_MODELS"],
    ({ type }) => `${type} does not compute in float16`,
    ({ type }) => `The model type '${type}' does not support float16`,
    "Use bfloat16, on a GPU of compute capability 8.0 or newer.",
  ),
  "memory-short": row(
    ["memory-short", "refuse", "source", "vllm v1/worker/gpu_worker.py; sglang arg_groups/memory_hook.py"],
    ({ weights, memory, gpu }) => `${weights} bytes of weights per GPU, and ${gpu} has ${memory}`,
    ({ engine }) => (engine === "vllm" ? "No available memory for the cache blocks" : "Not enough memory"),
    "Use more GPUs or larger ones; `unfold fit` lists those that hold it.",
  ),
} as const satisfies Record<string, Statement>;
