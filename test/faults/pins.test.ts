import { describe, expect, it } from "vitest";
import { configFaultsOf } from "../../src/faults/faults-of.ts";
import { parseExpression } from "../../src/faults/pins/expression.ts";
import { pinsOf } from "../../src/faults/pins/rows.ts";
import { PINS } from "../../src/faults/pins/table.ts";
import { wordsFor } from "../../src/faults/words.ts";
import { componentOfText } from "../support/tensor-text.ts";

const CONFIG = {
  heads: 12,
  patch_size: [1, 2, 2],
  widths: [320, 640],
  none: null,
  part: { size: 224 },
  types: ["CrossAttnDown", "Down"],
  flag: false,
};

describe("a formula of the table of pins", () => {
  it.each([
    ["2*heads+1", 25],
    ["heads-2*3", 6],
    ["(part.size/16)**2+1", 197],
    ["heads/5", 2],
    ["prod(patch_size)", 4],
    ["len(widths)", 2],
    ["widths[-1]", 640],
    ["widths[-(1+i)]", 320],
    ["heads[i]", 12],
    ["or(none, absent, heads)", 12],
    ["absent", undefined],
    ["none*2", undefined],
    ["absent=true", 1],
    ["flag=true", 0],
    ["given(none)", 0],
    ["given(absent)", undefined],
    ['has(types[i], "Attn")', 0],
  ])("%s", (formula, value) => {
    expect(parseExpression(formula).reckon({ config: CONFIG, indices: { i: 1 } })).toBe(value);
  });

  it("is read whole, or not at all", () => {
    for (const formula of ["2*(heads", "heads heads", "nothing(heads)"])
      expect(() => parseExpression(formula)).toThrow();
  });
});

describe("pins of what no class of transformers or diffusers says", () => {
  it("asks for timm's classifier, under the name that timm gives it", () => {
    const config = { architecture: "a_net", num_classes: 10, pretrained_cfg: { classifier: "head.fc" } };
    const toldFor = (tensors: string, change = {}) =>
      configFaultsOf(componentOfText(tensors, { ...config, ...change }))
        .filter(({ kind }) => kind === "pin.unlike" || kind === "weights.missing")
        .map(({ at }) => at.format());
    expect(toldFor("stem.weight 8,3,3,3\nhead.fc.weight 10,8")).toEqual([]);
    expect(toldFor("stem.weight 8,3,3,3\nhead.fc.weight 1000,8")).toEqual(["head.fc.weight"]);
    expect(toldFor("stem.weight 8,3,3,3")).toEqual(["head.fc.weight"]);
    expect(toldFor("stem.weight 8,3,3,3", { num_classes: 0 })).toEqual([]);
    expect(toldFor("stem.weight 8,3,3,3", { pretrained_cfg: {} })).toEqual([]);
  });
});

describe("the table of pins", () => {
  it.each(Object.keys(PINS))("%s is read", (name) => {
    expect(pinsOf(name).length).toBeGreaterThan(2);
  });

  const VAE = `
    encoder.conv_in.weight 128,3,3,3
    encoder.conv_out.weight 8,512,3,3
    encoder.down_blocks.{0-1}.resnets.{0-1}.conv1.weight 128,128,3,3
    encoder.mid_block.attentions.0.to_q.weight 128,128
    decoder.conv_in.weight 128,4,3,3
    decoder.conv_out.weight 3,128,3,3
    decoder.up_blocks.{0-1}.resnets.{0-2}.conv1.weight 128,128,3,3
  `;
  const OWN = {
    _class_name: "AutoencoderKL",
    in_channels: 3,
    latent_channels: 4,
    out_channels: 3,
    block_out_channels: [128, 128],
    layers_per_block: 2,
    use_quant_conv: false,
    use_post_quant_conv: false,
  };

  it.each([
    ["as the class has it", VAE, {}, []],
    ["a key that is another", VAE, { latent_channels: 16 }, ["side 0 of encoder.conv_out.weight: 32, not 8"]],
    [
      "members of a list",
      VAE,
      { layers_per_block: 3 },
      ["members of encoder.down_blocks.0.resnets: 3, not 2"],
    ],
    ["what is left out", VAE, { use_quant_conv: undefined }, ["quant_conv: stored, not not stored"]],
    ["what is not a number", VAE, { latent_channels: "4" }, []],
    [
      "what every one stores",
      VAE.replace(/.*decoder.conv_out.*\n/, ""),
      {},
      ["weights.missing decoder.conv_out.weight"],
    ],
    ["another layout", "first_stage_model.encoder.conv_in.weight 128,4,3,3", {}, []],
  ])("%s", (_, tensors, change, expected) => {
    const component = componentOfText(tensors, { ...OWN, ...change });
    const told = configFaultsOf(component)
      .filter(({ kind }) => kind === "pin.unlike" || kind === "weights.missing")
      .map((fault) => {
        const words = wordsFor(fault);
        return fault.kind === "pin.unlike"
          ? `${words.subject}: ${words.expected?.replace(/ \(.*/, "")}, not ${words.found}`
          : `${fault.kind} ${fault.at.format()}`;
      });
    expect(told).toEqual(expected);
  });
});
