import { describe, expect, it } from "vitest";
import { runChecks } from "../../src/checks/run.ts";
import { faultsOf } from "../../src/faults/faults-of.ts";
import { MEMORY_FACTS } from "../support/checkpoint-builder.ts";
import { componentOf } from "../support/component-of.ts";
import { componentOfText, tensorsOf } from "../support/tensor-text.ts";

const ENDS = (width: number) => `
  model.embed_tokens.weight 1000,${width}
  model.layers.{0-3}.{input_layernorm,post_attention_layernorm}.weight ${width}
  model.norm.weight ${width}`;
const ATTENTION = "model.layers.{0-3}.self_attn.{q_proj,k_proj,v_proj,o_proj}.weight 64,64";
const MLP = `
  model.layers.{0-3}.mlp.{gate_proj,up_proj}.weight 128,64
  model.layers.{0-3}.mlp.down_proj.weight 64,128`;
const LLAMA = { model_type: "fresh", hidden_size: 64, num_attention_heads: 4, num_hidden_layers: 4 };
const EXPERTS = (rows: number) => `${ATTENTION}\n${ENDS(64)}
  model.layers.{0-3}.mlp.gate.weight ${rows},64
  model.layers.{0-3}.mlp.experts.w13_weight 8,64,64
  model.layers.{0-3}.mlp.experts.w2_weight 8,64,32
  model.layers.{0-3}.mlp.shared_experts.shared_w13_weight 2,64,64
  model.layers.{0-3}.mlp.shared_experts.shared_w2_weight 2,64,32`;
const MOE = {
  ...LLAMA,
  num_local_experts: 8,
  num_experts_per_tok: 2,
  n_shared_experts: 2,
  moe_intermediate_size: 32,
};
const STAGES = (odd: number) => `
  blocks.{0-2}.attn.qkv.weight 288,96
  blocks.{0-2}.{norm_a,norm_b}.weight 96
  blocks.{4-9}.attn.qkv.weight 576,192
  blocks.{4-9}.{norm_a,norm_b}.weight 192
  blocks.3.attn.qkv.weight 576,${odd}
  blocks.3.norm_a.weight ${odd}
  blocks.3.norm_b.weight 192`;

const WINDOWS = (odd: string, usual: string) => `
  blocks.{0-5}.attn.qkv.weight 192,64
  blocks.{0-5}.attn.proj.weight 64,64
  blocks.{0-1,3-5}.attn.${usual}
  blocks.2.attn.${odd}`;

const BERT_ENDS = `
  embeddings.word_embeddings.weight 1000,64
  embeddings.LayerNorm.weight 64`;
const STREAMS = (norm: number) => `${BERT_ENDS}
  encoder.layers.{0-3}.attention.self_attention.{query,key,value}.weight 64,64
  encoder.layers.{0-3}.attention.layer_norm.weight 64
  encoder.layer_norm.weight ${norm}`;
const BOTTLENECK = (width: number) => `${BERT_ENDS}
  encoder.layer.{0-3}.attention.self.{query,key}.weight ${width},${width}
  encoder.layer.{0-3}.attention.self.value.weight ${width},64
  encoder.layer.{0-3}.attention.output.dense.weight ${width},${width}
  encoder.layer.{0-3}.attention.output.LayerNorm.weight ${width}
  encoder.layer.{0-3}.bottleneck.{input,attention}.dense.weight ${width},64
  encoder.layer.{0-3}.output.bottleneck.dense.weight 64,${width}
  encoder.layer.{0-3}.output.bottleneck.LayerNorm.weight 64`;
const LAYOUT = (columns: number) => `${BERT_ENDS}
  encoder.layer.{0-3}.attention.self.{query,key,value}.weight ${columns},64
  encoder.layer.{0-3}.attention.output.dense.weight 64,${columns}
  encoder.layer.{0-3}.attention.output.LayerNorm.weight 64
  encoder.layer.{0-3}.attention.self.{layout_query,layout_key,layout_value}.weight 16,16
  encoder.layer.{0-3}.attention.layout_output.dense.weight 16,16
  encoder.layer.{0-3}.layout_output.dense.weight 16,32`;

const MLX_LAYER = "model.layers.{0-1}";
const packed = (name: string, rows: number, columns: number, experts = "") => `
  ${name}.weight ${experts}${rows},${columns / 8} U32
  ${name}.{scales,biases} ${experts}${rows},${columns / 64}`;
/** Qwen3 as mlx-lm packs it, but for the feed-forward blocks. */
const MLX_FRAME = `
  ${packed("model.embed_tokens", 1000, 128)}
  ${packed(`${MLX_LAYER}.self_attn.q_proj`, 256, 128)}
  ${packed(`${MLX_LAYER}.self_attn.{k_proj,v_proj}`, 128, 128)}
  ${packed(`${MLX_LAYER}.self_attn.o_proj`, 128, 256)}
  ${packed("lm_head", 1000, 128)}
  ${MLX_LAYER}.self_attn.{q_norm,k_norm}.weight 64
  ${MLX_LAYER}.{input_layernorm,post_attention_layernorm}.weight 128
  model.norm.weight 128`;
const MLX_DENSE = `${MLX_FRAME}
  ${packed(`${MLX_LAYER}.mlp.{gate_proj,up_proj}`, 64, 128)}
  ${packed(`${MLX_LAYER}.mlp.down_proj`, 128, 64)}`;
/** Experts stacked, under a name of mlx-lm's own. */
const MLX_MOE = `${MLX_FRAME}
  ${packed(`${MLX_LAYER}.mlp.gate`, 8, 128)}
  ${packed(`${MLX_LAYER}.mlp.switch_mlp.{gate_proj,up_proj}`, 64, 128, "8,")}
  ${packed(`${MLX_LAYER}.mlp.switch_mlp.down_proj`, 128, 64, "8,")}`;
const QWEN_MOE = {
  architectures: ["Qwen3MoeForCausalLM"],
  model_type: "qwen3_moe",
  vocab_size: 1000,
  hidden_size: 128,
  head_dim: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  num_experts: 8,
  num_experts_per_tok: 2,
  moe_intermediate_size: 64,
  tie_word_embeddings: false,
  quantization: { group_size: 64, bits: 4 },
};

const faults = (text: string, config: unknown) =>
  faultsOf(componentOfText(text, config))
    .filter(({ severity }) => severity !== "info")
    .map(({ kind }) => kind);

/** Each with a copy that is wrong: a precondition that lets everything pass would show. */
describe("layouts of their own are no faults, and their faults are", () => {
  it.each([
    ["a router that weighs the shared experts too (Inkling)", EXPERTS(10), EXPERTS(9), MOE, "moe.router"],
    [
      "a stack of shared experts",
      EXPERTS(8),
      EXPERTS(8).replace("shared_w13_weight 2,64,64", "shared_w13_weight 2,48,64"),
      MOE,
      "moe.shared",
    ],
    ["the layer where a wider stage begins (Hiera)", STAGES(96), STAGES(100), {}, "sibling.odd"],
    [
      "two streams that end in one norm (Reformer)",
      `${ATTENTION}\n${MLP}\n${ENDS(64)}\nlm_head.weight 1000,128`.replace(
        "model.norm.weight 64",
        "model.norm.weight 128",
      ),
      `${ATTENTION}\n${MLP}\n${ENDS(64)}\nlm_head.weight 1000,64`.replace(
        "model.norm.weight 64",
        "model.norm.weight 128",
      ),
      { ...LLAMA, vocab_size: 1000 },
      "shape.hidden",
    ],
    [
      "linears as convolutions over single positions, in groups (SqueezeBERT)",
      `${ENDS(64)}
       model.layers.{0-3}.self_attn.{q_proj,k_proj,v_proj}.weight 64,16,1
       model.layers.{0-3}.self_attn.o_proj.weight 64,64,1
       model.layers.{0-3}.mlp.up_proj.weight 128,16,1
       model.layers.{0-3}.mlp.down_proj.weight 64,32,1`,
      `${ENDS(64)}
       model.layers.{0-3}.self_attn.{q_proj,k_proj,v_proj}.weight 64,16,1
       model.layers.{0-3}.self_attn.o_proj.weight 64,64,1
       model.layers.{0-3}.mlp.up_proj.weight 96,16,1
       model.layers.{0-3}.mlp.down_proj.weight 64,32,1`,
      { ...LLAMA, intermediate_size: 128 },
      "shape.mlp",
    ],
    [
      "a table of words in two pieces (Molmo)",
      `${ATTENTION}\n${MLP}\n${ENDS(64)}`.replace(
        "embed_tokens.weight 1000,64",
        "wte.{embedding,new_embedding} 500,64",
      ),
      `${ATTENTION}\n${MLP}\n${ENDS(64)}`.replace(
        "embed_tokens.weight 1000,64",
        "wte.{embedding,new_embedding} 400,64",
      ),
      { ...LLAMA, vocab_size: 1000 },
      "shape.vocab",
    ],
    [
      "a small table beside that of words",
      `model.a.speakers.embed.weight 32,16\n${ATTENTION}\n${MLP}\n${ENDS(64)}`,
      `model.a.speakers.embed.weight 32,16\n${ATTENTION}\n${MLP}\n${ENDS(64)}`.replace("1000,64", "900,64"),
      { ...LLAMA, vocab_size: 1000 },
      "shape.vocab",
    ],
    [
      "a transform called head before the head (Ultrabert)",
      `${ATTENTION}\n${MLP}\n${ENDS(64)}\nhead.linear1.weight 16,64\ncls.weight 1000,64`,
      `${ATTENTION}\n${MLP}\n${ENDS(64)}\nlm_head.weight 900,64`,
      { ...LLAMA, vocab_size: 1000 },
      "shape.head_vocab",
    ],
    [
      "two streams that end in one norm, and no head (ReformerModel)",
      STREAMS(128),
      STREAMS(96),
      { ...LLAMA, model_type: "bert", architectures: ["FreshModel"] },
      "shape.hidden",
    ],
    [
      "layers that work in a narrower width than the stream (MobileBERT)",
      BOTTLENECK(32),
      LAYOUT(48),
      LLAMA,
      "head_dim.implicit",
    ],
    ["a second stream beside that of the words (LiLT)", LAYOUT(64), LAYOUT(48), LLAMA, "head_dim.implicit"],
    [
      "experts as mlx-lm packs them, in files that do not say that it did",
      MLX_MOE,
      MLX_MOE.replace("{q_norm,k_norm}.weight 64", "{q_norm,k_norm}.weight 32"),
      QWEN_MOE,
      "weights.shape",
    ],
    [
      "layers as MLX packs them, in files that do not say that it did",
      MLX_DENSE,
      MLX_DENSE.replaceAll("layers.{0-1}", "layers.0"),
      { ...QWEN_MOE, architectures: ["Qwen3ForCausalLM"], model_type: "qwen3", intermediate_size: 64 },
      "key.layers",
    ],
    [
      "tables of relative positions, longer where a layer looks at the whole picture (SAM)",
      WINDOWS("rel_pos_h 31,16", "rel_pos_h 7,16"),
      WINDOWS("rel_pos_h 31,16", "qkv.bias 96"),
      {},
      "sibling.odd",
    ],
    [
      "tables of codes, each with a row for silence (MusicGen)",
      `${ATTENTION}\n${MLP}\n${ENDS(64)}`.replace(
        "embed_tokens.weight 1000",
        "embed_tokens.{0-3}.weight 1001",
      ),
      `${ATTENTION}\n${MLP}\n${ENDS(64)}`.replace("embed_tokens.weight 1000", "embed_tokens.weight 1001"),
      { ...LLAMA, vocab_size: 1000 },
      "shape.vocab",
    ],
    [
      "pictures judged in words (ShieldGemma 2)",
      `${ATTENTION}\n${MLP}\n${ENDS(64)}`,
      `vision_model.encoder.layers.{0-3}.self_attn.{q_proj,k_proj,v_proj,out_proj}.weight 64,64`,
      { ...LLAMA, architectures: ["FreshForImageClassification"] },
      "head.lost",
    ],
  ] as const)("%s", (_, sound, broken, config, kind) => {
    expect(faults(sound, config)).toEqual([]);
    expect(faults(broken, config)).toContain(kind);
  });
});

/** Names of its own explain what a class misses; not what other layers have under the class's name. */
describe("what is lost of a file that says that MLX wrote it", () => {
  const deep = (text: string) => text.replaceAll("{0-1}", "{0-3}");
  const dense = {
    ...QWEN_MOE,
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    intermediate_size: 64,
  };
  const lose = (text: string, config: object, isLost: RegExp) =>
    faultsOf(
      componentOf(
        [...tensorsOf(deep(text))].filter(([name]) => !isLost.test(name)),
        { configs: { "config.json": { ...config, num_hidden_layers: 4 } }, metadata: { format: "mlx" } },
      ),
    )
      .filter(({ severity }) => severity !== "info")
      .map(({ kind, at }) => `${kind} ${at.names(1)}`);

  it.each([
    ["nothing", MLX_DENSE, dense, /^$/, []],
    ["nothing of experts", MLX_MOE, QWEN_MOE, /^$/, []],
    ["the head", MLX_DENSE, dense, /^lm_head/, ["key.tie lm_head.weight"]],
    [
      "a projection of one layer",
      MLX_DENSE,
      dense,
      /layers\.1\.self_attn\.k_proj/,
      [
        "sibling.odd model.layers.1.self_attn.k_proj",
        "weights.missing model.layers.1.self_attn.k_proj.weight",
      ],
    ],
    [
      "the projections of one layer beside experts",
      MLX_MOE,
      QWEN_MOE,
      /layers\.2\.self_attn\.q_proj/,
      [
        "sibling.odd model.layers.2.self_attn.q_proj",
        "weights.missing model.layers.2.self_attn.q_proj.weight",
      ],
    ],
    [
      "a stack of experts, under a name that the class does not have",
      MLX_MOE,
      QWEN_MOE,
      /layers\.1\.mlp\.switch_mlp\.down_proj/,
      ["sibling.odd model.layers.1.mlp.switch_mlp.down_proj"],
    ],
  ])("%s", (_, text, config, isLost, told) => {
    expect(lose(text, config, isLost)).toEqual(told);
  });
});

describe("experts of a tower", () => {
  const tower = (rows: number) => `${ATTENTION}\n${ENDS(64)}
    model.layers.{0-3}.mlp.gate.weight 8,64
    model.layers.{0-3}.mlp.experts.{0-7}.{gate_proj,up_proj}.weight 32,64
    model.layers.{0-3}.mlp.experts.{0-7}.down_proj.weight 64,32
    vision_encoder.blocks.2.mlp.gate_weight ${rows},48
    vision_encoder.blocks.2.mlp.experts.{0-3}.{fc1,fc3}.weight 32,48
    vision_encoder.blocks.2.mlp.experts.{0-3}.fc2.weight 48,32`;
  it.each([
    [4, []],
    [6, ["expert-gap"]],
  ])("are as many as its own router has rows: %i", (rows, rules) => {
    const { findings } = runChecks({
      source: MEMORY_FACTS,
      folder: null,
      components: [componentOfText(tower(rows), MOE)],
      addUp: true,
      problems: [],
      notes: [],
    });
    expect(findings.filter(({ rule }) => rule === "expert-gap").map(({ rule }) => rule)).toEqual(rules);
  });
});
