import { type Sectioned, withBias } from "./sections.ts";

const layersOf = (pattern: string, kind: string): string =>
  [...pattern].flatMap((one, layer) => (one === kind ? [layer] : [])).join(",");

/** Nemotron-H: one mixer a layer, told by a letter: Mamba-2, attention, feed-forward. */
function nemotronH(
  pattern: string,
  sides: {
    h: number;
    heads: number;
    kv: number;
    inner: number;
    mambaHeads: number;
    groups: number;
    state: number;
    i: number;
  },
): string {
  const { h, heads, kv, inner, mambaHeads, groups, state, i } = sides;
  const mixer = (kind: string) => `backbone.layers.{${layersOf(pattern, kind)}}.mixer`;
  const conv = inner + 2 * groups * state;
  return `
    @embedding:token
    backbone.embeddings.weight 131072,${h}
    @ssm
    ${mixer("M")}.in_proj.weight ${inner + conv + mambaHeads},${h}
    ${mixer("M")}.conv1d.weight ${conv},1,4
    ${mixer("M")}.conv1d.bias ${conv}
    ${mixer("M")}.{A_log,D,dt_bias} ${mambaHeads}
    ${mixer("M")}.norm.weight ${inner}
    ${mixer("M")}.out_proj.weight ${h},${inner}
    @attention
    ${mixer("*")}.q_proj.weight ${heads * 128},${h}
    ${mixer("*")}.{k,v}_proj.weight ${kv * 128},${h}
    ${mixer("*")}.o_proj.weight ${h},${heads * 128}
    @mlp
    ${mixer("-")}.up_proj.weight ${i},${h}
    ${mixer("-")}.down_proj.weight ${h},${i}
    @norms
    backbone.layers.{0-${pattern.length - 1}}.norm.weight ${h}
    backbone.norm_f.weight ${h}
    @head
    lm_head.weight 131072,${h}`;
}

const nano9b = "M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-";

/** Jamba: attention in one of eight layers, experts in every second. */
function jamba(layers: number, h: number, heads: number, i: number, rank: number): string {
  const all = Array.from({ length: layers }, (_, layer) => layer);
  const attention = all.filter((layer) => layer % 8 === 4);
  const mamba = `model.layers.{${all.filter((layer) => layer % 8 !== 4)}}.mamba`;
  const inner = 2 * h;
  return `
    @embedding:token
    model.embed_tokens.weight 65536,${h}
    @attention
    model.layers.{${attention}}.self_attn.{q,o}_proj.weight ${h},${h}
    model.layers.{${attention}}.self_attn.{k,v}_proj.weight ${(8 * h) / heads},${h}
    @ssm
    ${mamba}.in_proj.weight ${2 * inner},${h}
    ${mamba}.conv1d.weight ${inner},1,4
    ${mamba}.conv1d.bias ${inner}
    ${mamba}.x_proj.weight ${rank + 32},${inner}
    ${withBias(`${mamba}.dt_proj`, inner, rank)}
    ${mamba}.A_log ${inner},16
    ${mamba}.D ${inner}
    ${mamba}.out_proj.weight ${h},${inner}
    ${mamba}.dt_layernorm.weight ${rank}
    ${mamba}.{b,c}_layernorm.weight 16
    @mlp
    model.layers.{0-${layers - 2}:2}.feed_forward.{gate,up}_proj.weight ${i},${h}
    model.layers.{0-${layers - 2}:2}.feed_forward.down_proj.weight ${h},${i}
    @router
    model.layers.{1-${layers - 1}:2}.feed_forward.router.weight 16,${h}
    @experts
    model.layers.{1-${layers - 1}:2}.feed_forward.experts.{0-15}.{gate,up}_proj.weight ${i},${h}
    model.layers.{1-${layers - 1}:2}.feed_forward.experts.{0-15}.down_proj.weight ${h},${i}
    @norms
    model.layers.{0-${layers - 1}}.{input,pre_ff}_layernorm.weight ${h}
    model.final_layernorm.weight ${h}
    @head
    lm_head.weight 65536,${h}`;
}

const graniteAttention = [5, 15, 25, 35];
const graniteMamba = Array.from({ length: 40 }, (_, layer) => layer).filter(
  (layer) => !graniteAttention.includes(layer),
);

/** Models that keep a state instead of keys and values, in all layers or in most. */
export const HYBRIDS: readonly Sectioned[] = [
  {
    title: "Nemotron-Nano-9B-v2",
    published: 8_888_227_328,
    tensors: nemotronH(nano9b, {
      h: 4480,
      heads: 40,
      kv: 8,
      inner: 10240,
      mambaHeads: 128,
      groups: 8,
      state: 128,
      i: 15680,
    }),
    config: {
      model_type: "nemotron_h",
      hidden_size: 4480,
      num_hidden_layers: 56,
      num_attention_heads: 40,
      num_key_value_heads: 8,
      head_dim: 128,
      intermediate_size: 15680,
      hybrid_override_pattern: nano9b,
      mamba_num_heads: 128,
      mamba_head_dim: 80,
      n_groups: 8,
      ssm_state_size: 128,
      vocab_size: 131072,
      tie_word_embeddings: false,
    },
    attention: "GQA",
    kv: 4 * 2 * 1024 * 2,
    tied: false,
    layers: 56,
    family: "nemotron-h",
  },
  {
    title: "Jamba-1.5-Large",
    tensors: jamba(72, 8192, 64, 24576, 512),
    config: {
      model_type: "jamba",
      hidden_size: 8192,
      num_hidden_layers: 72,
      num_attention_heads: 64,
      num_key_value_heads: 8,
      intermediate_size: 24576,
      num_experts: 16,
      num_experts_per_tok: 2,
      attn_layer_period: 8,
      attn_layer_offset: 4,
      expert_layer_period: 2,
      expert_layer_offset: 1,
      vocab_size: 65536,
      tie_word_embeddings: false,
    },
    routed: { experts: 16, used: 2 },
    attention: "GQA",
    kv: 9 * 2 * 1024 * 2,
    tied: false,
    layers: 72,
    family: "jamba",
  },
  {
    title: "Falcon-Mamba-7B",
    published: 7_272_665_088,
    tensors: `
      @embedding:token
      backbone.embeddings.weight 65024,4096
      @ssm
      backbone.layers.{0-63}.mixer.in_proj.weight 16384,4096
      backbone.layers.{0-63}.mixer.conv1d.weight 8192,1,4
      backbone.layers.{0-63}.mixer.conv1d.bias 8192
      backbone.layers.{0-63}.mixer.x_proj.weight 288,8192
      ${withBias("backbone.layers.{0-63}.mixer.dt_proj", 8192, 256)}
      backbone.layers.{0-63}.mixer.A_log 8192,16
      backbone.layers.{0-63}.mixer.D 8192
      backbone.layers.{0-63}.mixer.out_proj.weight 4096,8192
      @norms
      backbone.layers.{0-63}.norm.weight 4096
      backbone.norm_f.weight 4096
      @head
      lm_head.weight 65024,4096`,
    config: {
      model_type: "falcon_mamba",
      hidden_size: 4096,
      num_hidden_layers: 64,
      intermediate_size: 8192,
      state_size: 16,
      conv_kernel: 4,
      time_step_rank: 256,
      vocab_size: 65024,
      tie_word_embeddings: false,
    },
    attention: null,
    kv: 0,
    tied: false,
    layers: 64,
    family: "falcon_mamba",
  },
  {
    title: "Mamba2-2.7B, as its authors store it",
    published: 2_702_599_680,
    tensors: `
      @embedding:token
      backbone.embedding.weight 50288,2560
      @ssm
      backbone.layers.{0-63}.mixer.in_proj.weight 10576,2560
      backbone.layers.{0-63}.mixer.conv1d.weight 5376,1,4
      backbone.layers.{0-63}.mixer.conv1d.bias 5376
      backbone.layers.{0-63}.mixer.{A_log,D,dt_bias} 80
      backbone.layers.{0-63}.mixer.norm.weight 5120
      backbone.layers.{0-63}.mixer.out_proj.weight 2560,5120
      @norms
      backbone.layers.{0-63}.norm.weight 2560
      backbone.norm_f.weight 2560`,
    config: {
      d_model: 2560,
      d_intermediate: 0,
      n_layer: 64,
      vocab_size: 50277,
      ssm_cfg: { layer: "Mamba2" },
      attn_layer_idx: [],
      attn_cfg: {},
      rms_norm: true,
      pad_vocab_size_multiple: 16,
      tie_embeddings: true,
    },
    attention: null,
    kv: 0,
    tied: true,
    layers: 64,
    family: "mamba",
  },
  {
    title: "Granite-4.0-H-Micro: Mamba-2 with a dense block named shared_mlp",
    tensors: `
      @embedding:token
      model.embed_tokens.weight 100352,2048
      @attention
      model.layers.{${graniteAttention}}.self_attn.{q,o}_proj.weight 2048,2048
      model.layers.{${graniteAttention}}.self_attn.{k,v}_proj.weight 512,2048
      @ssm
      model.layers.{${graniteMamba}}.mamba.in_proj.weight 8512,2048
      model.layers.{${graniteMamba}}.mamba.conv1d.weight 4352,1,4
      model.layers.{${graniteMamba}}.mamba.conv1d.bias 4352
      model.layers.{${graniteMamba}}.mamba.{A_log,D,dt_bias} 64
      model.layers.{${graniteMamba}}.mamba.norm.weight 4096
      model.layers.{${graniteMamba}}.mamba.out_proj.weight 2048,4096
      @mlp
      model.layers.{0-39}.shared_mlp.input_linear.weight 16384,2048
      model.layers.{0-39}.shared_mlp.output_linear.weight 2048,8192
      @norms
      model.layers.{0-39}.{input,post_attention}_layernorm.weight 2048
      model.norm.weight 2048`,
    config: {
      model_type: "granitemoehybrid",
      hidden_size: 2048,
      num_hidden_layers: 40,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 8192,
      shared_intermediate_size: 8192,
      num_local_experts: 0,
      num_experts_per_tok: 0,
      mamba_d_state: 128,
      mamba_n_heads: 64,
      mamba_d_head: 64,
      mamba_n_groups: 1,
      layer_types: Array.from({ length: 40 }, (_, layer) =>
        graniteAttention.includes(layer) ? "attention" : "mamba",
      ),
      vocab_size: 100352,
      tie_word_embeddings: true,
    },
    attention: "GQA",
    kv: 4 * 2 * 512 * 2,
    tied: true,
    layers: 40,
    family: "granite-hybrid",
  },
  {
    title: "RWKV-6-World-1.6B",
    tensors: `
      @embedding:token
      rwkv.embeddings.weight 65536,2048
      @norms
      rwkv.blocks.0.pre_ln.{weight,bias} 2048
      rwkv.blocks.{0-23}.ln{1,2}.{weight,bias} 2048
      rwkv.ln_out.{weight,bias} 2048
      @rwkv
      rwkv.blocks.{0-23}.attention.time_maa_{x,w,k,v,r,g} 1,1,2048
      rwkv.blocks.{0-23}.attention.time_maa_w1 2048,160
      rwkv.blocks.{0-23}.attention.time_maa_w2 5,32,2048
      rwkv.blocks.{0-23}.attention.time_decay 1,1,2048
      rwkv.blocks.{0-23}.attention.time_decay_w1 2048,64
      rwkv.blocks.{0-23}.attention.time_decay_w2 64,2048
      rwkv.blocks.{0-23}.attention.time_faaaa 32,64
      rwkv.blocks.{0-23}.attention.{receptance,key,value,gate,output}.weight 2048,2048
      rwkv.blocks.{0-23}.attention.ln_x.{weight,bias} 2048
      rwkv.blocks.{0-23}.feed_forward.time_maa_{k,r} 1,1,2048
      rwkv.blocks.{0-23}.feed_forward.key.weight 7168,2048
      rwkv.blocks.{0-23}.feed_forward.receptance.weight 2048,2048
      rwkv.blocks.{0-23}.feed_forward.value.weight 2048,7168
      @head
      head.weight 65536,2048`,
    config: {
      model_type: "rwkv6",
      hidden_size: 2048,
      attention_hidden_size: 2048,
      num_attention_heads: 64,
      head_size: 64,
      num_hidden_layers: 24,
      vocab_size: 65536,
      tie_word_embeddings: false,
    },
    attention: null,
    kv: 0,
    tied: false,
    layers: 24,
    family: "rwkv",
  },
  {
    title: "RWKV-7 (Goose) 0.4B",
    tensors: `
      @embedding:token
      model.embeddings.weight 65536,1024
      @norms
      model.layers.0.pre_norm.{weight,bias} 1024
      model.layers.{0-23}.{attn,ffn}_norm.{weight,bias} 1024
      model.norm.{weight,bias} 1024
      @rwkv
      model.layers.{0-23}.attn.x_{r,w,k,v,a,g} 1,1,1024
      model.layers.{0-23}.attn.{k_k,k_a} 1024
      model.layers.{0-23}.attn.r_k 16,64
      model.layers.{0-23}.attn.{r,k,v,o}_proj.weight 1024,1024
      model.layers.{0-23}.attn.g_norm.{weight,bias} 1024
      model.layers.{0-23}.attn.{w,a}_lora.lora.0.weight 64,1024
      model.layers.{0-23}.attn.{w,a}_lora.lora.2.weight 1024,64
      model.layers.{0-23}.attn.{w,a}_lora.lora.2.bias 1024
      model.layers.{1-23}.attn.v_lora.lora.0.weight 32,1024
      model.layers.{1-23}.attn.v_lora.lora.2.weight 1024,32
      model.layers.{1-23}.attn.v_lora.lora.2.bias 1024
      model.layers.{0-23}.attn.g_lora.lora.0.weight 128,1024
      model.layers.{0-23}.attn.g_lora.lora.2.weight 1024,128
      model.layers.{0-23}.ffn.x_k 1024
      model.layers.{0-23}.ffn.key.weight 4096,1024
      model.layers.{0-23}.ffn.value.weight 1024,4096
      @head
      lm_head.weight 65536,1024`,
    config: {
      model_type: "rwkv7",
      hidden_size: 1024,
      num_hidden_layers: 24,
      head_dim: 64,
      vocab_size: 65536,
      tie_word_embeddings: false,
    },
    attention: null,
    kv: 0,
    tied: false,
    layers: 24,
    family: "rwkv",
  },
];
