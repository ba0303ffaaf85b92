import type { Published } from "./published.ts";
import { mamba1 } from "./state-space.ts";

const lora = (box: string, h: number, rank: number, bias: boolean) => `
  ${box}.lora.0.weight ${rank},${h}
  ${box}.lora.2.weight ${h},${rank}
  ${bias ? `${box}.lora.2.bias ${h}` : ""}`;

/** State-space and RWKV models after the first of their kind. */
export const RECURRENCES: readonly Published[] = [
  {
    title: "Falcon-Mamba-7B",
    tensors: `
      backbone.embeddings.weight 65024,4096
      backbone.layers.{0-63}.norm.weight 4096
      ${mamba1("backbone.layers.{0-63}.mixer", 4096, 256, 8192)}
      backbone.norm_f.weight 4096
      lm_head.weight 65024,4096`,
    config: {
      model_type: "falcon_mamba",
      hidden_size: 4096,
      num_hidden_layers: 64,
      state_size: 16,
      vocab_size: 65024,
      tie_word_embeddings: false,
    },
    // 64 layers × 8,192 × (16 + 3) × 2 bytes
    expected: {
      total: 7_272_665_088,
      family: "falcon_mamba",
      kvBytesPerToken: 0,
      stateBytes: 19_922_944,
      tied: false,
      layers: 64,
    },
  },
  {
    title: "RWKV-5 Eagle-7B",
    tensors: `
      rwkv.embeddings.weight 65536,4096
      rwkv.blocks.0.pre_ln.{weight,bias} 4096
      rwkv.blocks.{0-31}.ln{1,2}.{weight,bias} 4096
      rwkv.blocks.{0-31}.attention.time_{decay,faaaa} 64,64
      rwkv.blocks.{0-31}.attention.time_mix_{key,value,receptance,gate} 1,1,4096
      rwkv.blocks.{0-31}.attention.{key,value,receptance,gate,output}.weight 4096,4096
      rwkv.blocks.{0-31}.attention.ln_x.{weight,bias} 4096
      rwkv.blocks.{0-31}.feed_forward.time_mix_{key,receptance} 1,1,4096
      rwkv.blocks.{0-31}.feed_forward.key.weight 14336,4096
      rwkv.blocks.{0-31}.feed_forward.receptance.weight 4096,4096
      rwkv.blocks.{0-31}.feed_forward.value.weight 4096,14336
      rwkv.ln_out.{weight,bias} 4096
      head.weight 65536,4096`,
    config: {
      model_type: "rwkv5",
      hidden_size: 4096,
      num_hidden_layers: 32,
      head_size: 64,
      vocab_size: 65536,
    },
    // 32 layers × (64 heads × 64 × 64 + 2 × 4,096) × 2 bytes
    expected: {
      total: 7_518_044_160,
      family: "rwkv",
      kvBytesPerToken: 0,
      stateBytes: 17_301_504,
      layers: 32,
    },
  },
  {
    title: "RWKV-6 Finch-7B",
    tensors: `
      rwkv.embeddings.weight 65536,4096
      rwkv.blocks.0.pre_ln.{weight,bias} 4096
      rwkv.blocks.{0-31}.ln{1,2}.{weight,bias} 4096
      rwkv.blocks.{0-31}.attention.time_maa_{x,w,k,v,r,g} 1,1,4096
      rwkv.blocks.{0-31}.attention.time_maa_w1 4096,320
      rwkv.blocks.{0-31}.attention.time_maa_w2 5,64,4096
      rwkv.blocks.{0-31}.attention.time_decay 1,1,4096
      rwkv.blocks.{0-31}.attention.time_decay_w1 4096,128
      rwkv.blocks.{0-31}.attention.time_decay_w2 128,4096
      rwkv.blocks.{0-31}.attention.time_faaaa 64,64
      rwkv.blocks.{0-31}.attention.{key,value,receptance,gate,output}.weight 4096,4096
      rwkv.blocks.{0-31}.attention.ln_x.{weight,bias} 4096
      rwkv.blocks.{0-31}.feed_forward.time_maa_{k,r} 1,1,4096
      rwkv.blocks.{0-31}.feed_forward.key.weight 14336,4096
      rwkv.blocks.{0-31}.feed_forward.receptance.weight 4096,4096
      rwkv.blocks.{0-31}.feed_forward.value.weight 4096,14336
      rwkv.ln_out.{weight,bias} 4096
      head.weight 65536,4096`,
    config: {
      model_type: "rwkv6",
      hidden_size: 4096,
      num_hidden_layers: 32,
      head_size: 64,
      vocab_size: 65536,
    },
    expected: {
      total: 7_635_746_816,
      family: "rwkv",
      kvBytesPerToken: 0,
      stateBytes: 17_301_504,
      layers: 32,
    },
  },
  {
    title: "RWKV-7 Goose-World3-1.5B",
    tensors: `
      model.embeddings.weight 65536,2048
      model.layers.0.pre_norm.{weight,bias} 2048
      model.layers.{0-23}.{attn_norm,ffn_norm}.{weight,bias} 2048
      model.layers.{0-23}.attn.x_{r,w,k,v,a,g} 1,1,2048
      model.layers.{0-23}.attn.{k_k,k_a} 2048
      model.layers.{0-23}.attn.r_k 32,64
      model.layers.{0-23}.attn.{r,k,v,o}_proj.weight 2048,2048
      model.layers.{0-23}.attn.g_norm.{weight,bias} 2048
      ${lora("model.layers.{0-23}.attn.w_lora", 2048, 96, true)}
      ${lora("model.layers.{0-23}.attn.a_lora", 2048, 96, true)}
      ${lora("model.layers.{1-23}.attn.v_lora", 2048, 64, true)}
      ${lora("model.layers.{0-23}.attn.g_lora", 2048, 256, false)}
      model.layers.{0-23}.ffn.x_k 2048
      model.layers.{0-23}.ffn.key.weight 8192,2048
      model.layers.{0-23}.ffn.value.weight 2048,8192
      model.norm.{weight,bias} 2048
      lm_head.weight 65536,2048`,
    config: {
      model_type: "rwkv7",
      hidden_size: 2048,
      num_hidden_layers: 24,
      head_dim: 64,
      vocab_size: 65536,
    },
    expected: { total: 1_527_404_544, family: "rwkv", kvBytesPerToken: 0, stateBytes: 6_488_064, layers: 24 },
  },
];
