import { modelOf } from "../architecture/model.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { member } from "../checkpoint/config.ts";
import { PlaceSet } from "../checkpoint/place-set.ts";
import { UnfoldError } from "../errors.ts";
import { isQuantized } from "../quantization/folded-weights.ts";
import type { Weight } from "../quantization/module-weights.ts";
import { type Linear, linearsOf } from "./linears.ts";
import type { EngineName } from "./names.ts";

/** A value of a configuration, as JSON. */
export type Declared = Readonly<Record<string, unknown>>;

/** Modules named in a skip list at most. */
const MAX_SKIPPED = 100_000;

/**
 * The `quantization_config` that describes what is stored, in the dialect of the packing and with a skip list in the
 * engine's own way to match. What headers cannot tell (symmetry and order of GPTQ) is kept as it is declared now, else
 * as most exports have it. Throws `USAGE` where nothing is quantized, or where no dialect describes it.
 */
export function describeQuantization(component: Component, engine: EngineName): Declared {
  const packed = linearsOf(component).filter(({ weight }) => isQuantized(weight));
  const [first] = packed;
  if (first === undefined)
    throw new UnfoldError("USAGE", { message: "nothing is quantized here: there is nothing to declare" });
  const schemes = [...new Set(packed.map(({ weight }) => weight.scheme))];
  const [scheme] = schemes;
  const build = scheme === undefined ? undefined : BUILDERS[scheme];
  if (schemes.length > 1) return describeMixed(component, packed, schemes);
  if (build === undefined)
    throw new UnfoldError("USAGE", {
      message: `no configuration of ${scheme ?? "this packing"} is known to unfold`,
    });
  return build({ component, engine, packed, first: first.weight });
}

interface Stored {
  readonly component: Component;
  readonly engine: EngineName;
  readonly packed: readonly Linear[];
  readonly first: Weight;
}

type Build = (stored: Stored) => Declared;

const BUILDERS: Readonly<Record<string, Build>> = {
  "fp8-block": fp8Block,
  "fp8-tensor": fp8Tensor,
  "fp8-channel": (stored) =>
    compressed(stored, "float-quantized", { type: "float", num_bits: 8, strategy: "channel" }, TOKENS),
  "ct-pack-int": packedIntegers,
  int8: (stored) =>
    compressed(
      stored,
      "int-quantized",
      { type: "int", num_bits: 8, strategy: "channel" },
      { ...TOKENS, type: "int" },
    ),
  "nvfp4-ct": (stored) =>
    compressed(
      stored,
      "nvfp4-pack-quantized",
      NVFP4,
      has(stored, "input_global_scale") ? { ...NVFP4, dynamic: "local" } : null,
    ),
  "mxfp4-ct": (stored) =>
    compressed(
      stored,
      "mxfp4-pack-quantized",
      { type: "float", num_bits: 4, strategy: "group", group_size: 32 },
      null,
    ),
  nvfp4: modelopt,
  gptq,
  "awq-gemm": awq,
  "mxfp4-gptoss": (stored) => ({ quant_method: "mxfp4", modules_to_not_convert: skipped(stored) }),
  "mlx-affine": mlx("affine"),
  "mlx-mxfp4": mlx("mxfp4"),
  "mlx-mxfp8": mlx("mxfp8"),
  "mlx-nvfp4": mlx("nvfp4"),
  "bnb-nf4": bitsAndBytes("nf4"),
  "bnb-fp4": bitsAndBytes("fp4"),
  "bnb-int8": bitsAndBytes(null),
};

const TOKENS = { type: "float", num_bits: 8, strategy: "token", dynamic: true, symmetric: true };
const NVFP4 = { type: "float", num_bits: 4, strategy: "tensor_group", group_size: 16 };

function has({ packed }: Stored, suffix: string): boolean {
  return packed.some(({ weight }) => weight.tensors.some((each) => each.suffix === suffix));
}

/** Modules that are stored plain and could be taken for quantized ones, by their full names. */
function skipped({ component }: Pick<Stored, "component">): string[] {
  const model = modelOf(component);
  const quantized = new Set(
    linearsOf(component)
      .filter(({ weight }) => isQuantized(weight))
      .map(({ tensorRole }) => tensorRole),
  );
  const names = model.tensorRoles.flatMap((tensorRole) => {
    const isLinear =
      tensorRole.part === "weight" &&
      tensorRole.shape.length === 2 &&
      !/^(?:embed|norm|buffer)/.test(tensorRole.role);
    if (!isLinear || quantized.has(tensorRole) || tensorRole.bucket === "norms") return [];
    const { owner, parameter } = model.weights.tensor(tensorRole.node);
    if (parameter !== "" || owner < 0) return [];
    const path = tensorRole.segments.slice(0, component.table.names.name(owner).split(".").length);
    const at = path.indexOf("experts");
    // Experts of a layer are one module in the engines.
    return PlaceSet.modules([at < 0 ? path : path.slice(0, at + 1)]).names(MAX_SKIPPED);
  });
  return [...new Set(names)];
}

function fp8Block(stored: Stored): Declared {
  const { block, scale } = stored.first;
  if (block === null) throw new UnfoldError("USAGE", { message: "the size of the blocks is not known" });
  if (scale === "weight_scale")
    return compressed(
      stored,
      "float-quantized",
      { type: "float", num_bits: 8, strategy: "block", block_structure: block },
      { ...TOKENS, strategy: "group", group_size: block[1] },
    );
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

function compressed(stored: Stored, format: string, weights: Declared, inputs: Declared | null): Declared {
  return {
    quant_method: "compressed-tensors",
    format,
    quantization_status: "compressed",
    config_groups: {
      group_0: {
        targets: ["Linear"],
        weights: { symmetric: true, dynamic: false, ...weights },
        input_activations: inputs,
        output_activations: null,
      },
    },
    ignore: skipped(stored),
    kv_cache_scheme: null,
  };
}

function packedIntegers(stored: Stored): Declared {
  const { bits, group } = stored.first;
  const settings =
    group === null ? { strategy: "channel", group_size: null } : { strategy: "group", group_size: group };
  const symmetric = !has(stored, "weight_zero_point");
  return compressed(stored, "pack-quantized", { type: "int", num_bits: bits, ...settings, symmetric }, null);
}

function modelopt(stored: Stored): Declared {
  const isWeightOnly = !has(stored, "input_scale");
  return {
    quant_method: "modelopt",
    quant_algo: isWeightOnly ? "W4A16_NVFP4" : "NVFP4",
    group_size: 16,
    kv_cache_quant_algo: null,
    ignore: skipped(stored),
    producer: { name: "modelopt" },
  };
}

/** What is declared now, for what no header tells. */
function stated({ component }: Stored, key: string): unknown {
  const config = component.configs.get("config.json");
  return (
    member(member(config, "quantization_config"), key) ??
    member(component.configs.get("quantize_config.json"), key)
  );
}

function gptq(stored: Stored): Declared {
  const { bits, group } = stored.first;
  const symmetric = stated(stored, "sym");
  const order = stated(stored, "desc_act");
  return {
    quant_method: "gptq",
    bits,
    group_size: group ?? -1,
    desc_act: typeof order === "boolean" ? order : false,
    sym: typeof symmetric === "boolean" ? symmetric : true,
    lm_head: stored.packed.some(({ role }) => role === "head.lm"),
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
function mlx(mode: string): Build {
  return ({ packed, first }) => {
    const usual = { group_size: first.group, bits: first.bits };
    const others = packed
      .filter(({ weight }) => weight.group !== usual.group_size || weight.bits !== usual.bits)
      .flatMap(({ at, weight }) =>
        at.names(MAX_SKIPPED).map((name) => [name, { group_size: weight.group, bits: weight.bits }] as const),
      );
    return { ...usual, ...(mode === "affine" ? {} : { mode }), ...Object.fromEntries(others) };
  };
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

/** Several schemes: ModelOpt lists each module with its algorithm. Others have no dialect for them all. */
function describeMixed(
  component: Component,
  packed: readonly Linear[],
  schemes: readonly string[],
): Declared {
  const algorithms: Readonly<Record<string, Declared>> = {
    nvfp4: { quant_algo: "NVFP4", group_size: 16 },
    "fp8-tensor": { quant_algo: "FP8" },
  };
  const unknown = schemes.find((scheme) => !Object.hasOwn(algorithms, scheme));
  if (unknown !== undefined)
    throw new UnfoldError("USAGE", {
      message: `${schemes.join(" and ")} are stored side by side, and no dialect that unfold writes describes both`,
    });
  const layers = packed.flatMap(({ at, weight }) =>
    at.names(MAX_SKIPPED).map((name) => [name, algorithms[weight.scheme]] as const),
  );
  return {
    quant_method: "modelopt",
    quant_algo: "MIXED_PRECISION",
    kv_cache_quant_algo: null,
    quantized_layers: Object.fromEntries(layers),
    ignore: skipped({ component }),
    producer: { name: "modelopt" },
  };
}

/** The index of a component: which shard holds each tensor, and the bytes of all. */
export function describeIndex(component: Component): Declared {
  const { table, shards } = component;
  const map: Record<string, string> = {};
  let total = 0;
  const names = Array.from({ length: table.count }, (_, row) => ({ row, name: table.name(row) }));
  for (const { row, name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = shards[table.shards.data[row] as number]?.path ?? "";
    map[name] = path.slice(path.lastIndexOf("/") + 1);
    total += table.bytes(row);
  }
  return { metadata: { total_size: total }, weight_map: map };
}
