import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { modelOf } from "../../src/architecture/model.ts";
import { compareWithConfig } from "../../src/faults/config/find.ts";
import { toldAmong } from "../../src/faults/told.ts";
import { wordsFor } from "../../src/faults/words.ts";
import { componentOfText } from "../support/tensor-text.ts";

/** A small Qwen3 MoE: hidden 512, 8 heads of 64, 2 of keys, 4 experts 384 wide. */
const CONFIG = {
  architectures: ["Qwen3MoeForCausalLM"],
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
