import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { modelOf } from "../../src/architecture/model.ts";
import { compareWithConfig } from "../../src/faults/config/find.ts";
import { faultsOf } from "../../src/faults/faults-of.ts";
import { toldAmong } from "../../src/faults/told.ts";
import { wordsFor } from "../../src/faults/words.ts";
import { componentOfText } from "../support/tensor-text.ts";

/** A small Qwen3 MoE: hidden 512, 8 heads of 64, 2 of keys, 4 experts 384 wide. */
const CONFIG = {
  architectures: ["SmallMoeForCausalLM"],
  model_type: "qwen3_moe",
  num_hidden_layers: 2,
  hidden_size: 512,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  head_dim: 64,
  num_experts: 4,
  num_experts_per_tok: 2,
  moe_intermediate_size: 384,
  vocab_size: 1000,
  tie_word_embeddings: false,
};

const LAYER = "model.layers.{0-1}";
const FRAME = `
  model.embed_tokens.weight 1000,512
  lm_head.weight 1000,512
  model.norm.weight 512
  ${LAYER}.{input_layernorm,post_attention_layernorm}.weight 512
  ${LAYER}.mlp.gate.weight 4,512
`;
const ATTENTION = `
  ${LAYER}.self_attn.q_proj.weight 512,512
  ${LAYER}.self_attn.{k,v}_proj.weight 128,512
  ${LAYER}.self_attn.o_proj.weight 512,512
`;
const EXPERTS = `
  ${LAYER}.mlp.experts.gate_up_proj 4,768,512
  ${LAYER}.mlp.experts.down_proj 4,512,384
`;

function read(tensors: string, change: Readonly<Record<string, unknown>> = {}) {
  const component = componentOfText(tensors, { ...CONFIG, ...change });
  const faults = toldAmong(compareWithConfig(modelOf(component)).faults);
  const own = faults.filter(({ severity }) => severity !== "info");
  return { component, faults: own };
}

/** What is told: kinds, doubts and places. */
function told(tensors: string, change?: Readonly<Record<string, unknown>>): string[] {
  return read(tensors, change).faults.map((fault) => {
    const doubt = fault.kind === "layout.unclear" ? ` ${fault.data.doubt}` : "";
    return `${fault.kind}${doubt} at ${fault.at.format()}`;
  });
}

/** The tensors of the layers' attention, packed four bits a value in groups of 32, as compressed-tensors does. */
function packed(name: string, rows: number, columns: number, groups = columns / 32): string {
  return `
    ${LAYER}.self_attn.${name}.weight_packed ${rows},${columns / 8} I32
    ${LAYER}.self_attn.${name}.weight_scale ${rows},${groups}
    ${LAYER}.self_attn.${name}.weight_shape 2 I64
  `;
}

const DECLARED = {
  quantization_config: {
    quant_method: "compressed-tensors",
    format: "pack-quantized",
    config_groups: {
      group_0: {
        targets: ["Linear"],
        weights: { num_bits: 4, type: "int", group_size: 32, strategy: "group" },
      },
    },
    ignore: ["lm_head", "re:.*mlp.*"],
  },
};

/** Every projection of the attention in some packing, given its name, rows and columns. */
function attentionAs(pack: (name: string, rows: number, columns: number) => string): string {
  const sides = { q_proj: [512, 512], k_proj: [128, 512], v_proj: [128, 512], o_proj: [512, 512] } as const;
  return Object.entries(sides)
    .map(([name, [rows, columns]]) => pack(`${LAYER}.self_attn.${name}`, rows, columns))
    .join("\n");
}

/** Codes of a nibble each, two a byte, with a scale for so many of them. */
const nibbles = (group: number, scale: string) =>
  attentionAs(
    (name, rows, columns) => `
      ${name}.weight ${rows},${columns / 2} U8
      ${name}.weight_scale ${rows},${columns / group} ${scale}`,
  );

/** MLX's words of 32 bits, with scales and biases. */
const mlx = (bits: number) =>
  attentionAs(
    (name, rows, columns) => `
      ${name}.weight ${rows},${(columns * bits) / 32} U32
      ${name}.{scales,biases} ${rows},${columns / 64} F16`,
  );

/** Tiles of 16 by 64 under the names of GPTQ, as Marlin's kernels want them. */
const marlinTiles = attentionAs(
  (name, rows, columns) => `
    ${name}.qweight ${columns / 16},${rows * 2} I32
    ${name}.scales ${columns / 128},${rows} F16
    ${name}.qzeros ${columns / 128},${rows / 8} I32
    ${name}.g_idx ${columns} I32`,
);

const GPTQ = { quantization_config: { quant_method: "gptq", bits: 4, group_size: 128, sym: true } };

/** Stacked experts of two codes a byte, packed along the rows in place of the columns, or along the experts. */
const EXPERTS_ALONG_ROWS = `
  ${LAYER}.mlp.experts.gate_up_proj 4,384,512 U8
  ${LAYER}.mlp.experts.gate_up_proj_weight_scale 4,768,32 F8_E4M3
  ${LAYER}.mlp.experts.gate_up_proj_weight_scale_2 4 F32
  ${LAYER}.mlp.experts.down_proj 4,256,384 U8
  ${LAYER}.mlp.experts.down_proj_weight_scale 4,512,24 F8_E4M3
  ${LAYER}.mlp.experts.down_proj_weight_scale_2 4 F32`;
const EXPERTS_ALONG_EXPERTS = EXPERTS_ALONG_ROWS.replace("4,384,512 U8", "2,768,512 U8").replace(
  "4,256,384 U8",
  "2,512,384 U8",
);

const NVFP4 = { quantization_config: { quant_method: "modelopt", quant_algo: "NVFP4" } };

/** Kinds of faults that advise to change numbers of the model. */
const ADVICE = /^(?:shape|head_dim|moe|attn|mla|layers|declared\.(?:bits|group|block))/;

describe("packings of which headers say little", () => {
  it.each<[string, string, Readonly<Record<string, unknown>>]>([
    ["Marlin's tiles under GPTQ's names", FRAME + EXPERTS + marlinTiles, GPTQ],
    ["Marlin's tiles that nothing declares", FRAME + EXPERTS + marlinTiles, {}],
    ["4-bit MLX without its configuration", FRAME + EXPERTS + mlx(4), {}],
    ["3-bit MLX without its configuration", FRAME + EXPERTS + mlx(3), {}],
    ["6-bit MLX without its configuration", FRAME + EXPERTS + mlx(6), {}],
    ["experts packed along their rows", FRAME + ATTENTION + EXPERTS_ALONG_ROWS, NVFP4],
    ["experts packed along the experts", FRAME + ATTENTION + EXPERTS_ALONG_EXPERTS, NVFP4],
    ["ComfyUI's NVFP4 without a declaration", FRAME + EXPERTS + nibbles(16, "F8_E4M3"), {}],
    ["MXFP4 without a declaration", FRAME + EXPERTS + nibbles(32, "U8"), {}],
    ["nibbles with half precision scales", FRAME + EXPERTS + nibbles(32, "F16"), {}],
    [
      "bare nibbles",
      FRAME + EXPERTS + attentionAs((name, rows, columns) => `${name}.weight ${rows},${columns / 2} U8`),
      {},
    ],
    [
      "bare nibbles, signed",
      FRAME + EXPERTS + attentionAs((name, rows, columns) => `${name}.weight ${rows},${columns / 2} I8`),
      {},
    ],
  ])("%s: no number of the model is said to be wrong, and none is made up", (_, tensors, change) => {
    const component = componentOfText(tensors, { ...CONFIG, ...change });
    const kinds = toldAmong(faultsOf(component)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => ADVICE.test(kind))).toEqual([]);
    const { attention, moe } = describeArchitecture(component);
    for (const { heads, headDim, kvHeads } of attention?.geometries ?? [])
      expect([
        [8, null].includes(heads.value),
        [64, null].includes(headDim.value),
        [2, null].includes(kvHeads.value),
      ]).toEqual([true, true, true]);
    expect([384, null]).toContain(moe?.expertWidth);
  });

  it.each([
    ["a packing that is declared", FRAME + EXPERTS + packed("{q,o}_proj", 512, 512), DECLARED, 0],
    // 2 layers of 512² + 2 · 128 · 512 + 512² values, as many as the tiles hold at 2 bits each.
    ["tiles under another method's names", FRAME + EXPERTS + marlinTiles, GPTQ, 2 * 2 * 655_360],
    ["words that no configuration gives the bits of", FRAME + EXPERTS + mlx(4), {}, 2 * 655_360],
    ["plain weights", FRAME + EXPERTS + ATTENTION, {}, 0],
  ])("parameters of %s are told with what is not certain of them", (_, tensors, change, uncertain) => {
    const component = componentOfText(tensors, { ...CONFIG, ...change });
    expect(countParameters(component).parameters.uncertain).toBe(uncertain);
  });
});

/** A Mamba-2 of two layers: 1024 inner channels, 16 heads of 64, one group of 128 states. */
const STATE_SPACE = {
  architectures: ["Mamba2ForCausalLM"],
  model_type: "mamba2",
  num_hidden_layers: 2,
  hidden_size: 512,
  expand: 2,
  head_dim: 64,
  num_heads: 16,
  state_size: 128,
  n_groups: 1,
  conv_kernel: 4,
  vocab_size: 1000,
  tie_word_embeddings: false,
};

const stateSpace = (convolution: string, out = "512,1024") => `
  backbone.embeddings.weight 1000,512
  lm_head.weight 1000,512
  backbone.norm_f.weight 512
  backbone.layers.{0-1}.norm.weight 512
  backbone.layers.{0-1}.mixer.in_proj.weight 2320,512
  backbone.layers.{0-1}.mixer.conv1d.weight ${convolution}
  backbone.layers.{0-1}.mixer.conv1d.bias 1280
  backbone.layers.{0-1}.mixer.{A_log,D,dt_bias} 16
  backbone.layers.{0-1}.mixer.norm.weight 1024
  backbone.layers.{0-1}.mixer.out_proj.weight ${out}`;

describe("convolutions over time", () => {
  const stateOf = (tensors: string) => {
    const component = componentOfText(tensors, STATE_SPACE);
    const faults = toldAmong(faultsOf(component)).filter(({ severity }) => severity !== "info");
    return {
      stateBytes: describeArchitecture(component).kvCache?.stateBytes ?? null,
      faults: faults.map(({ kind }) => kind),
    };
  };
  /** Two layers, 16 heads × 64 × 128 states and 1280 channels × 3 positions, two bytes each. */
  const STATE_BYTES = 2 * 2 * (16 * 64 * 128 + 1280 * 3);

  it.each([
    ["channels first", "1280,1,4"],
    ["channels last (MLX)", "1280,4,1"],
    ["without the middle dimension", "1280,4"],
  ])("keep as much whichever way they are stored: %s", (_, shape) => {
    expect(stateOf(stateSpace(shape))).toEqual({ stateBytes: STATE_BYTES, faults: [] });
  });

  it("are held against the configuration", () => {
    expect(stateOf(stateSpace("1280,5,1")).faults).toEqual(["ssm.shapes"]);
  });

  it.each([
    ["the kernel before the channels", "4,1,1280"],
    ["a third order", "1280,3,4"],
  ])("of a layout that is not understood have no figure and no advice: %s", (_, shape) => {
    const { stateBytes, faults } = stateOf(stateSpace(shape));
    expect(stateBytes).toBeNull();
    expect(faults.filter((kind) => kind !== "layout.unclear")).toEqual([]);
  });

  it("say nothing of widths where the projection beside them lies the other way round", () => {
    const { faults } = stateOf(stateSpace("1280,1,4", "1024,512"));
    expect(faults.filter((kind) => kind !== "layout.unclear")).toEqual([]);
  });
});

describe("layouts that are understood", () => {
  it.each([
    ["stacks as [E, out, in]", FRAME + ATTENTION + EXPERTS, {}],
    [
      "stacks as [E, in, out]",
      `${FRAME}${ATTENTION}
       ${LAYER}.mlp.experts.gate_up_proj 4,512,768
       ${LAYER}.mlp.experts.down_proj 4,384,512`,
      {},
    ],
    [
      "experts piled as the configuration has them",
      `${FRAME}${ATTENTION}
       ${LAYER}.mlp.experts.gate_up_proj 3072,512
       ${LAYER}.mlp.experts.down_proj 1536,512`,
      {},
    ],
    [
      "a declared packing",
      FRAME + EXPERTS + packed("{q,o}_proj", 512, 512) + packed("{k,v}_proj", 128, 512),
      DECLARED,
    ],
  ])("say nothing of %s", (_, tensors, change) => {
    expect(told(tensors, change)).toEqual([]);
  });

  it("are held against the configuration", () => {
    const wrong = ATTENTION.replace("{k,v}_proj.weight 128", "{k,v}_proj.weight 192");
    expect(told(FRAME + wrong + EXPERTS)).toEqual(["shape.kv at model.layers.{0-1}.self_attn.k_proj.weight"]);
  });
});

it("the second matrix of a block under a name of the first kind leaves the width as it is", () => {
  const block = "blocks.{0-3}";
  const { feedForward } = describeArchitecture(
    componentOfText(`
      patch_embedding.weight 1536,16,1,2,2
      ${block}.self_attn.{q,k,v,o}.weight 1536,1536
      ${block}.cross_attn.{q,k,v,o}.weight 1536,1536
      ${block}.modulation 1,6,1536
      ${block}.ffn.0.weight 8960,1536
      ${block}.ffn.2.weight 1536,8960`),
  );
  expect(feedForward?.widths).toEqual([8960]);
});

describe("layouts that are not understood", () => {
  it.each([
    [
      "experts written to one name",
      `${FRAME}${ATTENTION}
       ${LAYER}.mlp.experts.gate_up_proj 768,512
       ${LAYER}.mlp.experts.down_proj 512,384`,
      {},
      [
        "layout.unclear one-matrix at model.layers.{0-1}.mlp.experts.down_proj, model.layers.{0-1}.mlp.experts.gate_up_proj",
      ],
    ],
    [
      "experts numbered behind the projection",
      `${FRAME}${ATTENTION}
       ${LAYER}.mlp.experts.{gate,up}_proj.{0-3}.weight 384,512
       ${LAYER}.mlp.experts.down_proj.{0-3}.weight 512,384`,
      {},
      [
        "layout.unclear numbered-inside at model.layers.{0-1}.mlp.experts.down_proj.{0-3}.weight, model.layers.{0-1}.mlp.experts.gate_proj.{0-3}.weight, model.layers.{0-1}.mlp.experts.up_proj.{0-3}.weight",
      ],
    ],
    [
      "a projection that lies the other way round",
      `${FRAME}${ATTENTION.replace("{k,v}_proj.weight 128,512", "{k,v}_proj.weight 512,128")}${EXPERTS}`,
      {},
      [
        "layout.unclear turned at model.layers.{0-1}.self_attn.k_proj.weight",
        "layout.unclear turned at model.layers.{0-1}.self_attn.v_proj.weight",
      ],
    ],
    [
      "integers of a packing that nothing names",
      `${FRAME}${EXPERTS}${ATTENTION.replaceAll("_proj.weight 512,512", "_proj.weight 512,64 I32")}`,
      {},
      [
        "layout.unclear unnamed at model.layers.{0-1}.self_attn.o_proj.weight",
        "layout.unclear unnamed at model.layers.{0-1}.self_attn.q_proj.weight",
      ],
    ],
  ])("are told instead of numbers: %s", (_, tensors, change, wanted) => {
    expect(told(tensors, change).sort()).toEqual(wanted);
  });

  it("leave figures of arch unknown that the configuration does not settle", () => {
    const { component } = read(
      `${FRAME}${ATTENTION}
       ${LAYER}.mlp.experts.gate_up_proj 768,512
       ${LAYER}.mlp.experts.down_proj 512,384`,
    );
    const { moe, attention } = describeArchitecture(component);
    expect(moe?.expertWidth).toBeNull();
    expect(moe?.layout).toBe("one-matrix");
    expect(attention?.geometries[0]?.heads.value).toBe(8);
  });

  it("never advise to change numbers of the model", () => {
    const { faults } = read(
      `${FRAME}${EXPERTS}${ATTENTION.replaceAll("_proj.weight 512,512", "_proj.weight 512,64 I32")}`,
    );
    for (const fault of faults)
      expect(wordsFor(fault).fix).toMatch(/numbers .*are right|its numbers are right/);
  });
});
