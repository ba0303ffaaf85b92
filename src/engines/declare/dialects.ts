import { UnfoldError } from "../../errors.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import { compressed } from "./compressed.ts";
import { type Build, type Declared, exceptions, has, type Stored, skipped, stated } from "./stored.ts";

/** How each scheme is declared, in the dialect of the tool that packs so. */
export const BUILDERS: Readonly<Record<string, Build>> = {
  "fp8-block": fp8Block,
  "fp8-tensor": fp8Tensor,
  "fp8-channel": compressed,
  "ct-pack-int": compressed,
  int8: compressed,
  "nvfp4-ct": compressed,
  "mxfp4-ct": compressed,
  "fp8-pb-wo": modelopt("FP8_PB_WO"),
  mxfp8: (stored) => (stored.engine === "transformers" ? compressed(stored) : modelopt("MXFP8")(stored)),
  nvfp4: (stored) => ({
    ...modelopt(has(stored, "input_scale") ? "NVFP4" : "W4A16_NVFP4")(stored),
    group_size: stored.first.group ?? 16,
  }),
  gptq,
  "awq-gemm": awq,
  "mxfp4-gptoss": (stored) => ({ quant_method: "mxfp4", modules_to_not_convert: skipped(stored) }),
  "mlx-affine": mlx,
  "mlx-mxfp4": mlx,
  "mlx-mxfp8": mlx,
  "mlx-nvfp4": mlx,
  "bnb-nf4": bitsAndBytes("nf4"),
  "bnb-fp4": bitsAndBytes("fp4"),
  "bnb-int8": bitsAndBytes(null),
};

function fp8Block(stored: Stored): Declared {
  const { block, scale } = stored.first;
  if (block === null) throw new UnfoldError("USAGE", { message: "the size of the blocks is not known" });
  if (scale === "weight_scale") return compressed(stored);
  return {
    quant_method: "fp8",
    fmt: "e4m3",
    activation_scheme: "dynamic",
    weight_block_size: block,
    modules_to_not_convert: skipped(stored),
  };
}

function fp8Tensor(stored: Stored): Declared {
  const isStatic = has(stored, "input_scale");
  return {
    quant_method: "fp8",
    activation_scheme: isStatic ? "static" : "dynamic",
    [stored.engine === "transformers" ? "modules_to_not_convert" : "ignored_layers"]: skipped(stored),
  };
}

/** ModelOpt's settings beside weights of one algorithm. */
export function modelopt(algorithm: string): Build {
  return (stored) => ({
    quant_method: "modelopt",
    quant_algo: algorithm,
    kv_cache_quant_algo: null,
    ignore: skipped(stored),
    producer: { name: "modelopt" },
  });
}

function gptq(stored: Stored): Declared {
  const { bits, group } = stored.first;
  const symmetric = stated(stored, "sym");
  const order = stated(stored, "desc_act");
  const isSymmetric = typeof symmetric === "boolean" ? symmetric : true;
  // Widths that the kernels of GPTQ have not are read under AutoRound's name.
  if (bits !== 4 && bits !== 8)
    return {
      quant_method: "auto-round",
      bits,
      group_size: group ?? -1,
      sym: isSymmetric,
      data_type: "int",
      packing_format: "auto_round:auto_gptq",
    };
  const others = exceptions(stored).map(([name, weight]) => [
    `+:^${name.replaceAll(".", "\\.")}$`,
    { bits: weight.bits, group_size: weight.group ?? -1 },
  ]);
  return {
    quant_method: "gptq",
    bits,
    group_size: group ?? -1,
    desc_act: typeof order === "boolean" ? order : false,
    sym: isSymmetric,
    lm_head: stored.packed.some(({ role }) => role === "head.lm"),
    ...(others.length === 0 ? {} : { dynamic: Object.fromEntries(others) }),
    checkpoint_format: "gptq",
  };
}

function awq(stored: Stored): Declared {
  const { bits, group } = stored.first;
  return {
    quant_method: "awq",
    bits,
    group_size: group ?? -1,
    zero_point: has(stored, "qzeros"),
    version: "gemm",
    modules_to_not_convert: skipped(stored),
  };
}

/** MLX names the modules that differ from the usual settings; what has no scales is plain by itself. */
export function mlx(stored: Stored): Declared {
  const settings = ({ group, bits, scheme }: Weight): Declared => {
    const mode = scheme.replace(/^mlx-/, "");
    return { group_size: group, bits, ...(mode === "affine" ? {} : { mode }) };
  };
  const others = exceptions(stored).map(([name, weight]) => [name, settings(weight)]);
  return { ...settings(stored.first), ...Object.fromEntries(others) };
}

function bitsAndBytes(type: string | null): Build {
  return (stored) => ({
    quant_method: "bitsandbytes",
    load_in_4bit: type !== null,
    load_in_8bit: type === null,
    ...(type === null
      ? {}
      : { bnb_4bit_quant_type: type, bnb_4bit_use_double_quant: has(stored, "weight.nested_absmax") }),
    llm_int8_skip_modules: skipped(stored),
  });
}
