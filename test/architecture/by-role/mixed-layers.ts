import { decoder, type Sectioned, usual, withBias } from "./sections.ts";

const all = Array.from({ length: 48 }, (_, layer) => layer);
const full = all.slice(0, 45).filter((layer) => layer % 4 === 0);
const slide = all.slice(0, 45).filter((layer) => layer % 4 !== 0);
const delta = all.filter((layer) => layer % 4 !== 3);
/** Layers of several kinds in one stack, and stacks beside the text. */
export const MIXED_LAYERS: readonly Sectioned[] = [
  usual({
    title: "GLM-5.2 in small: some layers share another layer's indexer",
    tensors: `
    @embedding:token
    model.embed_tokens.weight 1000,6144
    @attention
    model.layers.{0-11}.self_attn.q_a_proj.weight 2048,6144
    model.layers.{0-11}.self_attn.q_a_layernorm.weight 2048
    model.layers.{0-11}.self_attn.q_b_proj.weight 16384,2048
    model.layers.{0-11}.self_attn.kv_a_proj_with_mqa.weight 576,6144
    model.layers.{0-11}.self_attn.kv_a_layernorm.weight 512
    model.layers.{0-11}.self_attn.kv_b_proj.weight 28672,512
    model.layers.{0-11}.self_attn.o_proj.weight 6144,16384
    model.layers.{0-2,6,10}.self_attn.indexer.wq_b.weight 4096,2048
    model.layers.{0-2,6,10}.self_attn.indexer.wk.weight 128,6144
    model.layers.{0-2,6,10}.self_attn.indexer.k_norm.{weight,bias} 128
    model.layers.{0-2,6,10}.self_attn.indexer.weights_proj.weight 32,6144
    @mlp
    model.layers.{0-11}.mlp.{gate,up}_proj.weight 12288,6144
    model.layers.{0-11}.mlp.down_proj.weight 6144,12288
    @norms
    model.layers.{0-11}.{input,post_attention}_layernorm.weight 6144
    model.norm.weight 6144
    @head
    lm_head.weight 1000,6144`,
    config: {
      model_type: "glm_moe_dsa",
      hidden_size: 6144,
      num_hidden_layers: 12,
      num_attention_heads: 64,
      num_key_value_heads: 64,
      head_dim: 64,
      kv_lora_rank: 512,
      q_lora_rank: 2048,
      qk_nope_head_dim: 192,
      qk_rope_head_dim: 64,
      v_head_dim: 256,
      intermediate_size: 12288,
      index_topk_freq: 4,
      index_skip_topk_offset: 3,
    },
    attention: "MLA",
    kv: (12 * 576 + 5 * 128) * 2,
    layers: 12,
    family: "deepseek-v3.2",
  }),
  usual({
    title: "Step-3.5-Flash: more heads in layers with a window",
    tensors: `
    @embedding:token
    model.embed_tokens.weight 128896,4096
    @attention
    model.layers.{${full}}.self_attn.q_proj.weight 8192,4096
    model.layers.{${full}}.self_attn.o_proj.weight 4096,8192
    model.layers.{${full}}.self_attn.g_proj.weight 64,4096
    model.layers.{${slide}}.self_attn.q_proj.weight 12288,4096
    model.layers.{${slide}}.self_attn.o_proj.weight 4096,12288
    model.layers.{${slide}}.self_attn.g_proj.weight 96,4096
    model.layers.{0-44}.self_attn.{k,v}_proj.weight 1024,4096
    model.layers.{0-44}.self_attn.{q,k}_norm.weight 128
    @mlp
    model.layers.{0-2}.mlp.{gate,up}_proj.weight 11264,4096
    model.layers.{0-2}.mlp.down_proj.weight 4096,11264
    @router
    model.layers.{3-44}.moe.gate.weight 288,4096
    model.layers.{3-44}.moe.router_bias 288
    @experts
    model.layers.{3-44}.moe.{gate,up}_proj.weight 288,1280,4096
    model.layers.{3-44}.moe.down_proj.weight 288,4096,1280
    @shared_experts
    model.layers.{3-44}.share_expert.{gate,up}_proj.weight 1280,4096
    model.layers.{3-44}.share_expert.down_proj.weight 4096,1280
    @norms
    model.layers.{0-44}.{input,post_attention}_layernorm.weight 4096
    model.norm.weight 4096
    @head
    lm_head.weight 128896,4096
    @mtp
    model.layers.{45-47}.{enorm,hnorm,input_layernorm,post_attention_layernorm}.weight 4096
    model.layers.{45-47}.eh_proj.weight 4096,8192
    model.layers.{45-47}.self_attn.q_proj.weight 12288,4096
    model.layers.{45-47}.self_attn.o_proj.weight 4096,12288
    model.layers.{45-47}.self_attn.g_proj.weight 96,4096
    model.layers.{45-47}.self_attn.{k,v}_proj.weight 1024,4096
    model.layers.{45-47}.self_attn.{q,k}_norm.weight 128
    model.layers.{45-47}.mlp.{gate,up}_proj.weight 11264,4096
    model.layers.{45-47}.mlp.down_proj.weight 4096,11264
    model.layers.{45-47}.transformer.shared_head.norm.weight 4096
    model.layers.{45-47}.transformer.shared_head.output.weight 128896,4096`,
    config: {
      model_type: "step3p5",
      hidden_size: 4096,
      num_hidden_layers: 45,
      num_attention_heads: 64,
      num_attention_groups: 8,
      head_dim: 128,
      intermediate_size: 11264,
      moe_num_experts: 288,
      moe_top_k: 8,
      moe_intermediate_size: 1280,
      share_expert_dim: 1280,
      num_nextn_predict_layers: 3,
      sliding_window: 512,
      auto_map: { AutoConfig: "configuration_step3p5.Step3p5Config" },
      layer_types: Array.from({ length: 48 }, (_, l) =>
        l % 4 === 0 ? "full_attention" : "sliding_attention",
      ),
      attention_other_setting: {
        attention_type: "sliding_attention",
        num_attention_heads: 96,
        num_attention_groups: 8,
        head_dim: 128,
      },
      vocab_size: 128896,
    },
    routed: { experts: 288, used: 8 },
    kv: 45 * 4096,
    kvGrowing: 12 * 4096,
    layers: 45,
    family: "step3",
  }),
  usual({
    title: "Qwen3-Omni in part: a thinker with ears and eyes",
    tensors: `
    ${decoder({ h: 2048, layers: 48, heads: 32, kv: 4, d: 128, vocab: 152064, prefix: "thinker.model", head: "thinker.lm_head", qkNorm: [128, 128] })}
    @router
    thinker.model.layers.{0-47}.mlp.gate.weight 128,2048
    @experts
    thinker.model.layers.{0-47}.mlp.experts.{0-127}.{gate,up}_proj.weight 768,2048
    thinker.model.layers.{0-47}.mlp.experts.{0-127}.down_proj.weight 2048,768
    @audio
    ${withBias("thinker.audio_tower.conv2d{1,2}", 480, "480,3,3")}
    ${withBias("thinker.audio_tower.layers.{0-31}.self_attn.{q,k,v,out}_proj", 1280, 1280)}
    ${withBias("thinker.audio_tower.layers.{0-31}.fc1", 5120, 1280)}
    ${withBias("thinker.audio_tower.proj1", 1280, 1280)}
    thinker.audio_tower.ln_post.{weight,bias} 1280
    @vision
    ${withBias("thinker.visual.blocks.{0-26}.attn.qkv", 3456, 1152)}
    @projector
    thinker.visual.merger_list.{0-2}.ln_q.{weight,bias} 4608
    ${withBias("thinker.visual.merger.mlp.0", 4608, 4608)}`,
    config: {
      model_type: "qwen3_omni_moe",
      thinker_config: {
        text_config: {
          model_type: "qwen3_omni_moe_text",
          hidden_size: 2048,
          num_hidden_layers: 48,
          num_attention_heads: 32,
          num_key_value_heads: 4,
          head_dim: 128,
          num_experts: 128,
          num_experts_per_tok: 8,
          moe_intermediate_size: 768,
          vocab_size: 152064,
        },
      },
    },
    routed: { experts: 128, used: 8 },
    kv: 98304,
    layers: 48,
    family: "qwen-moe",
  }),
  usual({
    title: "Qwen3-Next-80B-A3B with stacked experts",
    tensors: `
    @embedding:token
    model.embed_tokens.weight 151936,2048
    @linear_attention
    model.layers.{${delta}}.linear_attn.in_proj_qkvz.weight 12288,2048
    model.layers.{${delta}}.linear_attn.in_proj_ba.weight 64,2048
    model.layers.{${delta}}.linear_attn.conv1d.weight 8192,1,4
    model.layers.{${delta}}.linear_attn.{A_log,dt_bias} 32
    model.layers.{${delta}}.linear_attn.norm.weight 128
    model.layers.{${delta}}.linear_attn.out_proj.weight 2048,4096
    @attention
    model.layers.{3-47:4}.self_attn.q_proj.weight 8192,2048
    model.layers.{3-47:4}.self_attn.{k,v}_proj.weight 512,2048
    model.layers.{3-47:4}.self_attn.o_proj.weight 2048,4096
    model.layers.{3-47:4}.self_attn.{q,k}_norm.weight 256
    @router
    model.layers.{0-47}.mlp.gate.weight 512,2048
    @experts
    model.layers.{0-47}.mlp.experts.gate_up_proj 512,1024,2048
    model.layers.{0-47}.mlp.experts.down_proj 512,2048,512
    @shared_experts
    model.layers.{0-47}.mlp.shared_expert.{gate,up}_proj.weight 512,2048
    model.layers.{0-47}.mlp.shared_expert.down_proj.weight 2048,512
    model.layers.{0-47}.mlp.shared_expert_gate.weight 1,2048
    @norms
    model.layers.{0-47}.{input,post_attention}_layernorm.weight 2048
    model.norm.weight 2048
    @head
    lm_head.weight 151936,2048`,
    published: 79_674_391_296,
    config: {
      model_type: "qwen3_next",
      hidden_size: 2048,
      num_hidden_layers: 48,
      num_attention_heads: 16,
      num_key_value_heads: 2,
      head_dim: 256,
      linear_num_value_heads: 32,
      linear_num_key_heads: 16,
      linear_key_head_dim: 128,
      linear_value_head_dim: 128,
      num_experts: 512,
      num_experts_per_tok: 10,
      moe_intermediate_size: 512,
      shared_expert_intermediate_size: 512,
      intermediate_size: 5120,
      full_attention_interval: 4,
      vocab_size: 151936,
    },
    routed: { experts: 512, used: 10 },
    kv: 24576,
    layers: 48,
    family: "qwen3-next",
  }),
];
