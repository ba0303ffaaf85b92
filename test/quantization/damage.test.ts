import { describe, expect, test } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { componentOf, type TensorSpec } from "../support/component-of.ts";

/** One module as a tool writes it: suffix, dtype, shape. */
type Parts = Readonly<Record<string, readonly [dtype: TensorSpec[1], shape: readonly number[]]>>;

interface Damage {
  readonly what: string;
  readonly parts: Parts;
  readonly config?: object;
  readonly more?: Readonly<Record<string, unknown>>;
  /** What one module of three has instead, null for a tensor that it has not. */
  readonly instead: Readonly<
    Record<string, readonly [dtype: TensorSpec[1], shape: readonly number[]] | null>
  >;
  readonly code: string;
}

const NVFP4: Parts = {
  weight: ["U8", [256, 128]],
  weight_scale: ["F8_E4M3", [256, 16]],
  weight_scale_2: ["F32", []],
  input_scale: ["F32", []],
};
const MODELOPT = { quant_method: "modelopt", quant_algo: "NVFP4" };
const PACKED: Parts = {
  weight_packed: ["I32", [256, 32]],
  weight_scale: ["BF16", [256, 2]],
  weight_shape: ["I64", [2]],
};
const COMPRESSED = {
  quant_method: "compressed-tensors",
  config_groups: { group_0: { targets: ["Linear"], weights: { num_bits: 4, group_size: 128 } } },
};
const INTX: Parts = {
  _weight_qdata: ["I8", [256, 512]],
  _weight_scale: ["BF16", [256, 16]],
  _weight_zero_point: ["I8", [256, 16]],
};
const TORCHAO = {
  quant_method: "torchao",
  quant_type: { default: { _type: "IntxWeightOnlyConfig", _data: {} } },
};
const TORCHAO_FP4: Parts = {
  _weight_qdata: ["U8", [256, 256]],
  _weight_scale: ["F8_E4M3", [64, 128]],
  _weight_per_tensor_scale: ["F32", []],
};
const QUARK = (weight: object) => ({ quant_method: "quark", global_quant_config: { weight } });
const INT4: Parts = { weight: ["U8", [128, 512]], weight_scale: ["F32", [256, 4]] };

const DAMAGES: readonly Damage[] = [
  {
    what: "a scale of signed integers",
    parts: PACKED,
    config: COMPRESSED,
    instead: { weight_scale: ["I8", [256, 2]] },
    code: "SCALE_DTYPE_UNEXPECTED",
  },
  {
    what: "a scale of inputs in signed integers",
    parts: NVFP4,
    config: MODELOPT,
    instead: { input_scale: ["I8", []] },
    code: "SCALE_DTYPE_UNEXPECTED",
  },
  {
    what: "scales of groups that are turned, as many as they should be",
    parts: NVFP4,
    config: MODELOPT,
    instead: { weight_scale: ["F8_E4M3", [16, 256]] },
    code: "SCALE_SHAPE_MISMATCH",
  },
  {
    what: "zero points of other groups than the scales",
    parts: INTX,
    config: TORCHAO,
    instead: { _weight_zero_point: ["I8", [256, 8]] },
    code: "ZERO_POINT_SHAPE_MISMATCH",
  },
  {
    what: "values that are turned, where no scale serves several rows",
    parts: INTX,
    config: TORCHAO,
    instead: { _weight_qdata: ["I8", [512, 256]] },
    code: "SCALE_SHAPE_MISMATCH",
  },
  {
    what: "scales in no order of any kernel",
    parts: TORCHAO_FP4,
    config: TORCHAO,
    instead: { _weight_scale: ["F8_E4M3", [128, 64]] },
    code: "SCALE_SHAPE_MISMATCH",
  },
  {
    what: "no zero point where weights are not symmetric",
    parts: {
      weight: ["I32", [512, 32]],
      weight_scale: ["BF16", [4, 256]],
      weight_zero_point: ["I32", [4, 32]],
    },
    config: QUARK({ dtype: "uint4", group_size: 128, symmetric: false, qscheme: "per_group" }),
    instead: { weight_zero_point: null },
    code: "MISSING_ZERO_POINT",
  },
  {
    what: "other groups than a second file states",
    parts: INT4,
    config: { quant_method: "modelopt", quant_algo: "W4A16_AWQ" },
    more: { "hf_quant_config.json": { quantization: { quant_algo: "W4A16_AWQ", group_size: 128 } } },
    instead: { weight_scale: ["F32", [256, 2]] },
    code: "CONFIG_GROUP_MISMATCH",
  },
  {
    what: "6-bit values that lost their scales",
    parts: { weight: ["U8", [256, 192]], weight_scale: ["U8", [256, 8]] },
    config: QUARK({ dtype: "fp6_e3m2", group_size: 32, scale_format: "e8m0", qscheme: "per_group" }),
    instead: { weight_scale: null },
    code: "MISSING_SCALE",
  },
];

function codesOf({ parts, config, more = {} }: Damage, own: Parts): string[] {
  const tensors = ["a", "b", "c"].flatMap((name, at) =>
    Object.entries(at === 1 ? own : parts).map(
      ([suffix, [dtype, shape]]): TensorSpec => [`model.layers.0.${name}.${suffix}`, dtype, shape],
    ),
  );
  const configs = config === undefined ? {} : { "config.json": { quantization_config: config }, ...more };
  const { scales, declared } = analysePrecision(componentOf(tensors, { configs }));
  return [...scales.details, ...(declared?.disagreements ?? [])].map(({ code }) => code);
}

describe("what one module of three lost or has otherwise", () => {
  test.each(DAMAGES)("$what: $code", (damage) => {
    expect(codesOf(damage, damage.parts)).toEqual([]);
    const own = Object.entries({ ...damage.parts, ...damage.instead }).filter(
      (entry): entry is [string, Parts[string]] => entry[1] !== null,
    );
    expect(codesOf(damage, Object.fromEntries(own))).toContain(damage.code);
  });
});

test("packed values that no scheme of the declared method reads are told, once", () => {
  const tensors = ["a", "b"].map((name): TensorSpec => [`model.layers.0.${name}.weight`, "I16", [256, 192]]);
  const configs = { "config.json": { quantization_config: MODELOPT } };
  const { declared } = analysePrecision(componentOf(tensors, { configs }));
  expect(declared?.disagreements.map(({ code, count }) => [code, count])).toEqual([
    ["CONFIG_PACKING_UNKNOWN", 2],
  ]);
});
