import { describe, expect, it } from "vitest";
import { runChecks } from "../../src/checks/run.ts";
import { MEMORY_FACTS } from "../support/checkpoint-builder.ts";
import { componentOf } from "../support/component-of.ts";
import { faultsOf } from "../support/run-checks.ts";
import { tensorsOf } from "../support/tensor-text.ts";

/** Rules and messages above information about one component. */
function told(
  tensors: string,
  configs: Readonly<Record<string, unknown>>,
  metadata: Readonly<Record<string, string>> = {},
): string[] {
  const component = componentOf(tensorsOf(tensors), { configs, metadata: { format: "pt", ...metadata } });
  const checkpoint = {
    source: MEMORY_FACTS,
    folder: null,
    components: [component],
    addUp: true,
    problems: [],
    notes: [],
  };
  return faultsOf(runChecks(checkpoint)).map(({ rule, message }) => `${rule}: ${message}`);
}

const PEFT = { peft_type: "LORA", r: 8, lora_alpha: 16, target_modules: ["q_proj", "v_proj"] };
const peft = (more: object = {}) => ({ "adapter_config.json": { ...PEFT, ...more } });
const lora = (module: string) => `
  ${module}.lora_A.weight 8,64
  ${module}.lora_B.weight 64,8
`;
const ATTENTION = "layers.{0-3}.self_attn.{q,v}_proj";
const WHOLE = lora(`base_model.model.model.${ATTENTION}`);
/** Pairs of kohya's, with as many outputs as inputs. */
const kohya = (module: string, rank: number, inputs: number) => `
  ${module}.lora_down.weight ${rank},${inputs}
  ${module}.lora_up.weight ${inputs},${rank}
  ${module}.alpha -
`;
const UNET = "lora_unet_down_blocks_{0-2}_attentions_0_transformer_blocks_0_attn2_to_k";
const MLX = `
  model.layers.{0-7}.self_attn.q_proj.lora_a 64,8
  model.layers.{0-7}.self_attn.q_proj.lora_b 8,64
`;
const mlx = (layers: number) => ({
  "adapter_config.json": {
    fine_tune_type: "lora",
    num_layers: layers,
    lora_parameters: { rank: 8, scale: 20 },
    model: "owner/base",
  },
});
const BASE = `
  model.embed_tokens.weight 1000,64
  model.layers.{0-3}.self_attn.{q,k,v,o}_proj.weight 64,64
  model.layers.{0-3}.{input_layernorm,post_attention_layernorm}.weight 64
  model.norm.weight 64
  lm_head.weight 1000,64
`;
const RANKS = [0, 1, 2]
  .map((layer) => {
    const module = `base_model.model.layers.${layer}.self_attn.{q,v}_proj`;
    const rank = layer < 2 ? 4 : 8;
    return `${module}.lora_A.weight ${rank},64\n${module}.lora_B.weight 64,${rank}\n`;
  })
  .join("");
const BOFT = `
  base_model.model.layers.{0-3}.q_proj.boft_R 1,8,4,4
  base_model.model.layers.{0-3}.q_proj.boft_s 64,1
`;
const SMALL = { "config.json": { architectures: ["SmallForCausalLM"], tie_word_embeddings: false } };

describe("adapters that loaders take in part or not at all", () => {
  it.each([
    ["as it should be", WHOLE, peft(), ""],
    [
      "a pair under no target",
      `${WHOLE}${lora("base_model.model.model.layers.0.mlp.up_proj")}`,
      peft(),
      "no target",
    ],
    ["a classifier without its head", WHOLE, peft({ task_type: "SEQ_CLS" }), "no head for labels"],
    [
      "a classifier with its head",
      `${WHOLE}base_model.model.score.weight 2,64`,
      peft({ task_type: "SEQ_CLS", modules_to_save: ["classifier", "score"] }),
      "",
    ],
    [
      "biases beside a module that is saved whole, as PEFT writes them with `bias: all`",
      `${WHOLE}base_model.model.score.{modules_to_save,original_module}.bias 2`,
      peft({ bias: "all", task_type: "SEQ_CLS", modules_to_save: ["score"] }),
      "",
    ],
    [
      "magnitudes that the configuration turns off",
      `${WHOLE}base_model.model.model.${ATTENTION}.lora_magnitude_vector 64`,
      peft({ use_dora: false }),
      "use_dora false",
    ],
    [
      "magnitudes that it turns on",
      `${WHOLE}base_model.model.model.${ATTENTION}.lora_magnitude_vector 64`,
      peft({ use_dora: true }),
      "",
    ],
    [
      "kohya's names with an underscore behind",
      kohya("lora_unet_{a,b}_", 4, 16),
      {},
      "ends in an underscore",
    ],
    [
      "names without the prefix beside others",
      `${WHOLE}${lora("model.layers.4.self_attn.q_proj")}`,
      peft(),
      "names of no convention|as of no convention",
    ],
    [
      "names that still hold the adapter's own",
      WHOLE.replaceAll(".weight ", ".default.weight "),
      peft(),
      'as in memory, with "default"',
    ],
    ["a wrapper inside of names", lora(`transformer.base_model.model.${ATTENTION}`), {}, "wrapper-prefix"],
    ["more layers than mlx-lm loads", MLX, mlx(4), "num_layers 4"],
    ["all layers of mlx-lm", MLX, mlx(-1), ""],
    ["a model", BASE, SMALL, ""],
    [
      "factors beside the weights of a model",
      `${BASE}${lora(`model.${ATTENTION}`)}`,
      SMALL,
      "adapter-unmerged",
    ],
    [
      "a star for the number of a layer",
      BASE.replace("{q,k,v,o}_proj", "{q,k,v}_proj").concat("model.layers.*.self_attn.o_proj.weight 64,64"),
      SMALL,
      "literal \\*",
    ],
    ["a method under the name of another", WHOLE, peft({ peft_type: "LOHA" }), "peft_type LOHA"],
    [
      "a rank pattern that is a regular expression",
      RANKS,
      peft({ rank_pattern: { "layers\\.[0-1]\\.q": 4 } }),
      "",
    ],
    [
      "a module that lacks what the others have",
      `${BOFT}base_model.model.layers.4.q_proj.boft_R 1,8,4,4`,
      peft({ peft_type: "BOFT", r: undefined, target_modules: ["q_proj"], boft_block_size: 4 }),
      "has no boft_s",
    ],
    [
      "one butterfly factor where two were asked for",
      BOFT,
      peft({
        peft_type: "BOFT",
        r: undefined,
        target_modules: ["q_proj"],
        boft_block_size: 4,
        boft_n_butterfly_factor: 2,
      }),
      "",
    ],
    [
      "blocks of another size than declared",
      BOFT,
      peft({ peft_type: "BOFT", r: undefined, target_modules: ["q_proj"], boft_block_size: 8 }),
      "boft_block_size .* makes 8",
    ],
    [
      "factors of other ranks in a method without pairs of LoRA's",
      "base_model.model.layers.{0-3}.q_proj.hira_A 8,64\nbase_model.model.layers.{0-3}.q_proj.hira_B 64,4",
      peft({ peft_type: "HIRA", target_modules: ["q_proj"] }),
      "has rank 8, its counterpart 4",
    ],
    [
      "a core between three factors",
      "a.conv.{hada_w1_a,hada_w1_b} 4,16\na.conv.{hada_w2_a,hada_w2_b} 4,16\na.conv.{hada_t1,hada_t2} 4,4,3,3",
      {},
      "",
    ],
    [
      "half of a Kronecker product",
      "lora_unet_{a,b}.lokr_w1 4,4\nlora_unet_a.lokr_w2 8,8",
      {},
      "has no lokr_w2",
    ],
    [
      "an alpha of several numbers",
      "lora_unet_{a,b}.lora_down.weight 4,16\nlora_unet_{a,b}.lora_up.weight 16,4\nlora_unet_a.alpha 4\nlora_unet_b.alpha",
      {},
      "no single number",
    ],
    ["as many vectors for both encoders", "clip_l 4,768\nclip_g 4,1280", {}, ""],
    ["other vectors for one encoder", "clip_l 4,768\nclip_g 3,1280", {}, "4 vectors"],
    [
      "a factor without elements",
      "base_model.model.layers.{0-1}.q_proj.lora_A 0,64\nbase_model.model.layers.{0-1}.q_proj.lora_B 64,0",
      peft({ target_modules: ["q_proj"] }),
      "empty-weight",
    ],
  ])("%s", (_, tensors, configs, about) => {
    const own = told(tensors, configs);
    if (about === "") expect(own).toEqual([]);
    else expect(own.join("\n")).toMatch(new RegExp(about));
  });

  it.each([
    ["the base that it is", kohya(UNET, 4, 768), { ss_base_model_version: "sd_v1" }, ""],
    [
      "another base",
      kohya(UNET, 4, 768),
      { ss_base_model_version: "sdxl_base_v1-0" },
      "those of Stable Diffusion 1.x",
    ],
    [
      "another base by its architecture",
      kohya(UNET, 4, 2048),
      { "modelspec.architecture": "flux-1-dev/lora" },
      "those of Stable Diffusion XL",
    ],
    [
      "a base with the same names and widths",
      kohya("lora_unet_double_blocks_{0-3}_img_attn_qkv", 4, 3072),
      { ss_base_model_version: "chroma" },
      "",
    ],
    ["the rank that it has", kohya(UNET, 4, 768), { ss_network_dim: "4" }, ""],
    [
      "another rank",
      kohya(UNET, 4, 768),
      { ss_network_dim: "32" },
      "rank 32, which no module has: 3 modules of rank 4",
    ],
    [
      "a rank that some have",
      kohya(UNET, 4, 768) + kohya("lora_unet_mid_block", 8, 768),
      { ss_network_dim: "8" },
      "",
    ],
    ["no rank", kohya(UNET, 4, 768), { ss_network_dim: "Dynamic" }, ""],
    [
      "ranks of blocks",
      kohya(UNET, 4, 768),
      { ss_network_dim: "32", ss_network_args: '{"block_dims": "4,4"}' },
      "",
    ],
  ] as const)("a header that says %s", (_, tensors, metadata, about) => {
    const own = told(tensors, {}, metadata);
    if (about === "") expect(own).toEqual([]);
    else expect(own.join("\n")).toMatch(about);
  });
});
