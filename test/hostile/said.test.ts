import { describe, expect, it } from "vitest";
import { gptqModel, nvfp4Model, packedModel, plainModel } from "../checks/sound-models.ts";
import type { Draft } from "../support/draft.ts";
import { MODELS, runBin, runKept, writeDraft } from "../support/hostile.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** What is declared and cannot be is not used, and no report holds a number that is none. */

/** Numbers that no declaration of bits or groups can mean. */
const IMPOSSIBLE = [0, -1, -5, 0.5, 1e-320, 33, 64, 1e308, 2 ** 53, "4", true, [4], {}] as const;

const DECLARATIONS: readonly (readonly [string, () => Draft, (value: unknown) => object])[] = [
  ["gptq bits", gptqModel, (bits) => ({ quant_method: "gptq", bits, group_size: 128 })],
  ["gptq group", gptqModel, (group_size) => ({ quant_method: "gptq", bits: 4, group_size })],
  [
    "gptq dynamic",
    gptqModel,
    (bits) => ({ quant_method: "gptq", bits: 4, group_size: 128, dynamic: { "+:.*": { bits } } }),
  ],
  ["awq", gptqModel, (w_bit) => ({ quant_method: "awq", w_bit, q_group_size: w_bit })],
  ["mlx", gptqModel, (bits) => ({ bits, group_size: bits, mode: "affine" })],
  ["hqq", plainModel, (nbits) => ({ quant_method: "hqq", quant_config: { weight_quant_params: { nbits } } })],
  [
    "compressed-tensors",
    packedModel,
    (num_bits) => ({
      quant_method: "compressed-tensors",
      format: "pack-quantized",
      config_groups: { a: { targets: ["Linear"], weights: { num_bits, group_size: num_bits, type: "int" } } },
    }),
  ],
  ["modelopt", nvfp4Model, (group_size) => ({ quant_method: "modelopt", quant_algo: "NVFP4", group_size })],
  ["fp8 blocks", plainModel, (size) => ({ quant_method: "fp8", weight_block_size: [size, size] })],
  ["no method", plainModel, (bits) => ({ bits, group_size: bits })],
];

describe.each(DECLARATIONS)("%s", (_, make, declare) => {
  it.each(IMPOSSIBLE.map((value) => [value]))("of %j", async (value) => {
    const draft = make();
    draft.config.quantization_config = declare(value);
    for (const file of ["hf_quant_config.json", "quantize_config.json"])
      if (draft.configs.has(file)) draft.configs.set(file, { quantization: declare(value) });
    const source = writeDraft(tempFolder(), "declared", draft);
    for (const command of ["precision", "check"]) {
      const { stdout } = await runKept([command, source, "--json"]);
      for (const bits of numbersUnder(JSON.parse(stdout), "bits")) {
        expect(bits).toBeGreaterThanOrEqual(1);
        expect(bits).toBeLessThanOrEqual(64); // F64 has as many
      }
      for (const each of [
        ...numbersUnder(JSON.parse(stdout), "group"),
        ...numbersUnder(JSON.parse(stdout), "parameters"),
      ])
        expect(Number.isSafeInteger(each) && each >= 0).toBe(true);
    }
  });
});

describe("sizes in a configuration that no model has", () => {
  const SIZES = [-1, 0.5, 1e-320, 2 ** 53, 1e308, "256", null, [256], {}] as const;

  it.each(MODELS)("%s", async (_, make) => {
    for (const size of SIZES) {
      const draft = make();
      for (const config of draft.configs.values())
        for (const key of Object.keys(config)) if (typeof config[key] === "number") config[key] = size;
      const source = writeDraft(tempFolder(), "sizes", draft);
      for (const command of ["arch", "check"]) {
        const { stdout } = await runKept([command, source, "--json"]);
        const wrong = allNumbers(JSON.parse(stdout)).filter(
          (each) => each < 0 || each > Number.MAX_SAFE_INTEGER,
        );
        expect(wrong).toEqual([]);
      }
    }
  });
});

describe("--timeout", () => {
  it.each(["2147483", "2147484", "2160000", "999999999"])("of %s seconds", (seconds) => {
    const source = writeDraft(tempFolder(), "whole", plainModel());
    const { code, stderr } = runBin(["overview", source, "--timeout", seconds]);
    expect([0, 2]).toContain(code);
    expect(stderr).not.toMatch(/Warning/);
  });
});

function allNumbers(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(allNumbers) : [];
}

/** All numbers under a key, wherever it is. */
function numbersUnder(value: unknown, key: string): number[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([each, inner]) =>
    each === key && typeof inner === "number" ? [inner] : numbersUnder(inner, key),
  );
}
