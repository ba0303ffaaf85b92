import { describe, expect, it } from "vitest";
import { dottedName } from "../../src/kinds/adapter/dotted-names.ts";
import { tellAdapter } from "../../src/kinds/adapter/story.ts";
import { kindOf } from "../../src/kinds/kind.ts";
import { componentOf, type TensorSpec } from "../support/component-of.ts";

type Shapes = Readonly<Record<string, readonly number[]>>;

/** The tensors of two modules of a base, 64 wide in and 32 out. */
function adapter(leaves: Shapes, modules: readonly string[]): TensorSpec[] {
  return modules.flatMap((module) =>
    Object.entries(leaves).map(([leaf, shape]): TensorSpec => [`${module}.${leaf}`, "F32", shape]),
  );
}

const PEFT = [0, 1].map((layer) => `base_model.model.model.layers.${layer}.self_attn.q_proj`);
const KOHYA = [0, 1].map(
  (block) => `lora_unet_down_blocks_${block}_attentions_0_transformer_blocks_0_attn2_to_k`,
);
const MLX = [14, 15].map((layer) => `model.layers.${layer}.self_attn.q_proj`);
const DIFFUSERS = [0, 1].map((block) => `transformer.transformer_blocks.${block}.attn.to_out.0`);
const ORIGINAL = [0, 1].map((block) => `diffusion_model.double_blocks.${block}.img_attn.qkv`);
const peft = (rest: object) => ({
  "adapter_config.json": { base_model_name_or_path: "owner/base", ...rest },
});

describe("an adapter", () => {
  it.each([
    [
      "LoRA of PEFT",
      adapter({ "lora_A.weight": [8, 64], "lora_B.weight": [32, 8] }, PEFT),
      peft({ peft_type: "LORA", r: 8, lora_alpha: 16 }),
      {},
      {
        kind: "lora",
        naming: "peft",
        rank: 8,
        ranks: { 8: 2 },
        alpha: 16,
        scaling: 2,
        targets: ["q_proj"],
        modules: 2,
        base: "owner/base",
      },
    ],
    [
      "LoRA with √r",
      adapter({ "lora_A.weight": [16, 64], "lora_B.weight": [32, 16] }, PEFT),
      peft({ peft_type: "LORA", r: 16, lora_alpha: 16, use_rslora: true }),
      {},
      { scaling: 4 },
    ],
    [
      "LoRA with biases",
      adapter(
        { "lora_A.weight": [8, 64], "lora_B.weight": [32, 8], "lora_B.bias": [32], "base_layer.bias": [32] },
        PEFT,
      ),
      peft({ peft_type: "LORA", r: 8, lora_alpha: 8 }),
      {},
      { kind: "lora", modules: 2, rank: 8 },
    ],
    [
      "DoRA",
      adapter({ "lora_A.weight": [8, 64], "lora_B.weight": [32, 8], lora_magnitude_vector: [32] }, PEFT),
      peft({ peft_type: "LORA", r: 8, lora_alpha: 8, use_dora: true }),
      {},
      { kind: "dora", rank: 8 },
    ],
    [
      "AdaLoRA, pruned by nobody",
      adapter({ lora_A: [12, 64], lora_B: [32, 12], lora_E: [12, 1] }, PEFT),
      peft({ peft_type: "ADALORA", r: 8, init_r: 12, lora_alpha: 24 }),
      {},
      { kind: "adalora", rank: 12 },
    ],
    [
      "a method that is younger than the table, by its name",
      adapter({ nova_A: [8, 64], "nova_gate.default.0.weight": [32, 8] }, PEFT),
      peft({ peft_type: "NOVA" }),
      {},
      { kind: "nova", modules: 2, ranks: null, targets: ["q_proj"] },
    ],
    [
      "GraLoRA",
      adapter({ gralora_A: [2, 32, 8], gralora_B: [2, 8, 16] }, PEFT),
      peft({ peft_type: "GRALORA", r: 8 }),
      {},
      { kind: "gralora", rank: 8, modules: 2 },
    ],
    [
      "IA3",
      adapter({ ia3_l: [32, 1] }, PEFT),
      peft({ peft_type: "IA3" }),
      {},
      { kind: "ia3", ranks: null, modules: 2 },
    ],
    [
      "LoHa",
      adapter({ hada_w1_a: [32, 4], hada_w1_b: [4, 64], hada_w2_a: [32, 4], hada_w2_b: [4, 64] }, PEFT),
      peft({ peft_type: "LOHA", r: 4, alpha: 8 }),
      {},
      { kind: "loha", rank: 4, alpha: 8, scaling: 2 },
    ],
    [
      "a type that only the configuration names",
      adapter({ ln_tuning_layers: [32] }, PEFT),
      peft({ peft_type: "LN_TUNING" }),
      {},
      { kind: "ln-tuning", modules: 2 },
    ],
    [
      "LoRA of kohya",
      adapter({ "lora_down.weight": [16, 768], "lora_up.weight": [320, 16], alpha: [] }, KOHYA),
      {},
      { ss_network_dim: "16", ss_network_alpha: "8", ss_base_model_version: "sd_v1" },
      {
        kind: "lora",
        naming: "kohya",
        rank: 16,
        alpha: 8,
        scaling: 0.5,
        targets: ["to_k"],
        base: "sd_v1",
        baseFamily: "Stable Diffusion 1.x",
      },
    ],
    [
      "LoRA of HunyuanVideo, by names that FLUX does not have",
      adapter({ "lora_down.weight": [4, 3072], "lora_up.weight": [9216, 4] }, [
        "lora_unet_double_blocks_0_img_attn_qkv",
        "lora_unet_double_blocks_0_img_mlp_fc1",
      ]),
      {},
      {},
      { naming: "kohya", modules: 2, baseFamily: "HunyuanVideo" },
    ],
    [
      "LoRA of FLUX.2, by how much its blocks write",
      adapter({ "lora_A.weight": [4, 64], "lora_B.weight": [576, 4] }, [
        "diffusion_model.single_blocks.0.linear1",
        "diffusion_model.single_blocks.1.linear1",
      ]),
      {},
      {},
      { naming: "comfyui", modules: 2, baseFamily: "FLUX.2" },
    ],
    [
      "kohya's names alone",
      adapter({ "lora_down.weight": [16, 1024], "lora_up.weight": [320, 16] }, KOHYA),
      {},
      {},
      { scaling: 1, base: null, baseFamily: "Stable Diffusion 2.x" },
    ],
    [
      "LoRA of mlx-lm",
      adapter({ lora_a: [64, 8], lora_b: [8, 32] }, MLX),
      {
        "adapter_config.json": {
          fine_tune_type: "lora",
          model: "owner/base",
          num_layers: 2,
          lora_parameters: { rank: 8, scale: 20 },
        },
      },
      {},
      { kind: "lora", naming: "mlx", rank: 8, alpha: null, scaling: 20, base: "owner/base" },
    ],
    ["experts of mlx-lm", adapter({ lora_a: [4, 8, 64], lora_b: [4, 32, 8] }, MLX), {}, {}, { rank: 8 }],
    [
      "LoRA of diffusers",
      adapter({ "lora_A.weight": [4, 64], "lora_B.weight": [32, 4] }, DIFFUSERS),
      {},
      { lora_adapter_metadata: JSON.stringify({ "transformer.r": 4, "transformer.lora_alpha": 8 }) },
      { naming: "diffusers", alpha: 8, scaling: 2, targets: ["to_out.0"] },
    ],
    [
      "LoRA under original names",
      adapter({ "lora_A.weight": [4, 3072], "lora_B.weight": [9216, 4] }, ORIGINAL),
      {},
      {},
      { naming: "comfyui", rank: 4, baseFamily: "FLUX.1" },
    ],
    [
      "pairs called down and up",
      adapter({ "processor.to_q_lora.down.weight": [4, 64], "processor.to_q_lora.up.weight": [32, 4] }, [
        "unet.mid_block.attn1",
      ]),
      {},
      {},
      { naming: "diffusers", rank: 4, modules: 1 },
    ],
  ] as const)("is told: %s", (_, tensors, configs, metadata, wanted) => {
    const component = componentOf(tensors, { configs, metadata });
    expect(kindOf(component).kind).toBe("adapter");
    expect(tellAdapter(component)).toMatchObject(wanted);
  });

  it("folds its targets with inputs and outputs", () => {
    const component = componentOf(adapter({ "lora_A.weight": [8, 64], "lora_B.weight": [32, 8] }, PEFT));
    expect(tellAdapter(component)?.targetDetails).toEqual([
      {
        pattern: "base_model.model.model.layers.{0-1}.self_attn.q_proj",
        places: [
          {
            stack: "base_model.model.model.layers",
            layers: "0-1",
            module: "self_attn.q_proj",
            experts: null,
            tensors: [],
          },
        ],
        count: 2,
        rank: 8,
        in: 64,
        out: 32,
        elements: 1536,
      },
    ]);
  });

  it.each([
    ["AuraFlow", "transformer.joint_transformer_blocks.{}.attn.to_q", 3072, 4],
    ["HunyuanVideo", "transformer.single_transformer_blocks.{}.attn.to_q", 3072, 40],
    ["FLUX.1", "transformer.single_transformer_blocks.{}.attn.to_q", 3072, 38],
    ["CogVideoX", "transformer.transformer_blocks.{}.attn1.to_q", 1920, 30],
    ["LTX-Video", "transformer.transformer_blocks.{}.attn1.to_q", 2048, 28],
    ["Mochi", "transformer.transformer_blocks.{}.attn1.add_q_proj", 3072, 48],
    ["Wan 14B", "diffusion_model.blocks.{}.cross_attn.q", 5120, 40],
    ["Wan 5B", "diffusion_model.blocks.{}.self_attn.q", 3072, 30],
    ["Lumina 2", "transformer.layers.{}.attn.to_q", 2304, 26],
    ["Stable Diffusion 1.x", "unet.down_blocks.{}.attentions.0.transformer_blocks.0.attn2.to_v", 768, 3],
    // As wide as LTX-Video, and deeper within a UNet.
    [null, "unet.mid_block.attentions.0.transformer_blocks.{}.attn1.to_q", 2048, 2],
  ])("tells %s as base by %s", (family, name, inputs, members) => {
    const names = Array.from({ length: members }, (_, at) => name.replace("{}", String(at)));
    const leaves = { "lora_A.weight": [4, inputs], "lora_B.weight": [32, 4] };
    expect(tellAdapter(componentOf(adapter(leaves, names)))?.baseFamily).toBe(family);
  });

  it.each([
    ["two whole sides", { lokr_w1: [4, 8], lokr_w2: [8, 8] }],
    ["a side of two factors", { lokr_w1: [4, 8], lokr_w2_a: [8, 2], lokr_w2_b: [2, 8] }],
    ["factors on both sides", { lokr_w1_a: [4, 2], lokr_w1_b: [2, 8], lokr_w2_a: [8, 2], lokr_w2_b: [2, 8] }],
    [
      "factors around a core",
      { lokr_w1: [4, 8], lokr_w2_a: [2, 8], lokr_w2_b: [2, 8], lokr_t2: [2, 2, 3, 3] },
    ],
  ])("multiplies the sides of LoKr: %s", (_, leaves) => {
    const [detail] = tellAdapter(componentOf(adapter(leaves, KOHYA)))?.targetDetails ?? [];
    expect(detail).toMatchObject({ in: 64, out: 32 });
  });

  it("counts modules by rank where they differ", () => {
    const component = componentOf([
      ...adapter({ "lora_A.weight": [8, 64], "lora_B.weight": [32, 8] }, PEFT.slice(0, 1)),
      ...adapter({ "lora_A.weight": [4, 64], "lora_B.weight": [32, 4] }, PEFT.slice(1)),
    ]);
    expect(tellAdapter(component)).toMatchObject({ rank: null, ranks: { 4: 1, 8: 1 }, scaling: null });
  });

  it("names what is stored whole, and trained word by word", () => {
    const component = componentOf([
      ...adapter({ "lora_A.weight": [8, 64], "lora_B.weight": [32, 8] }, PEFT),
      ["base_model.model.lm_head.weight", "F32", [1000, 64]],
      ["base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta", "F32", [3, 64]],
    ]);
    expect(tellAdapter(component)).toMatchObject({ modules: 2, savedModules: ["lm_head"], trainedTokens: 3 });
  });

  it("is none where the base is stored beside it: a model that was never merged", () => {
    const component = componentOf(
      adapter({ "lora_A.weight": [8, 64], "lora_B.weight": [32, 8], "base_layer.weight": [32, 64] }, PEFT),
    );
    expect(tellAdapter(component)).toBeNull();
  });

  it.each([
    ["lora_unet_down_blocks_0_attentions_1_proj_in", "lora_unet.down_blocks.0.attentions.1.proj_in"],
    [
      "lora_te1_text_model_encoder_layers_11_self_attn_q_proj",
      "lora_te1.text_model.encoder.layers.11.self_attn.q_proj",
    ],
    ["lora_unet_double_blocks_3_img_attn_qkv", "lora_unet.double_blocks.3.img_attn.qkv"],
    [
      "lycoris_mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj",
      "lycoris.mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj",
    ],
    ["self_attn_q_proj", "self_attn_q_proj"],
  ])("reads %s with dots", (name, dotted) => {
    expect(dottedName(name)).toBe(dotted);
  });
});
