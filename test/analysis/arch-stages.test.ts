import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import type { StageChain } from "../../src/analysis/arch-stages.ts";
import { componentOf, expandAll, type TensorSpec } from "../support/component-of.ts";

const conv = (path: string, input: number, out: number, side = 3): TensorSpec[] => [
  [`${path}.weight`, "F16", [out, input, side, side]],
  [`${path}.bias`, "F16", [out]],
];
const block = (path: string, input: number, out: number): TensorSpec[] => [
  [`${path}.norm1.weight`, "F16", [input]],
  ...conv(`${path}.conv1`, input, out),
  ...conv(`${path}.conv2`, out, out),
  ...(input === out ? [] : conv(`${path}.conv_shortcut`, input, out, 1)),
];
const transformer = (path: string, width: number): TensorSpec[] => [
  ...conv(`${path}.proj_in`, width, width, 1),
  [`${path}.transformer_blocks.{0-1}.attn1.to_q.weight`, "F16", [width, width]],
  [`${path}.transformer_blocks.{0-1}.attn1.to_k.weight`, "F16", [width, width]],
  [`${path}.transformer_blocks.{0-1}.attn1.to_v.weight`, "F16", [width, width]],
  [`${path}.transformer_blocks.{0-1}.attn1.to_out.0.weight`, "F16", [width, width]],
  [`${path}.transformer_blocks.{0-1}.norm{1-3}.weight`, "F16", [width]],
];

/** Two levels down and up; what goes up takes in what went down. */
const UNET: readonly TensorSpec[] = [
  ...conv("conv_in", 4, 32),
  ["time_embedding.linear_1.weight", "F16", [128, 32]],
  ...block("down_blocks.0.resnets.0", 32, 32),
  ...block("down_blocks.0.resnets.1", 32, 32),
  ...conv("down_blocks.0.downsamplers.0.conv", 32, 32),
  ...block("down_blocks.1.resnets.0", 32, 64),
  ...block("down_blocks.1.resnets.1", 64, 64),
  ...transformer("down_blocks.1.attentions.0", 64),
  ...transformer("down_blocks.1.attentions.1", 64),
  ...block("mid_block.resnets.0", 64, 64),
  ...block("mid_block.resnets.1", 64, 64),
  ...block("up_blocks.0.resnets.0", 128, 64),
  ...block("up_blocks.0.resnets.1", 96, 64),
  ...conv("up_blocks.0.upsamplers.0.conv", 64, 64),
  ...block("up_blocks.1.resnets.0", 96, 32),
  ...block("up_blocks.1.resnets.1", 64, 32),
  ["conv_norm_out.weight", "F16", [32]],
  ...conv("conv_out", 32, 4),
];

const told = ({ nodes }: StageChain) =>
  nodes.map(({ module, in: from, out, blocks }) => [
    module,
    from,
    out,
    blocks.map(({ word, count }) => `${count} ${word}`).join(", "),
  ]);

describe("stages", () => {
  it("of a UNet are in the order in which they run, and add up to the model", () => {
    const { stages, parameters } = describeArchitecture(
      componentOf(expandAll(UNET), { configs: { "config.json": { _class_name: "UNet2DConditionModel" } } }),
    );
    const [chain, ...others] = stages;
    expect(others).toEqual([]);
    expect(chain === undefined ? [] : told(chain)).toEqual([
      ["in", 4, 32, ""],
      ["down_blocks.0", 32, 32, "2 residual block, 1 downsample"],
      ["down_blocks.1", 32, 64, "2 residual block, 2 transformer"],
      ["mid_block", 64, 64, "2 residual block"],
      ["up_blocks.0", 128, 64, "2 residual block, 1 upsample"],
      ["up_blocks.1", 96, 32, "2 residual block"],
      ["out", 32, 4, ""],
      ["time_embedding", null, null, ""],
    ]);
    expect(chain?.parameters).toBe(parameters.total);
    expect(chain?.edges.filter(({ isSkip }) => isSkip)).toEqual([
      { from: "s2", to: "s4", isSkip: true },
      { from: "s1", to: "s5", isSkip: true },
    ]);
  });

  it("of an autoencoder are a chain for each half, in both spellings, and skip nothing", () => {
    const half = (path: string, down: string, up: string, inner: string): TensorSpec[] => [
      ...conv(`${path}.encoder.conv_in`, 3, 32),
      ...block(`${path}.encoder.${down}.0.${inner}.0`, 32, 32),
      ...block(`${path}.encoder.${down}.1.${inner}.0`, 32, 64),
      ...conv(`${path}.encoder.conv_out`, 64, 8),
      ...conv(`${path}.decoder.conv_in`, 4, 64),
      ...block(`${path}.decoder.${up}.0.${inner}.0`, 64, 64),
      ...block(`${path}.decoder.${up}.1.${inner}.0`, 64, 64),
      ...conv(`${path}.decoder.conv_out`, 32, 3),
    ];
    const names = (specs: readonly TensorSpec[]) =>
      describeArchitecture(componentOf(expandAll(specs))).stages.map((chain) => [
        chain.path,
        chain.nodes.map(({ module }) => module).join(" "),
        chain.edges.filter(({ isSkip }) => isSkip).length,
      ]);
    expect(names(half("m", "down_blocks", "up_blocks", "resnets"))).toEqual([
      ["m.encoder", "in down_blocks.0 down_blocks.1 out", 0],
      ["m.decoder", "in up_blocks.0 up_blocks.1 out", 0],
    ]);
    // The original counts the stages of its decoder from the end.
    expect(names(half("m", "down", "up", "block"))).toEqual([
      ["m.encoder", "in down.0 down.1 out", 0],
      ["m.decoder", "in up.1 up.0 out", 0],
    ]);
  });

  it("of a residual network lead to its head", () => {
    const specs: TensorSpec[] = [
      ...conv("conv1", 3, 16, 7),
      ["bn1.weight", "F32", [16]],
      ...[1, 2, 3].flatMap((at) => conv(`layer${at}.0.conv1`, 8 * 2 ** at, 16 * 2 ** at)),
      ["fc.weight", "F32", [10, 128]],
    ];
    const [chain] = describeArchitecture(componentOf(expandAll(specs))).stages;
    expect(chain === undefined ? [] : told(chain)).toEqual([
      ["in", 3, 16, ""],
      ["layer1", 16, 32, "1 block"],
      ["layer2", 32, 64, "1 block"],
      ["layer3", 64, 128, "1 block"],
      ["out", 128, 10, ""],
    ]);
  });

  it.each([
    ["a decoder", ["model.layers.{0-3}.mlp.up_proj.weight", "model.layers.{0-3}.self_attn.q_proj.weight"]],
    ["one list", ["stages.0.conv.weight", "head.weight"]],
    ["no numbers", ["down_blocks.weight", "up_blocks.weight", "conv_in.weight"]],
  ])("are none of %s", (_, names) => {
    const specs = names.map((name): TensorSpec => [name, "F32", [8, 8]]);
    expect(describeArchitecture(componentOf(expandAll(specs))).stages).toEqual([]);
  });
});

describe("boxes of a layer", () => {
  it("are of one layer where lists lie side by side, and norms of one role have one each", () => {
    const lists = "up_blocks.0.attentions.{0-2}";
    const specs = [...UNET, ...transformer(lists, 64)];
    const { structures } = describeArchitecture(
      componentOf(expandAll(specs), { configs: { "config.json": { _class_name: "UNet2DConditionModel" } } }),
    );
    const three = structures.find(({ stack }) => stack.startsWith(lists));
    expect([three?.layers, three?.count, three?.parametersEach]).toEqual(["0-1", 6, 4 * 64 * 64 + 3 * 64]);
    expect(three?.bytes).toBe(2 * 6 * (4 * 64 * 64 + 3 * 64));
    expect(three?.nodes.flatMap(({ linears }) => linears.map(({ perLayer }) => perLayer))).toEqual([
      1, 1, 1, 1,
    ]);
  });

  it("of a diffusion transformer are modulated, and what joins attention and MLP makes them lanes", () => {
    const attention = (path: string, names: readonly string[]): TensorSpec[] =>
      names.map((name) => [`${path}.attn.${name}.weight`, "BF16", [64, 64]]);
    const specs: TensorSpec[] = [
      ["x_embedder.weight", "BF16", [64, 16]],
      ["transformer_blocks.{0-1}.norm1.linear.weight", "BF16", [384, 64]],
      ["transformer_blocks.{0-1}.norm1_context.linear.weight", "BF16", [384, 64]],
      ...attention("transformer_blocks.{0-1}", ["to_q", "to_k", "to_v", "to_out.0"]),
      ...attention("transformer_blocks.{0-1}", ["add_q_proj", "add_k_proj", "add_v_proj", "to_add_out"]),
      ["transformer_blocks.{0-1}.ff.net.0.proj.weight", "BF16", [256, 64]],
      ["transformer_blocks.{0-1}.ff.net.2.weight", "BF16", [64, 256]],
      ["transformer_blocks.{0-1}.ff_context.net.0.proj.weight", "BF16", [256, 64]],
      ["transformer_blocks.{0-1}.ff_context.net.2.weight", "BF16", [64, 256]],
      ["single_transformer_blocks.{0-3}.norm.linear.weight", "BF16", [192, 64]],
      ...attention("single_transformer_blocks.{0-3}", ["to_q", "to_k", "to_v"]),
      ["single_transformer_blocks.{0-3}.proj_mlp.weight", "BF16", [256, 64]],
      ["single_transformer_blocks.{0-3}.proj_out.weight", "BF16", [64, 320]],
      ["proj_out.weight", "BF16", [16, 64]],
    ];
    const { structures } = describeArchitecture(
      componentOf(expandAll(specs), {
        configs: { "config.json": { _class_name: "FluxTransformer2DModel" } },
      }),
    );
    const [double, single] = structures;
    expect(double?.nodes.map(({ title }) => title.split(" · ")[0])).toEqual([
      "modulated norm",
      "joint MHA attention",
      "+",
      "modulated norm",
      "MLPs of both streams",
      "+",
    ]);
    expect(single?.nodes.map(({ kind }) => kind)).toEqual(["norm", "mixer", "mlp", "add"]);
    expect(single?.edges.map(({ from, to }) => `${from} ${to}`)).toContain("n0 n2");
    expect(single?.nodes[2]?.steps.at(-1)?.does).toBe("down, with what attention made");
  });

  it("tell an encoder that ends in a norm from one whose blocks do", () => {
    const encoder = (last: readonly TensorSpec[]): string[] => {
      const layer = "model.encoder.layers.{0-2}";
      const specs: TensorSpec[] = [
        ["model.decoder.embed_tokens.weight", "F32", [100, 64]],
        ...["encoder", "decoder"].flatMap((side): TensorSpec[] => [
          ...["q_proj", "k_proj", "v_proj", "out_proj"].map(
            (name): TensorSpec => [`model.${side}.layers.{0-2}.self_attn.${name}.weight`, "F32", [64, 64]],
          ),
          [`model.${side}.layers.{0-2}.self_attn_layer_norm.weight`, "F32", [64]],
          [`model.${side}.layers.{0-2}.fc1.weight`, "F32", [256, 64]],
          [`model.${side}.layers.{0-2}.fc2.weight`, "F32", [64, 256]],
          [`model.${side}.layers.{0-2}.final_layer_norm.weight`, "F32", [64]],
        ]),
        ...last,
      ];
      const { structures } = describeArchitecture(componentOf(expandAll(specs)));
      const own = structures.find(({ scope }) => scope === "encoder");
      expect(layer.startsWith(own?.stack ?? "?")).toBe(true);
      return (own?.nodes ?? []).map(({ kind }) => kind);
    };
    expect(encoder([["model.encoder.layer_norm.weight", "F32", [64]]]).slice(0, 3)).toEqual([
      "norm",
      "mixer",
      "add",
    ]);
    expect(encoder([]).slice(0, 3)).toEqual(["mixer", "norm", "add"]);
  });
});
