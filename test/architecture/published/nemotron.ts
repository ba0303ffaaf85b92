import type { Published } from "./published.ts";
import { mamba2 } from "./state-space.ts";

/** One mixer a layer, by the pattern of its config: M Mamba-2, * attention, - MLP, E experts. */
function nemotronLayers(pattern: string): Record<string, string> {
  const layers: Record<string, number[]> = {};
  for (const [at, kind] of [...pattern].entries()) layers[kind] = [...(layers[kind] ?? []), at];
  return Object.fromEntries(Object.entries(layers).map(([kind, list]) => [kind, `{${list.join(",")}}`]));
}

const H8B = "M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-";
const h8b = nemotronLayers(H8B);
const NEMOTRON_H_8B = `
  backbone.embeddings.weight 131072,4096
  backbone.layers.{0-51}.norm.weight 4096
  ${mamba2(`backbone.layers.${h8b.M}.mixer`, { h: 4096, inner: 8192, heads: 128, groups: 8, state: 128 })}
  backbone.layers.${h8b["*"]}.mixer.q_proj.weight 4096,4096
  backbone.layers.${h8b["*"]}.mixer.{k,v}_proj.weight 1024,4096
  backbone.layers.${h8b["*"]}.mixer.o_proj.weight 4096,4096
  backbone.layers.${h8b["-"]}.mixer.up_proj.weight 21504,4096
  backbone.layers.${h8b["-"]}.mixer.down_proj.weight 4096,21504
  backbone.norm_f.weight 4096
  lm_head.weight 131072,4096`;

const NANO = "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME";
const nano = nemotronLayers(NANO);
const nanoMoe = (mixer: string) => `
  ${mixer}.gate.weight 128,2688
  ${mixer}.gate.e_score_correction_bias 128 F32
  ${mixer}.experts.{0-127}.up_proj.weight 1856,2688
  ${mixer}.experts.{0-127}.down_proj.weight 2688,1856
  ${mixer}.shared_experts.up_proj.weight 3712,2688
  ${mixer}.shared_experts.down_proj.weight 2688,3712`;
const nanoAttention = (mixer: string) => `
  ${mixer}.q_proj.weight 4096,2688
  ${mixer}.{k,v}_proj.weight 256,2688
  ${mixer}.o_proj.weight 2688,4096`;
const NEMOTRON_NANO = `
  backbone.embeddings.weight 131072,2688
  backbone.layers.{0-51}.norm.weight 2688
  ${mamba2(`backbone.layers.${nano.M}.mixer`, { h: 2688, inner: 4096, heads: 64, groups: 8, state: 128 })}
  ${nanoAttention(`backbone.layers.${nano["*"]}.mixer`)}
  ${nanoMoe(`backbone.layers.${nano.E}.mixer`)}
  backbone.norm_f.weight 2688
  lm_head.weight 131072,2688`;
const nanoConfig = {
  model_type: "nemotron_h",
  hidden_size: 2688,
  num_hidden_layers: 52,
  num_attention_heads: 32,
  num_key_value_heads: 2,
  head_dim: 128,
  n_routed_experts: 128,
  num_experts_per_tok: 6,
  moe_intermediate_size: 1856,
  hybrid_override_pattern: NANO,
  mamba_num_heads: 64,
  mamba_head_dim: 64,
  n_groups: 8,
  // Not the multiple that its heads make.
  expand: 2,
  conv_kernel: 4,
  n_shared_experts: 1,
  moe_shared_expert_intermediate_size: 3712,
  ssm_state_size: 128,
  vocab_size: 131072,
  tie_word_embeddings: false,
};

const NANO_4B = nemotronLayers("M-M-M-MM-M-M*-M-M*-M-M-M*-M-M-MM*-MMM-M-M-");
const NEMOTRON_NANO_4B = `
  backbone.embeddings.weight 131072,3136
  backbone.layers.{0-41}.norm.weight 3136
  ${mamba2(`backbone.layers.${NANO_4B.M}.mixer`, { h: 3136, inner: 7680, heads: 96, groups: 8, state: 128 })}
  backbone.layers.${NANO_4B["*"]}.mixer.q_proj.weight 5120,3136
  backbone.layers.${NANO_4B["*"]}.mixer.{k,v}_proj.weight 1024,3136
  backbone.layers.${NANO_4B["*"]}.mixer.o_proj.weight 3136,5120
  backbone.layers.${NANO_4B["-"]}.mixer.up_proj.weight 12544,3136
  backbone.layers.${NANO_4B["-"]}.mixer.down_proj.weight 3136,12544
  backbone.norm_f.weight 3136
  lm_head.weight 131072,3136`;

/** Nemotron-H and Nemotron 3: one mixer or one feed-forward block a layer. */
export const NEMOTRON: readonly Published[] = [
  {
    title: "Nemotron-H-8B",
    tensors: NEMOTRON_H_8B,
    config: {
      model_type: "nemotron_h",
      hidden_size: 4096,
      num_hidden_layers: 52,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      head_dim: 128,
      intermediate_size: 21504,
      hybrid_override_pattern: H8B,
      mamba_num_heads: 128,
      mamba_head_dim: 64,
      n_groups: 8,
      conv_kernel: 4,
      ssm_state_size: 128,
      vocab_size: 131072,
      tie_word_embeddings: false,
    },
    expected: {
      total: 8_100_852_736,
      family: "nemotron-h",
      attention: "GQA",
      kvBytesPerToken: 16_384,
      kvGrowing: 16_384,
      stateBytes: 51_806_208,
      layers: 52,
    },
  },
  {
    title: "Nemotron-3-Nano-30B-A3B",
    tensors: NEMOTRON_NANO,
    config: nanoConfig,
    expected: {
      total: 31_577_940_288,
      activeBillions: ["3.58", "3.23", "2.88"],
      family: "nemotron-h",
      attention: "GQA",
      kvBytesPerToken: 6_144,
      stateBytes: 24_965_120,
      layers: 52,
    },
  },
  {
    title: "Nemotron with an MTP block of attention and experts",
    tensors: `${NEMOTRON_NANO}
      mtp.layers.0.{enorm,hnorm,norm}.weight 2688
      mtp.layers.0.eh_proj.weight 2688,5376
      ${nanoAttention("mtp.layers.0.mixer")}
      mtp.layers.1.{norm,final_layernorm}.weight 2688
      ${nanoMoe("mtp.layers.1.mixer")}`,
    config: nanoConfig,
    expected: {
      total: 32_913_266_240,
      tensors: 6_513,
      backbone: 31_577_940_288,
      family: "nemotron-h",
      layers: 52,
    },
  },

  {
    title: "Nemotron-3-Nano-4B",
    tensors: NEMOTRON_NANO_4B,
    config: {
      model_type: "nemotron_h",
      hidden_size: 3136,
      num_hidden_layers: 42,
      num_attention_heads: 40,
      num_key_value_heads: 8,
      head_dim: 128,
      intermediate_size: 12544,
      ssm_state_size: 128,
      mamba_num_heads: 96,
      mamba_head_dim: 80,
      vocab_size: 131072,
      tie_word_embeddings: false,
    },
    // 4 layers × 2 × 1,024 × 2 bytes; 21 layers × (7,680 × 128 + 9,728 × 3) × 2 bytes
    expected: {
      total: 3_973_556_832,
      tensors: 263,
      family: "nemotron-h",
      attention: "GQA",
      kvBytesPerToken: 16_384,
      kvGrowing: 16_384,
      stateBytes: 42_513_408,
      tied: false,
      layers: 42,
    },
  },
];
