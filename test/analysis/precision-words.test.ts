import { describe, expect, it } from "vitest";
import { describeForOverview } from "../../src/analysis/overview.ts";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { rotationWords, schemeName } from "../../src/report/render/scheme-words.ts";
import { checkDraft, faultsOf, loadFiles } from "../support/run-checks.ts";
import { type Packing, type TinyExport, tinyExport } from "../support/tiny-export.ts";

/** What an export is in words: widths, rotations, zero points, the same in every view. */

const packed: Packing = (name, out, input) => [
  [`${name}.weight_packed`, "I32", [out, input / 8]],
  [`${name}.weight_scale`, "BF16", [out, input / 128]],
  [`${name}.weight_shape`, "I64", [2]],
];
const bytes: Packing = (name, out, input) => [
  [`${name}.weight`, "I8", [out, input]],
  [`${name}.weight_scale`, "BF16", [out, input / 128]],
];
const mlx: Packing = (name, out, input) => {
  const bits = name.includes("down_proj") ? 8 : 4;
  return [
    [`${name}.weight`, "U32", [out, (input * bits) / 32]],
    [`${name}.scales`, "BF16", [out, input / 64]],
    [`${name}.biases`, "BF16", [out, input / 64]],
  ];
};
const gptq: Packing = (name, out, input) => [
  [`${name}.qweight`, "I32", [input / 8, out]],
  [`${name}.qzeros`, "I32", [input / 128, out / 8]],
  [`${name}.scales`, "F16", [input / 128, out]],
  [`${name}.g_idx`, "I32", [input]],
];
const awqOfCpu: Packing = (name, out, input) => [
  [`${name}.qweight`, "I32", [input, out / 8]],
  [`${name}.qzeros`, "I32", [input / 128, out / 8]],
  [`${name}.scales`, "F16", [input / 128, out]],
];
const ct = (format: string, more: object = {}) => ({
  quantization_config: {
    quant_method: "compressed-tensors",
    format,
    ignore: ["lm_head"],
    config_groups: {
      group_0: {
        targets: ["Linear"],
        weights: { num_bits: 4, type: "int", strategy: "group", group_size: 128, symmetric: true },
      },
    },
    ...more,
  },
});

async function read(each: TinyExport) {
  const checkpoint = await loadFiles(tinyExport(each).toFiles());
  const component = checkpoint.components[0] as (typeof checkpoint.components)[0];
  const { roles, precision } = describeForOverview(checkpoint, component);
  const kept = Object.fromEntries(roles.map(({ role, kept: names }) => [role, Object.keys(names)]));
  return { kept, precision, result: analysePrecision(component) };
}

describe("an export in words", () => {
  it("calls 4-bit values that are kept one a byte INT4 in each view", async () => {
    const { kept, result } = await read({ pack: bytes, config: ct("int-quantized") });
    expect(result.schemes.filter(({ scheme }) => scheme === "int8").map((row) => schemeName(row))).toEqual([
      "INT4, one a byte, symmetric",
    ]);
    expect(kept.attention).toEqual(["INT4"]);
  });

  it("tells which widths each role has where there are several", async () => {
    const quantization = {
      group_size: 64,
      bits: 4,
      "model.layers.0.mlp.down_proj": { bits: 8, group_size: 64 },
    };
    const { kept, result } = await read({ pack: mlx, config: { quantization } });
    expect(kept).toMatchObject({ attention: ["MLX affine, 4 bits"], mlp: ["MLX affine, 4 and 8 bits"] });
    expect(result.byRole.find(({ role }) => role === "mlp")?.bits).toEqual({ "mlx-affine": [4, 8] });
  });

  it("tells of rotations that are stored, and of none where there are none", async () => {
    const transform_config = { config_groups: { v: { apply: [{ location: "input" }] } } };
    const config = ct("pack-quantized", { transform_config });
    const { precision, result } = await read({
      pack: packed,
      config,
      more: [["model.layers.0.mlp.down_proj.v_input.weight", "F64", [512, 512]]],
    });
    expect(result.rotations).toEqual({ matrices: 1, dtype: "F64", names: ["v_input"] });
    expect(precision.rotations).toEqual(result.rotations);
    expect(result.rotations === null ? "" : rotationWords(result.rotations)).toBe(
      "v_input: 1 matrix of F64, no parameters",
    );
    expect((await read({ pack: packed, config })).result.rotations).toBeNull();
  });

  it.each([
    ["gptq", "less one"],
    ["gptq_v2", "as they are"],
  ])("tells how zero points of %s are stored", async (checkpoint_format, words) => {
    const quantization_config = {
      quant_method: "gptq",
      bits: 4,
      group_size: 128,
      sym: false,
      checkpoint_format,
    };
    const { result } = await read({ pack: gptq, config: { quantization_config } });
    expect(result.schemes.map((row) => schemeName(row))).toContain(
      `GPTQ, 4 bits, asymmetric, zero points stored ${words}`,
    );
  });

  it("weighs packed words by what they hold when dtypes are held against the configuration", async () => {
    // AutoRound on a CPU leaves what it does not quantize in 32 bits: more tensors than words, fewer parameters.
    const quantization_config = { quant_method: "awq", bits: 4, group_size: 128, zero_point: true };
    const draft = tinyExport({
      pack: awqOfCpu,
      config: { quantization_config, torch_dtype: "float16" },
      more: [
        ["model.embed_tokens.weight", "F32", [512, 256]],
        ["lm_head.weight", "F32", [512, 256]],
      ],
    });
    expect(faultsOf(await checkDraft(draft))).toEqual([]);
  });
});
