import type { Weight } from "../../quantization/module-weights.ts";
import type { Linear } from "../linears.ts";
import { type Declared, MAX_SKIPPED, type Stored, settingsOf, skipped, stated } from "./stored.ts";

const TOKENS = { type: "float", num_bits: 8, strategy: "token", dynamic: true, symmetric: true };
const NVFP4 = { type: "float", num_bits: 4, strategy: "tensor_group", group_size: 16 };

/** What compressed-tensors says of weights of a scheme: format, weights, activations. */
interface Group {
  readonly format: string;
  readonly weights: Declared;
  readonly inputs: Declared | null;
}

/** Groups by scheme; static activations have a scale of their own stored. */
export const GROUPS: Readonly<Record<string, (weight: Weight) => Group>> = {
  "fp8-channel": () => ({
    format: "float-quantized",
    weights: { type: "float", num_bits: 8, strategy: "channel" },
    inputs: TOKENS,
  }),
  "fp8-tensor": (weight) => ({
    format: "float-quantized",
    weights: { type: "float", num_bits: 8, strategy: "tensor" },
    inputs: stores(weight, "input_scale") ? { ...TOKENS, strategy: "tensor", dynamic: false } : TOKENS,
  }),
  "fp8-block": ({ block }) => ({
    format: "float-quantized",
    weights: { type: "float", num_bits: 8, strategy: "block", block_structure: block },
    inputs: { ...TOKENS, strategy: "group", group_size: block?.[1] ?? null },
  }),
  "ct-pack-int": (weight) => ({
    format: "pack-quantized",
    weights: {
      type: "int",
      num_bits: weight.bits,
      strategy: weight.group === null ? "channel" : "group",
      group_size: weight.group,
      symmetric: !stores(weight, "weight_zero_point"),
    },
    inputs: null,
  }),
  int8: (weight) => ({
    format: "int-quantized",
    weights: { type: "int", num_bits: 8, strategy: weight.granularity === "tensor" ? "tensor" : "channel" },
    inputs: stores(weight, "input_scale")
      ? { ...TOKENS, type: "int", strategy: "tensor", dynamic: false }
      : { ...TOKENS, type: "int" },
  }),
  "nvfp4-ct": (weight) => ({
    format: "nvfp4-pack-quantized",
    weights: NVFP4,
    inputs: stores(weight, "input_global_scale") ? { ...NVFP4, dynamic: "local" } : null,
  }),
  "mxfp4-ct": () => ({
    format: "mxfp4-pack-quantized",
    weights: { type: "float", num_bits: 4, strategy: "group", group_size: 32 },
    inputs: null,
  }),
  mxfp8: () => ({
    format: "mxfp8-quantized",
    weights: { type: "float", num_bits: 8, strategy: "group", group_size: 32, scale_dtype: "torch.uint8" },
    inputs: null,
  }),
};

function stores({ tensors }: Weight, name: string): boolean {
  return tensors.some(({ suffix }) => suffix === name);
}

/** One group for all linear modules; several, each with its modules, where settings differ. */
export function compressed(stored: Stored): Declared {
  const kinds = new Map<string, Linear[]>();
  for (const linear of stored.packed) {
    const key = settingsOf(linear.weight);
    kinds.set(key, [...(kinds.get(key) ?? []), linear]);
  }
  const groups = [...kinds.values()].map((linears) => {
    const [{ weight }] = linears as [Linear];
    const group = (GROUPS[weight.scheme] as (weight: Weight) => Group)(weight);
    const targets = kinds.size === 1 ? ["Linear"] : linears.flatMap(({ at }) => at.names(MAX_SKIPPED));
    return { ...group, targets };
  });
  const [first] = groups;
  return {
    quant_method: "compressed-tensors",
    format: groups.every(({ format }) => format === first?.format) ? first?.format : "mixed-precision",
    quantization_status: "compressed",
    config_groups: Object.fromEntries(
      groups.map(({ format, weights, inputs, targets }, at) => [
        `group_${at}`,
        {
          targets,
          weights: { symmetric: true, dynamic: false, ...weights },
          input_activations: inputs,
          output_activations: null,
          format,
        },
      ]),
    ),
    ignore: skipped(stored),
    kv_cache_scheme: null,
    ...statedRotations(stored),
  };
}

/** Rotations of weights, of which headers show the matrices and not where they belong. */
function statedRotations(stored: Stored): Declared {
  const rotations = stated(stored, "transform_config");
  return rotations === undefined ? {} : { transform_config: rotations };
}
