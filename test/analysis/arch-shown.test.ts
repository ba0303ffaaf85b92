import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { componentOf, expandAll, type TensorSpec } from "../support/component-of.ts";

const CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  quantization_config: { quant_method: "modelopt", quant_algo: "NVFP4", ignore: ["lm_head"] },
};

const linear = (name: string, out: number, input: number): TensorSpec[] => [
  [`${name}.weight`, "U8", [out, input / 2]],
  [`${name}.weight_scale`, "F8_E4M3", [out, input / 16]],
  [`${name}.weight_scale_2`, "F32", []],
];

const MODEL: readonly TensorSpec[] = [
  ["model.embed_tokens.weight", "BF16", [1024, 256]],
  ["model.layers.{0-5}.input_layernorm.weight", "BF16", [256]],
  ["model.layers.{0-5}.post_attention_layernorm.weight", "BF16", [256]],
  ...["q_proj", "k_proj", "v_proj", "o_proj"].flatMap((name) =>
    linear(`model.layers.{0-5}.self_attn.${name}`, 256, 256),
  ),
  ...linear("model.layers.{0-5}.mlp.gate_proj", 512, 256),
  ...linear("model.layers.{0-5}.mlp.up_proj", 512, 256),
  ...linear("model.layers.{0-5}.mlp.down_proj", 256, 512),
  ["model.norm.weight", "BF16", [256]],
  ["lm_head.weight", "BF16", [1024, 256]],
];

const structuresOf = (change: (specs: readonly TensorSpec[]) => readonly TensorSpec[]) =>
  describeArchitecture(
    componentOf(change([...expandAll(MODEL)]), { configs: { "config.json": CONFIG } }),
  ).structures.map(({ layers, mixer, feedForward }) => `${layers}: ${mixer}, ${feedForward}`);

describe("layers whose shapes a fault hides", () => {
  it("are of the structure that shows them, whichever scale is lost", () => {
    for (const lost of ["gate_proj", "up_proj", "down_proj"])
      expect(
        structuresOf((specs) => specs.filter(([name]) => name !== `model.layers.3.mlp.${lost}.weight_scale`)),
      ).toEqual(["0-5: MHA, dense 512"]);
  });

  it("stay apart where something else is other too", () => {
    const told = structuresOf((specs) =>
      specs.filter(([name]) => !name.startsWith("model.layers.3.mlp.up_proj.")),
    );
    expect(told).toHaveLength(2);
  });
});
