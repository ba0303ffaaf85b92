import { describe, expect, it } from "vitest";
import { type ArchResult, describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { componentOfText } from "../support/tensor-text.ts";

const ATTENTION = "model.layers.{0-3}.self_attn.{q_proj,k_proj,v_proj,o_proj}.weight 64,64";
const MLP = `
  model.layers.{0-3}.mlp.{gate_proj,up_proj}.weight 128,64
  model.layers.{0-3}.mlp.down_proj.weight 64,128`;
const ENDS = `
  model.embed_tokens.weight 1000,64
  model.layers.{0-3}.{input_layernorm,post_attention_layernorm}.weight 64
  model.norm.weight 64`;
const LLAMA = { model_type: "llama", hidden_size: 64, num_attention_heads: 4, num_hidden_layers: 4 };
/** 4 × (4 × 64² + 3 × 64 × 128 + 2 × 64) + 1,000 × 64 + 64. */
const TEXT = 4 * (16_384 + 24_576 + 128) + 64_000 + 64;
const TEXT_BELOW = (root: string) => `${ATTENTION}\n${MLP}\n${ENDS}`.replaceAll("model.", `${root}.model.`);

interface Row {
  readonly title: string;
  readonly tensors: string;
  readonly config: Record<string, unknown>;
  readonly active?: number;
  readonly total?: number;
  readonly head?: number;
  readonly arch?: (story: ArchResult) => unknown;
  readonly is?: unknown;
}

const heads = ({ attention }: ArchResult) => attention?.geometries[0]?.heads.value;
const kind = ({ attention }: ArchResult) => attention?.kind;

const ROWS: readonly Row[] = [
  {
    title: "layers that read another layer's keys and values (Gemma 3n)",
    tensors: `${MLP}\n${ENDS}
      model.layers.{0-3}.self_attn.{q_proj,o_proj}.weight 64,64
      model.layers.{0-1}.self_attn.{k_proj,v_proj}.weight 16,64`,
    config: { hidden_size: 64, num_attention_heads: 8, num_key_value_heads: 2, num_kv_shared_layers: 2 },
    arch: ({ attention }) => [
      attention?.kind,
      ...new Set(attention?.geometries.map(({ kvHeads }) => kvHeads.value)),
    ],
    is: ["GQA", 2],
  },
  {
    title: "heads of a decoder under keys of its own (Moonshine)",
    tensors: `${ATTENTION}\n${MLP}\n${ENDS}`,
    config: { hidden_size: 64, decoder_num_attention_heads: 8, encoder_num_attention_heads: 2 },
    arch: heads,
    is: 8,
  },
  {
    title: "heads of a text model two parts down (ColPali)",
    tensors: `${ATTENTION}\n${MLP}\n${ENDS}`,
    config: {
      model_type: "colpali",
      vlm_config: { text_config: { hidden_size: 64, num_attention_heads: 8 } },
    },
    arch: heads,
    is: 8,
  },
  {
    title: "heads of the decoder of a pair (vision-encoder-decoder)",
    tensors: `${ATTENTION}\n${MLP}\n${ENDS}`,
    config: {
      encoder: { num_attention_heads: 2 },
      decoder: { model_type: "bert", hidden_size: 64, num_attention_heads: 8 },
    },
    arch: heads,
    is: 8,
  },
  {
    title: "experts of three numbered linears, of which the first is the gate (dots)",
    tensors: `${ATTENTION}\n${ENDS}
      model.layers.{0-3}.mlp.gate.weight 8,64
      model.layers.{0-3}.mlp.experts.{0-7}.{fc1,fc3}.weight 32,64
      model.layers.{0-3}.mlp.experts.{0-7}.fc2.weight 64,32`,
    config: { ...LLAMA, num_experts: 8, num_experts_per_tok: 2 },
    active: 4 * (16_384 + 128 + 512 + 2 * 3 * 2048) + 64_000 + 64,
  },
  {
    title: "a frozen batch norm holds buffers alone (DETR)",
    tensors: `
      model.backbone.bn1.{weight,bias,running_mean,running_var} 64
      model.backbone.bn2.{weight,bias,running_mean,running_var} 64
      model.backbone.bn2.num_batches_tracked - I64
      model.backbone.conv1.weight 64,3,7,7`,
    config: {},
    total: 2 * 64 + 64 * 3 * 49,
  },
  {
    title: "a bias alone under a tied head belongs to the table (CTRL)",
    tensors: `${ATTENTION}\n${MLP}\n${ENDS}\nlm_head.bias 1000`,
    config: LLAMA,
    total: TEXT + 1000,
    head: 0,
    arch: ({ embedding }) => embedding.tied,
    is: true,
  },
  {
    title: "an encoder beside a language model is not the text's (Granite Speech)",
    tensors: `${TEXT_BELOW("language_model")}\nencoder.layers.{0-5}.attn.to_q.weight 96,96`,
    config: LLAMA,
    active: TEXT,
  },
  {
    title: "a head that paints beside a language model is not the text's (VibeVoice)",
    tensors: `${TEXT_BELOW("language_model")}\nmodel.diffusion_head.layers.{0-3}.ffn.up_proj.weight 96,96`,
    config: LLAMA,
    active: TEXT,
  },
  {
    title: "queries of a Q-Former are not the text's (BLIP-2)",
    tensors: `${TEXT_BELOW("language_model")}\nquery_tokens 1,32,64`,
    config: LLAMA,
    active: TEXT,
  },
  {
    title: "experts for pixels are used by no word (ERNIE-VL)",
    tensors: `${ATTENTION}\n${ENDS}
      model.layers.{0-3}.mlp.text_moe.gate.weight 8,64
      model.layers.{0-3}.mlp.text_moe.experts.gate_up_proj 8,64,64
      model.layers.{0-3}.mlp.text_moe.experts.down_proj 8,64,32
      model.layers.{0-3}.mlp.vision_moe.gate.weight 8,64
      model.layers.{0-3}.mlp.vision_moe.experts.gate_up_proj 8,32,64
      model.layers.{0-3}.mlp.vision_moe.experts.down_proj 8,64,16`,
    config: { ...LLAMA, moe_num_experts: 8, moe_k: 2 },
    active: 4 * (16_384 + 128 + 2 * 8 * 64 + 2 * 3 * 64 * 32) + 64_064,
  },
  {
    title: "stacked projections beside a router are experts (JetMoE)",
    tensors: `${ATTENTION}\n${ENDS}
      model.layers.{0-3}.mlp.router.layer.weight 8,64
      model.layers.{0-3}.mlp.input_linear.weight 8,64,64
      model.layers.{0-3}.mlp.output_linear.weight 8,64,32`,
    config: { ...LLAMA, num_local_experts: 8, num_experts_per_tok: 2 },
    active: 4 * (16_384 + 128 + 8 * 64 + 2 * 3 * 64 * 32) + 64_064,
  },
  {
    title: "experts under the names of an engine's inside (Inkling)",
    tensors: `${ATTENTION}\n${ENDS}
      model.layers.{0-3}.mlp.gate.weight 8,64
      model.layers.{0-3}.mlp.experts.w13_weight 8,64,64
      model.layers.{0-3}.mlp.experts.w2_weight 8,64,32`,
    config: { ...LLAMA, num_local_experts: 8, num_experts_per_tok: 2 },
    active: 4 * (16_384 + 128 + 8 * 64 + 2 * 3 * 64 * 32) + 64_064,
  },
  {
    title: "queries that read more than their rank tell no heads (AXK2)",
    tensors: `${MLP}\n${ENDS}
      model.layers.{0-3}.self_attn.q_a_proj.weight 24,64
      model.layers.{0-3}.self_attn.q_b_proj.weight 160,48
      model.layers.{0-3}.self_attn.kv_a_proj_with_mqa.weight 40,64
      model.layers.{0-3}.self_attn.kv_a_layernorm.weight 32
      model.layers.{0-3}.self_attn.kv_b_proj.weight 128,32
      model.layers.{0-3}.self_attn.o_proj.weight 64,64`,
    config: LLAMA,
    arch: heads,
    is: 4,
  },
  {
    title: "latent attention under Mistral's own names",
    tensors: `${MLP}\n${ENDS}
      model.layers.{0-3}.attention.wq.weight 96,64
      model.layers.{0-3}.attention.wkv_a_with_mqa.weight 40,64
      model.layers.{0-3}.attention.kv_a_norm.weight 32
      model.layers.{0-3}.attention.wkv_b.weight 128,32
      model.layers.{0-3}.attention.wo.weight 64,64`,
    config: LLAMA,
    arch: ({ attention }) => [attention?.kind, attention?.geometries[0]?.latent?.kvRank],
    is: ["MLA", 32],
  },
  {
    title: "delta attention whose forget gate is a box (Kimi-Linear of transformers)",
    tensors: `${ATTENTION}\n${MLP}\n${ENDS}
      model.layers.{0-3}.self_attn.conv1d.weight 192,1,4
      model.layers.{0-3}.self_attn.forget_gate.{f_a_proj,f_b_proj}.weight 64,64
      model.layers.{0-3}.self_attn.o_norm.weight 16`,
    config: LLAMA,
    arch: ({ layers }) => layers.mixers,
    is: "Kimi delta attention",
  },
  {
    title: "projections that are kept head by head (XLNet)",
    tensors: `${ENDS}
      model.layers.{0-3}.rel_attn.{q,k,v,o} 64,4,16
      model.layers.{0-3}.ff.layer_1.weight 128,64
      model.layers.{0-3}.ff.layer_2.weight 64,128`,
    config: LLAMA,
    arch: (story) => [kind(story), heads(story)],
    is: ["MHA", 4],
  },
  {
    title: "a stream without norms of its own, fed from a narrower table (NeoMME)",
    tensors: `${ATTENTION}\n${MLP}
      model.embed_tokens.word_embeddings.weight 1000,16
      model.embed_tokens.embedding_projection.weight 64,16
      model.patch_embeddings.norm.weight 192`,
    config: LLAMA,
    arch: ({ hidden }) => hidden.value,
    is: 64,
  },
  {
    title: "the decoder of a model without words is not what it is about (ViT-MAE)",
    tensors: `
      vit.embeddings.patch_embeddings.projection.weight 64,3,16,16
      vit.encoder.layer.{0-5}.attention.attention.{query,key,value}.weight 64,64
      vit.encoder.layer.{0-5}.output.dense.weight 64,64
      decoder.decoder_layers.{0-1}.attention.attention.{query,key,value}.weight 96,96
      decoder.layers.{0-1}.output.dense.weight 96,96`,
    config: { model_type: "vit_mae", num_hidden_layers: 6, hidden_size: 64 },
    arch: ({ layers }) => layers.count.value,
    is: 6,
  },
];

describe("layouts that classes have for themselves", () => {
  it.each(ROWS)("$title", ({ title: _, tensors, config, arch, is, ...want }) => {
    const component = componentOfText(tensors, config);
    const { parameters, byRole } = countParameters(component);
    const told = {
      active: parameters.active,
      total: parameters.total,
      head: byRole.find(({ role }) => role === "head")?.parameters ?? 0,
    };
    expect(told).toMatchObject(want);
    if (arch !== undefined) expect(arch(describeArchitecture(component))).toEqual(is);
  });
});
