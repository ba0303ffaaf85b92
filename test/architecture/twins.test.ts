import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { componentOf, type TensorSpec } from "../support/component-of.ts";
import { tensorsOf } from "../support/tensor-text.ts";
import { DECODERS } from "./by-role/decoders.ts";
import { EXPERTS } from "./by-role/experts.ts";
import { HYBRIDS } from "./by-role/hybrids.ts";
import type { Sectioned } from "./by-role/sections.ts";
import { VISION_LANGUAGE } from "./by-role/vision-language.ts";

const MODELS = [...DECODERS, ...EXPERTS, ...HYBRIDS, ...VISION_LANGUAGE].filter(({ title }) =>
  /^(Qwen2.5-0.5B|Phi-4-mini|Moonlight|Hunyuan|Phi-3.5-MoE|Nemotron-Nano|Granite-4.0|Kimi-VL|glm-4)/.test(
    title,
  ),
);

/** Everything that packing and prefixes leave alone. */
function facts(tensors: readonly TensorSpec[], config: object | undefined) {
  const component = componentOf(tensors, config === undefined ? {} : { configs: { "config.json": config } });
  const { parameters, byRole } = countParameters(component);
  const { attention, kvCache, embedding, layers, moe, feedForward } = describeArchitecture(component);
  return {
    parameters,
    roles: byRole.filter((row) => row.parameters > 0).map((row) => [row.role, row.parameters]),
    heads: attention?.geometries.map((each) => [
      each.kind,
      each.heads.value,
      each.headDim.value,
      each.kvHeads.value,
    ]),
    latent: attention?.geometries.map((each) => each.latent),
    cache: kvCache,
    tied: embedding.tied,
    mixers: layers.mixers,
    moe: moe && [moe.experts.value, moe.topK.value, moe.expertWidth, moe.sharedWidth],
    widths: feedForward.widths,
  };
}

type Packing = (name: string, rows: number, columns: number) => TensorSpec[];

const PACKINGS: Readonly<Record<string, { readonly config: object; readonly pack: Packing }>> = {
  "FP8 blocks": {
    config: { quant_method: "fp8", weight_block_size: [128, 128] },
    pack: (name, rows, columns) => [
      [`${name}.weight`, "F8_E4M3", [rows, columns]],
      [`${name}.weight_scale_inv`, "F32", [Math.ceil(rows / 128), Math.ceil(columns / 128)]],
    ],
  },
  NVFP4: {
    config: { quant_method: "modelopt", quant_algo: "NVFP4" },
    pack: (name, rows, columns) => [
      [`${name}.weight`, "U8", [rows, columns / 2]],
      [`${name}.weight_scale`, "F8_E4M3", [rows, columns / 16]],
      [`${name}.weight_scale_2`, "F32", []],
      [`${name}.input_scale`, "F32", []],
    ],
  },
  "GPTQ int4": {
    config: { quant_method: "gptq", bits: 4, group_size: 128 },
    pack: (name, rows, columns) => [
      [`${name}.qweight`, "I32", [columns / 8, rows]],
      [`${name}.qzeros`, "I32", [columns / 128, rows / 8]],
      [`${name}.scales`, "F16", [columns / 128, rows]],
      [`${name}.g_idx`, "I32", [columns]],
    ],
  },
  NF4: {
    config: { quant_method: "bitsandbytes", load_in_4bit: true, bnb_4bit_quant_type: "nf4" },
    pack: (name, rows, columns) => [
      [`${name}.weight`, "U8", [(rows * columns) / 2, 1]],
      [`${name}.weight.absmax`, "F32", [(rows * columns) / 64]],
      [`${name}.weight.quant_map`, "F32", [16]],
      [`${name}.weight.quant_state.bitsandbytes__nf4`, "U8", [80]],
    ],
  },
};

/** What quantizers pack: linears of text layers whose sides are whole groups, routers left alone. */
function isPacked(name: string, shape: readonly number[]): boolean {
  const isLinear =
    /layers\.\d+\..*\.weight$/.test(name) && shape.length === 2 && !/norm|gate\.(wg\.)?weight/.test(name);
  return isLinear && !/^vision/.test(name) && shape.every((side) => side % 128 === 0);
}

function packed({ tensors }: Sectioned, pack: Packing): TensorSpec[] {
  return [...tensorsOf(tensors)].flatMap((spec): TensorSpec[] => {
    const [name, , shape] = spec;
    const [rows, columns] = shape as [number, number];
    return isPacked(name, shape) ? pack(name.slice(0, -".weight".length), rows, columns) : [spec];
  });
}

describe.each(MODELS)("$title", (model) => {
  const plain = [...tensorsOf(model.tensors)];

  it.each(Object.entries(PACKINGS))("is the same model packed as %s", (_, { config, pack }) => {
    const twin = facts(packed(model, pack), { ...model.config, quantization_config: config });
    expect(twin).toEqual(facts(plain, model.config));
  });

  it.each(["language_model.", "model.language_model.", "module.", "base_model.model.", "llm."])(
    "is the same model below %s",
    (prefix) => {
      const renamed = plain.map(([name, dtype, shape]): TensorSpec => [`${prefix}${name}`, dtype, shape]);
      expect(facts(renamed, model.config)).toEqual(facts(plain, model.config));
    },
  );

  it("keeps totals, roles, kind and tie without a config, and knows what it does not know", () => {
    const bare = facts(plain, undefined);
    const { parameters, ...known } = facts(plain, model.config);
    expect(bare.parameters.total).toBe(parameters.total);
    expect(bare.parameters.active).toBe(model.routed === undefined ? parameters.active : null);
    expect(bare).toMatchObject({
      roles: known.roles,
      tied: known.tied,
      mixers: known.mixers,
      widths: known.widths,
    });
    expect(bare.cache?.bytesPerToken).toBe(known.cache?.bytesPerToken);
  });
});
