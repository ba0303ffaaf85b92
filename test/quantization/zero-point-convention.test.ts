import { describe, expect, it } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { schemeName } from "../../src/report/render/scheme-words.ts";
import { componentOfText } from "../support/tensor-text.ts";

const GPTQ = `
  model.layers.{0-1}.mlp.up_proj.qweight 32,512 I32
  model.layers.{0-1}.mlp.up_proj.qzeros 2,64 I32
  model.layers.{0-1}.mlp.up_proj.scales 2,512 F16
  model.layers.{0-1}.mlp.up_proj.g_idx 256 I32`;
const AWQ = `
  model.layers.{0-1}.mlp.up_proj.qweight 256,64 I32
  model.layers.{0-1}.mlp.up_proj.qzeros 2,64 I32
  model.layers.{0-1}.mlp.up_proj.scales 2,512 F16`;
const settings = { bits: 4, group_size: 128, sym: false };

describe("how stored zero points are meant", () => {
  it.each([
    ["GPTQ's first format is the default", GPTQ, { quant_method: "gptq", ...settings }, "less-one"],
    ["and may be named", GPTQ, { quant_method: "gptq", checkpoint_format: "gptq", ...settings }, "less-one"],
    [
      "its second has them as they are",
      GPTQ,
      { quant_method: "gptq", checkpoint_format: "gptq_v2", ...settings },
      "as-is",
    ],
    [
      "AutoRound says in its packing which it is",
      GPTQ,
      { quant_method: "auto-round", packing_format: "auto_round:auto_gptq", ...settings },
      "less-one",
    ],
    [
      "AWQ has them as they are",
      AWQ,
      { quant_method: "awq", bits: 4, group_size: 128, zero_point: true },
      "as-is",
    ],
    ["AWQ needs no configuration to say so", AWQ, undefined, "as-is"],
    ["of GPTQ nobody knows without one", GPTQ, undefined, null],
  ] as const)("%s", (_, tensors, quantization, wanted) => {
    const config = quantization === undefined ? undefined : { quantization_config: quantization };
    const [row] = analysePrecision(componentOfText(tensors, config)).schemes;
    expect(row?.zeroPoints).toBe(wanted);
    const words = row === undefined ? "" : schemeName(row);
    expect(words.includes("zero points stored less one")).toBe(wanted === "less-one");
  });
});
