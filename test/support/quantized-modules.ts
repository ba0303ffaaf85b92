import type { SchemeId } from "../../src/quantization/registry.ts";
import type { Dtype } from "../../src/safetensors/dtype.ts";
import type { TensorSpec } from "./component-of.ts";

/** Sizes of a module to make; a scheme takes what it needs. */
export interface ModuleSizes {
  readonly out: number;
  readonly in: number;
  readonly experts?: number;
  readonly group?: number;
  readonly bits?: number;
  readonly scaleDtype?: Dtype;
  readonly bias?: boolean;
}

/** Ways to break a module: a tensor taken out, a tensor given another shape, the values taken from under the rest. */
export type Damage =
  | { readonly drop: string }
  | { readonly reshape: string; readonly to: readonly number[] }
  | { readonly retype: string; readonly to: Dtype };

type Parts = Readonly<Record<string, readonly [Dtype, readonly number[]]>>;
type Recipe = (sizes: Required<Omit<ModuleSizes, "experts">> & { readonly experts: number }) => Parts;

const up = (a: number, b: number) => Math.ceil(a / b);

/** How each scheme lays a module out on disk, written from its exporter's layout and nothing of unfold's own. */
export const RECIPES: Readonly<Record<Exclude<SchemeId, "none" | "unknown">, Recipe>> = {
  "fp8-block": ({ out, in: n, scaleDtype }) => ({
    weight: ["F8_E4M3", [out, n]],
    weight_scale_inv: [scaleDtype, [up(out, 128), up(n, 128)]],
  }),
  "fp8-pb-wo": ({ out, in: n }) => ({
    weight: ["F8_E4M3", [out, n]],
    weight_scale: ["F32", [out / 128, 1, n / 128, 1]],
  }),
  "fp8-tensor": ({ out, in: n }) => ({
    weight: ["F8_E4M3", [out, n]],
    weight_scale: ["F32", []],
    input_scale: ["F32", []],
  }),
  "fp8-channel": ({ out, in: n }) => ({ weight: ["F8_E4M3", [out, n]], weight_scale: ["BF16", [out, 1]] }),
  "fp8-unscaled": ({ out, in: n }) => ({ weight: ["F8_E4M3", [out, n]] }),
  mxfp8: ({ out, in: n }) => ({ weight: ["F8_E4M3", [out, n]], weight_scale_inv: ["U8", [out, up(n, 32)]] }),
  "comfy-fp8": ({ out, in: n }) => ({
    weight: ["F8_E4M3", [out, n]],
    scale_weight: ["F32", [1]],
    scale_input: ["F32", [1]],
  }),
  "mistral-fp8": ({ out, in: n }) => ({
    weight: ["F8_E4M3", [out, n]],
    qscale_weight: ["F32", []],
    qscale_act: ["F32", []],
  }),
  nvfp4: ({ out, in: n }) => ({
    weight: ["U8", [out, n / 2]],
    weight_scale: ["F8_E4M3", [out, n / 16]],
    weight_scale_2: ["F32", []],
    input_scale: ["F32", []],
  }),
  "nvfp4-ct": ({ out, in: n }) => ({
    weight_packed: ["U8", [out, n / 2]],
    weight_scale: ["F8_E4M3", [out, n / 16]],
    weight_global_scale: ["F32", [1]],
    input_global_scale: ["F32", [1]],
  }),
  "mxfp4-gptoss": ({ out, in: n, experts }) => ({
    gate_up_proj_blocks: ["U8", [experts, out, n / 32, 16]],
    gate_up_proj_scales: ["U8", [experts, out, n / 32]],
    gate_up_proj_bias: ["BF16", [experts, out]],
  }),
  "mxfp4-ct": ({ out, in: n }) => ({
    weight_packed: ["U8", [out, n / 2]],
    weight_scale: ["U8", [out, n / 32]],
  }),
  mxint4: ({ out, in: n }) => ({
    weight_packed: ["U8", [out, n / 2]],
    weight_scale: ["U8", [out, n / 32]],
  }),
  "mxfp4-u8": ({ out, in: n }) => ({ weight: ["U8", [out, n / 2]], weight_scale: ["U8", [out, n / 32]] }),
  mxfp6: ({ out, in: n }) => ({ weight: ["U8", [out, (n * 3) / 4]], weight_scale: ["U8", [out, n / 32]] }),
  "fp4-e8m0": ({ out, in: n }) => ({ weight: ["I8", [out, n / 2]], scale: ["F8_E8M0", [out, n / 32]] }),
  "fp-quant": ({ out, in: n }) => ({
    qweight: ["U8", [out, n / 2]],
    scales: ["U8", [out, n / 32]],
    weight_global_scale: ["F32", [1]],
    act_global_scale: ["F32", [1]],
    forward_hadamard_matrix: ["BF16", [32, 32]],
    backward_hadamard_matrix: ["BF16", [32, 32]],
  }),
  fouroversix: ({ out, in: n }) => ({
    quantized_weight_values: ["U8", [out, n / 2]],
    quantized_weight_scale_factors: ["F8_E4M3", [(out * n) / 16]],
    quantized_weight_amax: ["F32", [1]],
    quantized_weight_metadata: ["I32", [4]],
  }),
  "native-f4": ({ out, in: n }) => ({ weight: ["F4", [out, n]], weight_scale: ["F8_E8M0", [out, n / 32]] }),
  "native-f6": ({ out, in: n }) => ({
    weight: ["F6_E3M2", [out, n]],
    weight_scale: ["F8_E8M0", [out, n / 32]],
  }),
  "quark-awq": ({ out, in: n, group }) => ({
    weight: ["I32", [n, out / 8]],
    weight_scale: ["BF16", [n / group, out]],
    weight_zero_point: ["I32", [n / group, out / 8]],
  }),
  "quark-int4fp8": ({ out, in: n }) => ({
    weight: ["I32", [out, n / 8]],
    weight_scale: ["F32", []],
    weight_scale_2: ["F32", [out]],
  }),
  int8: ({ out, in: n }) => ({ weight: ["I8", [out, n]], weight_scale: ["BF16", [out, 1]] }),
  "ct-pack-int": ({ out, in: n, bits, group }) => ({
    weight_packed: ["I32", [out, up(n * bits, 32)]],
    weight_scale: ["BF16", [out, up(n, group)]],
    weight_shape: ["I64", [2]],
  }),
  "ct-sparse24": ({ out, in: n }) => ({
    compressed: ["BF16", [out, n / 2]],
    bitmask: ["U8", [out, up(n, 8)]],
    shape: ["I64", [2, 1]],
  }),
  "ct-sparse-bitmask": ({ out, in: n }) => ({
    "weight.compressed": ["BF16", [(out * n) / 4]],
    "weight.bitmask": ["U8", [out, up(n, 8)]],
    "weight.row_offsets": ["I64", [out]],
    "weight.shape": ["I64", [2]],
  }),
  "ct-marlin24": ({ out, in: n, bits, group }) => ({
    weight_packed: ["I32", [n / 32, (out * bits) / 2]],
    scale_packed: ["F16", [n / group, out]],
    meta: ["I16", [n / 32, out * 2]],
  }),
  gptq: ({ out, in: n, bits, group }) => ({
    qweight: ["I32", [up(n * bits, 32), out]],
    qzeros: ["I32", [up(n, group), up(out * bits, 32)]],
    scales: ["F16", [up(n, group), out]],
    g_idx: ["I32", [n]],
  }),
  "marlin-v1": ({ out, in: n, bits, group }) => ({
    B: ["I32", [n / 16, (out * bits) / 2]],
    s: ["F16", [n / group, out]],
    workspace: ["I32", [64]],
  }),
  "marlin24-v1": ({ out, in: n, bits, group }) => ({
    B_24: ["I32", [n / 32, (out * bits) / 2]],
    B_meta: ["I16", [n / 32, out * 2]],
    s: ["F16", [n / group, out]],
  }),
  qqq: ({ out, in: n, group }) => ({
    B: ["I32", [n / 16, out * 2]],
    s_channel: ["F32", [1, out]],
    s_group: ["F16", [n / group, out]],
  }),
  squeezellm: ({ out, in: n, bits }) => ({
    qweight: ["I32", [(n * bits) / 32, out]],
    lookup_table: ["F16", [out, 2 ** bits]],
  }),
  paroquant: ({ out, in: n, group }) => ({
    qweight: ["I32", [n, out / 8]],
    qzeros: ["I32", [n / group, out / 8]],
    scales: ["F16", [n / group, out]],
    theta: ["F16", [8, n / 2]],
    pairs: ["I16", [8, n]],
    channel_scales: ["F16", [1, n]],
  }),
  "gguf-in-st": ({ out, in: n }) => ({ qweight: ["U8", [out, (n / 256) * 144]] }),
  "awq-gemm": ({ out, in: n, group }) => ({
    qweight: ["I32", [n, out / 8]],
    qzeros: ["I32", [n / group, out / 8]],
    scales: ["F16", [n / group, out]],
  }),
  "awq-gemv": ({ out, in: n, group }) => {
    const words = up(n / group, 8);
    return {
      qweight: ["I32", [out, n / 8]],
      qzeros: ["I32", [out, words]],
      scales: ["F16", [out, words * 8]],
    };
  },
  "awq-gemv-fast": ({ out, in: n, group }) => {
    const words = up(n / group, 8);
    return {
      qweight: ["I16", [out / 4, n]],
      scales: ["F16", [words * 8, out]],
      qzeros: ["F16", [words * 8, out]],
    };
  },
  "int4-outpacked": ({ out, in: n, group }) => ({
    weight: ["U8", [out / 2, n]],
    weight_scale: ["F32", [out, n / group]],
    pre_quant_scale: ["BF16", [n]],
  }),
  "bnb-nf4": ({ out, in: n }) => bnb4(out, n, "nf4"),
  "bnb-fp4": ({ out, in: n }) => bnb4(out, n, "fp4"),
  "bnb-4bit": ({ out, in: n }) => ({ weight: ["U8", [(out * n) / 2, 1]] }),
  "bnb-int8": ({ out, in: n }) => ({
    weight: ["I8", [out, n]],
    SCB: ["F32", [out]],
    weight_format: ["U8", []],
  }),
  exl2: ({ out, in: n, bits }) => ({
    q_weight: ["I32", [(n * bits) / 32, up(out, 32) * 32]],
    q_scale: ["I32", [n / 32, up(out, 32) * 4]],
    q_scale_max: ["F16", [n / 32]],
    q_groups: ["I16", [n / 16]],
    q_invperm: ["I32", [n]],
  }),
  exl3: ({ out, in: n, bits }) => ({
    trellis: ["I16", [n / 16, out / 16, 16 * bits]],
    suh: ["F16", [n]],
    svh: ["F16", [out]],
    mcg: ["I32", []],
  }),
  hqq: ({ out, in: n, group }) => ({
    W_q: ["U8", [(out * n) / group / 2, group]],
    scale: ["F16", [(out * n) / group, 1]],
    zero: ["F16", [(out * n) / group, 1]],
    nbits: ["I64", []],
    shape: ["I64", [2]],
  }),
  sinq: ({ out, in: n, group }) => ({
    W_q: ["U8", [(out * n) / group / 2, group]],
    "meta.scale": ["F16", [(out * n) / group, 1]],
    "meta.zero": ["F16", [(out * n) / group, 1]],
    "meta.scale2": ["F16", [1, n]],
  }),
  quanto: ({ out, in: n }) => ({
    "weight._data": ["I8", [out, n]],
    "weight._scale": ["BF16", [out, 1]],
    input_scale: ["BF16", []],
    output_scale: ["BF16", []],
  }),
  "torchao-float8": ({ out, in: n }) => ({
    _weight_qdata: ["F8_E4M3", [out, n]],
    _weight_scale: ["F32", [out, 1]],
  }),
  "torchao-int8": ({ out, in: n }) => ({ _weight_qdata: ["I8", [out, n]], _weight_scale: ["F32", [out, 1]] }),
  "torchao-int4": ({ out, in: n, group }) => ({
    _weight_qdata: ["U8", [out, n / 2]],
    _weight_scale: ["BF16", [n / group, out]],
    _weight_zero_point: ["BF16", [n / group, out]],
  }),
  "torchao-int4-int32": ({ out, in: n, group }) => ({
    _weight_qdata: ["I32", [out, n / 8]],
    _weight_scale: ["BF16", [n / group, out]],
    _weight_zero_point: ["I8", [n / group, out]],
  }),
  "torchao-int4-tile": ({ out, in: n, group }) => ({
    _weight_qdata: ["I32", [out / 8, n / 128, 32, 4]],
    _weight_scale_and_zero: ["BF16", [n / group, out, 2]],
  }),
  "torchao-intx": ({ out, in: n, group }) => ({
    _weight_qdata: ["I8", [out, n]],
    _weight_scale: ["BF16", [out, n / group]],
    _weight_zero_point: ["I8", [out, n / group]],
  }),
  "torchao-mx": ({ out, in: n }) => ({
    _weight_qdata: ["F8_E4M3", [out, n]],
    _weight_scale: ["F8_E8M0", [out, n / 32]],
  }),
  "torchao-nvfp4": ({ out, in: n }) => ({
    _weight_qdata: ["U8", [out, n / 2]],
    _weight_scale: ["F8_E4M3", [out, n / 16]],
    _weight_per_tensor_scale: ["F32", []],
  }),
  aqlm: ({ out, in: n }) => ({
    codes: ["I16", [out, n / 8, 1]],
    codebooks: ["F16", [1, 65536, 1, 8]],
    scales: ["F16", [out, 1, 1, 1]],
  }),
  "quip-sharp": ({ out, in: n }) => ({
    Qidxs: ["I64", [out, n / 32]],
    SU: ["F16", [n]],
    SV: ["F16", [out]],
    Wscale: ["F32", []],
    codebook_id: ["I64", []],
  }),
  vptq: ({ out, in: n }) => ({
    indices: ["I32", [1, out / 8, (n * 12) / 32]],
    "centroids.weight": ["F16", [1, 4096 * 8]],
    perm: ["I64", [n]],
    weight_scale: ["F16", [n]],
    weight_bias: ["F16", [n]],
  }),
  spqr: ({ out, in: n }) => ({
    dense_weights: ["I64", [(out / 16) * (n / 16) * 16]],
    row_offsets: ["I32", [out + 1]],
    col_vals: ["I32", [1000]],
    in_perm: ["I32", [n]],
  }),
  higgs: ({ out, in: n, bits, group }) => ({
    weight: ["I16", [(out * bits) / 16, n]],
    scales: ["F16", [out, n / group]],
    tables: ["F16", [2 ** bits]],
    tables2: ["F32", [2 ** bits, 2 ** bits, 2]],
  }),
  "mlx-affine": ({ out, in: n, bits, group }) => affine(out, n, bits, group, "biases"),
  "metal-affine": ({ out, in: n, bits, group }) => affine(out, n, bits, group, "qbiases"),
  "mlx-mxfp4": ({ out, in: n }) => ({ weight: ["U32", [out, n / 8]], scales: ["U8", [out, n / 32]] }),
  "mlx-mxfp8": ({ out, in: n }) => ({ weight: ["U32", [out, n / 4]], scales: ["U8", [out, n / 32]] }),
  "mlx-nvfp4": ({ out, in: n }) => ({ weight: ["U32", [out, n / 8]], scales: ["U8", [out, n / 16]] }),
  svdquant: ({ out, in: n }) => ({
    qweight: ["I8", [out, n / 2]],
    wscales: ["BF16", [n / 64, out]],
    smooth_factor: ["BF16", [n]],
    smooth_factor_orig: ["BF16", [n]],
    proj_down: ["BF16", [n, 32]],
    proj_up: ["BF16", [out, 32]],
  }),
  sdnq: ({ out, in: n }) => ({
    weight: ["I8", [out, n]],
    scale: ["F32", [out, 1]],
    zero_point: ["F32", [out, 1]],
  }),
  bitnet: ({ out, in: n }) => ({ weight: ["U8", [out / 4, n]], weight_scale: ["BF16", [1]] }),
  eetq: ({ out, in: n }) => ({ weight: ["I8", [n, out]], weight_scales: ["F16", [out]] }),
  "gemma-qat": ({ out, in: n, bits }) => ({
    weight: ["U8", [out, (n * bits) / 8]],
    weight_scale: ["F32", [out, 1]],
    input_activation_scale: ["F32", []],
  }),
  "ascend-modelslim": ({ out, in: n }) => ({
    weight: ["I8", [out, n]],
    weight_scale: ["F32", [out, 1]],
    weight_offset: ["F32", [out, 1]],
  }),
};

function bnb4(out: number, n: number, type: "nf4" | "fp4"): Parts {
  const values = out * n;
  return {
    weight: ["U8", [values / 2, 1]],
    "weight.absmax": ["U8", [up(values, 64)]],
    "weight.quant_map": ["F32", [16]],
    "weight.nested_absmax": ["F32", [up(up(values, 64), 256)]],
    "weight.nested_quant_map": ["F32", [256]],
    [`weight.quant_state.bitsandbytes__${type}`]: ["U8", [81]],
  };
}

function affine(out: number, n: number, bits: number, group: number, zero: string): Parts {
  return {
    weight: ["U32", [out, (n * bits) / 32]],
    scales: ["BF16", [out, n / group]],
    [zero]: ["BF16", [out, n / group]],
  };
}

/** The tensors of one module of a scheme at a path, whole or damaged in a named way. */
export function quantizedModule(
  scheme: keyof typeof RECIPES,
  path: string,
  sizes: ModuleSizes,
  ...damages: readonly Damage[]
): TensorSpec[] {
  const filled = { experts: 1, group: 128, bits: 4, scaleDtype: "F32" as const, bias: false, ...sizes };
  const parts = new Map(Object.entries(RECIPES[scheme](filled)));
  if (filled.bias) parts.set("bias", ["BF16", [filled.out]]);
  for (const damage of damages) {
    const name = "drop" in damage ? damage.drop : "reshape" in damage ? damage.reshape : damage.retype;
    const part = parts.get(name);
    if (part === undefined) throw new Error(`${scheme} has no ${name}`);
    if ("drop" in damage) parts.delete(name);
    else if ("reshape" in damage) parts.set(name, [part[0], damage.to]);
    else parts.set(name, [damage.to, part[1]]);
  }
  return [...parts].map(([name, [dtype, shape]]) => [path === "" ? name : `${path}.${name}`, dtype, shape]);
}
