import { type DeclaredActivations, dynamicInputs, staticInputs } from "./activations.ts";
import type { SchemeId } from "./registry.ts";

/** Schemes that a `quant_method` may store, so that another family's tensors are seen. Unlisted methods are not judged. */
const FP8_ALL = ["fp8-block", "fp8-tensor", "fp8-channel", "fp8-pb-wo", "fp8-unscaled"] as const;
const BNB_ALL = ["bnb-nf4", "bnb-fp4", "bnb-4bit", "bnb-int8"] as const;
/** What mlx-lm packs in. */
export const MLX_SCHEMES = ["mlx-affine", "mlx-mxfp4", "mlx-mxfp8", "mlx-nvfp4"] as const;
const TORCHAO_ALL = [
  "torchao-nvfp4",
  "torchao-mx",
  "torchao-float8",
  "torchao-int4-tile",
  "torchao-int4-int32",
  "torchao-int4",
  "torchao-intx",
  "torchao-int8",
] as const;

export const SCHEMES_OF_METHOD: Readonly<Record<string, readonly SchemeId[]>> = {
  fp8: [...FP8_ALL, "fp4-e8m0", "mxfp8", "mistral-fp8", "nvfp4"],
  mxfp8: ["mxfp8", ...FP8_ALL],
  mxfp4: ["mxfp4-gptoss", "mxfp4-u8", "mxfp4-ct"],
  "compressed-tensors": [
    ...FP8_ALL,
    "ct-pack-int",
    "ct-marlin24",
    "ct-sparse24",
    "ct-sparse-bitmask",
    "nvfp4-ct",
    "mxfp4-ct",
    "mxfp8",
    "int8",
  ],
  modelopt: [...FP8_ALL, "nvfp4", "mxfp4-u8", "mxfp8", "int8", "int4-outpacked", "fp4-e8m0"],
  quark: [...FP8_ALL, "int8", "mxfp4-u8", "mxfp6", "nvfp4", "quark-int4fp8", "quark-awq", "mxfp8"],
  gptq: [
    "gptq",
    "marlin-v1",
    "marlin24-v1",
    "qqq",
    "gguf-in-st",
    "awq-gemm",
    "paroquant",
    ...FP8_ALL,
    ...BNB_ALL,
  ],
  awq: ["awq-gemm", "awq-gemv", "awq-gemv-fast", "marlin-v1", "paroquant"],
  "auto-round": [
    "gptq",
    "awq-gemm",
    "nvfp4-ct",
    "mxfp4-ct",
    "mxint4",
    "mxfp8",
    "ct-pack-int",
    "int8",
    ...FP8_ALL,
  ],
  bitsandbytes: BNB_ALL,
  fbgemm_fp8: ["fp8-channel", "fp8-tensor"],
  hqq: ["hqq"],
  sinq: ["sinq"],
  torchao: TORCHAO_ALL,
  aqlm: ["aqlm"],
  vptq: ["vptq"],
  spqr: ["spqr"],
  higgs: ["higgs"],
  quip: ["quip-sharp"],
  exl2: ["exl2"],
  exl3: ["exl3"],
  bitnet: ["bitnet"],
  eetq: ["eetq"],
  quanto: ["quanto"],
  fp_quant: ["fp-quant"],
  fouroversix: ["fouroversix"],
  gemma: ["gemma-qat", "int8"],
  prism: ["mlx-affine", "metal-affine"],
  metal: ["metal-affine"],
  ascend: ["ascend-modelslim", "mxfp4-u8", "mxfp8", "int8", ...FP8_ALL],
  smooth_quant: ["int8", "fp8-channel"],
  mlx: MLX_SCHEMES,
  mistral: ["mistral-fp8"],
  sdnq: ["sdnq", "int8"],
  comfy: ["comfy-fp8", ...FP8_ALL, "nvfp4", "mxfp8", "int8"],
};

/** Schemes that declared formats and algorithms narrow a method to. */
export const SCHEME_OF_FORMAT: Readonly<Record<string, readonly SchemeId[]>> = {
  "pack-quantized": ["ct-pack-int"],
  "nvfp4-pack-quantized": ["nvfp4-ct"],
  "mxfp4-pack-quantized": ["mxfp4-ct"],
  "mxfp8-quantized": ["mxfp8"],
  "int-quantized": ["int8"],
  "float-quantized": ["fp8-tensor", "fp8-channel", "fp8-block"],
  "marlin-24": ["ct-marlin24"],
  NVFP4: ["nvfp4"],
  W4A16_NVFP4: ["nvfp4"],
  NVFP4_AWQ: ["nvfp4"],
  NVFP4_SVD: ["nvfp4"],
  W4A8_NVFP4_FP8: ["nvfp4"],
  W4A8_MXFP4_FP8: ["mxfp4-u8"],
  MXFP4: ["mxfp4-u8"],
  MXFP8: ["mxfp8"],
  W4A16_AWQ: ["int4-outpacked"],
  W4A8_AWQ: ["int4-outpacked"],
  W8A16: ["int8"],
  W8A8_SQ_PER_CHANNEL: ["int8"],
  FP8: ["fp8-tensor"],
  FP8_PER_CHANNEL_PER_TOKEN: ["fp8-channel"],
  FP8_PB_WO: ["fp8-pb-wo"],
  float8_e4m3fn: ["fp8-tensor", "comfy-fp8", "fp8-channel", "fp8-block"],
  float8_e5m2: ["fp8-tensor", "comfy-fp8", "fp8-channel", "fp8-block"],
  int8_tensorwise: ["int8"],
  mxfp8: ["mxfp8"],
  nvfp4: ["nvfp4"],
  nf4: ["bnb-nf4", "bnb-int8"],
  fp4: ["bnb-fp4", "bnb-int8"],
};

/** How a format that the configuration of a method names is stored. Formats that are not here may be stored in any way. */
export const STORED_AS: Readonly<Record<string, Readonly<Record<string, readonly SchemeId[]>>>> = {
  "compressed-tensors": {
    "pack-quantized": ["ct-pack-int"],
    "nvfp4-pack-quantized": ["nvfp4-ct"],
    "mxfp4-pack-quantized": ["mxfp4-ct"],
    "mxfp8-quantized": ["mxfp8"],
    "int-quantized": ["int8"],
    "float-quantized": ["fp8-tensor", "fp8-channel", "fp8-block", "mxfp8"],
    "naive-quantized": ["fp8-tensor", "fp8-channel", "fp8-block", "int8"],
  },
  mlx: {
    affine: ["mlx-affine"],
    mxfp4: ["mlx-mxfp4"],
    mxfp8: ["mlx-mxfp8"],
    nvfp4: ["mlx-nvfp4"],
  },
};

interface Algorithm {
  readonly type: "int" | "float";
  readonly bits: number;
  readonly group: number | null;
  readonly activations: DeclaredActivations;
  readonly strategy?: "tensor" | "channel";
  /** Suffixes of tensors that every weight has, where the layout alone would do without. */
  readonly parts?: readonly string[];
}

/** What ModelOpt's `quant_algo` promises: bits of a value, its group where the algorithm fixes it, and what is done to inputs. */
export const MODELOPT_ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  FP8: { type: "float", bits: 8, group: null, activations: staticInputs("fp8"), strategy: "tensor" },
  FP8_PER_CHANNEL_PER_TOKEN: {
    type: "float",
    bits: 8,
    group: null,
    activations: dynamicInputs("fp8", "token"),
    strategy: "channel",
  },
  FP8_PB_WO: { type: "float", bits: 8, group: null, activations: "plain" },
  W4A16_AWQ: { type: "int", bits: 4, group: null, activations: "plain" },
  W4A8_AWQ: {
    type: "int",
    bits: 4,
    group: null,
    activations: staticInputs("fp8"),
    parts: ["weight_scale_2"],
  },
  W8A16: { type: "int", bits: 8, group: null, activations: "plain" },
  // Inputs are scaled by a stored value where there is one, by what they hold where not.
  W8A8_SQ_PER_CHANNEL: {
    type: "int",
    bits: 8,
    group: null,
    activations: { dtype: "int8", isDynamic: null, granularity: null, hasScale: false },
  },
  NVFP4: { type: "float", bits: 4, group: 16, activations: staticInputs("fp4", "group") },
  W4A16_NVFP4: { type: "float", bits: 4, group: 16, activations: "plain" },
  NVFP4_AWQ: { type: "float", bits: 4, group: 16, activations: staticInputs("fp4", "group") },
  NVFP4_SVD: { type: "float", bits: 4, group: 16, activations: staticInputs("fp4", "group") },
  W4A8_NVFP4_FP8: { type: "float", bits: 4, group: 32, activations: staticInputs("fp8") },
  W4A8_MXFP4_FP8: { type: "float", bits: 4, group: 32, activations: dynamicInputs("fp8", null) },
  MXFP4: { type: "float", bits: 4, group: 32, activations: null },
  MXFP8: { type: "float", bits: 8, group: 32, activations: dynamicInputs("fp8", "group") },
};

/** How engines look up the scale of an FP8 weight by method; another spelling is left unread. */
export const FP8_SCALE_SUFFIX: Readonly<Record<string, string>> = {
  "compressed-tensors": "weight_scale",
  modelopt: "weight_scale",
};

/** The same for `quant_method: fp8` with a block size. */
export const FP8_BLOCK_SCALE_SUFFIX = "weight_scale_inv";

/** Spellings of old exporters that today's engines do not look up, and what they look up instead. */
export const RENAMED_SUFFIXES: Readonly<Record<string, string>> = { act_scale: "input_scale" };
