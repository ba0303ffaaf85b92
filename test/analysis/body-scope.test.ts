import { expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { Draft } from "../support/draft.ts";
import { loadFiles } from "../support/run-checks.ts";

/** A detector as transformers saves it: a backbone of convolutions, an encoder, a decoder, a head of three linears. */
function detector(): Draft {
  const encoder = "model.encoder.layers.{0-5}";
  const decoder = "model.decoder.layers.{0-5}";
  const linear = (name: string) => [`${name}.weight`, "BF16", [256, 256]] as const;
  return Draft.of(
    [
      ["model.backbone.conv_encoder.model.conv1.weight", "BF16", [64, 3, 7, 7]],
      ["model.backbone.conv_encoder.model.bn1.running_mean", "F32", [64]],
      ["model.backbone.conv_encoder.model.bn1.running_var", "F32", [64]],
      ["model.backbone.conv_encoder.model.layer4.{0-2}.conv2.weight", "BF16", [512, 512, 3, 3]],
      ...["q_proj", "k_proj", "v_proj", "out_proj"].flatMap((name) => [
        linear(`${encoder}.self_attn.${name}`),
        linear(`${decoder}.self_attn.${name}`),
        linear(`${decoder}.encoder_attn.${name}`),
      ]),
      ["bbox_predictor.layers.{0-1}.weight", "BF16", [256, 256]],
      ["bbox_predictor.layers.2.weight", "BF16", [4, 256]],
    ],
    { architectures: ["NoneSuchForObjectDetection"], model_type: "detr" },
  );
}

it("calls the backbone of a detector what it looks at, in every view, and a head of linears no tower", async () => {
  const [component] = (await loadFiles(detector().toFiles())).components;
  if (component === undefined) throw new Error("no component");
  const backbone = 64 * 3 * 49 + 3 * 512 * 512 * 9 + 2 * 256 * 256 + 4 * 256;
  const { byComponent, bitsPerWeight } = countParameters(component);
  expect(byComponent.map((row) => [row.component, row.parameters])).toEqual([
    ["vision", backbone],
    ["decoder", 6 * 8 * 256 * 256],
    ["encoder", 6 * 4 * 256 * 256],
  ]);
  const { towers } = describeArchitecture(component);
  expect(towers.map(({ scope, stack, parameters }) => [scope, stack, parameters])).toEqual([
    ["encoder", "model.encoder.layers", 6 * 4 * 256 * 256],
    ["vision", null, backbone],
  ]);
  // Statistics in F32 rebuild no weight.
  expect(bitsPerWeight).toBe(16);
});
