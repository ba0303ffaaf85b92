import type { Published } from "./published.ts";

/** A Mamba block with states of 16. */
export const mamba1 = (mixer: string, h: number, rank: number, inner: number) => `
  ${mixer}.in_proj.weight ${2 * inner},${h}
  ${mixer}.conv1d.weight ${inner},1,4
  ${mixer}.conv1d.bias ${inner}
  ${mixer}.x_proj.weight ${rank + 32},${inner}
  ${mixer}.dt_proj.weight ${inner},${rank}
  ${mixer}.dt_proj.bias ${inner}
  ${mixer}.A_log ${inner},16 F32
  ${mixer}.D ${inner} F32
  ${mixer}.out_proj.weight ${h},${inner}`;

export interface Mamba2Shape {
  readonly h: number;
  readonly inner: number;
  readonly heads: number;
  readonly groups: number;
  readonly state: number;
  readonly norm?: boolean;
}

/** A Mamba-2 block; `norm` is the gated norm before its output. */
export const mamba2 = (mixer: string, { h, inner, heads, groups, state, norm = true }: Mamba2Shape) => `
  ${mixer}.in_proj.weight ${2 * inner + 2 * groups * state + heads},${h}
  ${mixer}.conv1d.weight ${inner + 2 * groups * state},1,4
  ${mixer}.conv1d.bias ${inner + 2 * groups * state}
  ${mixer}.{A_log,D,dt_bias} ${heads}
  ${norm ? `${mixer}.norm.weight ${inner}` : ""}
  ${mixer}.out_proj.weight ${h},${inner}`;

/** Models of nothing but state-space layers. */
export const STATE_SPACE: readonly Published[] = [
  {
    title: "Mamba-2.8b",
    tensors: `
      backbone.embeddings.weight 50280,2560
      backbone.layers.{0-63}.norm.weight 2560
      ${mamba1("backbone.layers.{0-63}.mixer", 2560, 160, 5120)}
      backbone.norm_f.weight 2560`,
    config: {
      model_type: "mamba",
      hidden_size: 2560,
      num_hidden_layers: 64,
      state_size: 16,
      expand: 2,
      intermediate_size: 5120,
      time_step_rank: 160,
      conv_kernel: 4,
      vocab_size: 50280,
    },
    // State: 64 layers × 5,120 × (16 + 3) × 2 bytes
    expected: {
      total: 2_768_345_600,
      family: "mamba",
      kvBytesPerToken: 0,
      stateBytes: 12_451_840,
      tied: true,
      layers: 64,
    },
  },
  {
    title: "Mamba-Codestral-7B",
    tensors: `
      backbone.embeddings.weight 32768,4096
      backbone.layers.{0-63}.norm.weight 4096
      ${mamba2("backbone.layers.{0-63}.mixer", { h: 4096, inner: 8192, heads: 128, groups: 8, state: 128 })}
      backbone.norm_f.weight 4096
      lm_head.weight 32768,4096`,
    config: {
      model_type: "mamba2",
      hidden_size: 4096,
      num_hidden_layers: 64,
      state_size: 128,
      expand: 2,
      num_heads: 128,
      head_dim: 64,
      n_groups: 8,
      conv_kernel: 4,
      vocab_size: 32768,
    },
    // State: 64 layers × (8,192 × 128 + 10,240 × 3) × 2 bytes
    expected: {
      total: 7_285_403_648,
      family: "mamba2",
      kvBytesPerToken: 0,
      stateBytes: 138_149_888,
      tied: false,
      layers: 64,
    },
  },

  {
    title: "Mamba-130m",
    tensors: `
      backbone.embeddings.weight 50280,768
      backbone.layers.{0-23}.norm.weight 768
      ${mamba1("backbone.layers.{0-23}.mixer", 768, 48, 1536)}
      backbone.norm_f.weight 768`,
    config: {
      model_type: "mamba",
      hidden_size: 768,
      num_hidden_layers: 24,
      state_size: 16,
      expand: 2,
      intermediate_size: 1536,
      time_step_rank: 48,
      conv_kernel: 4,
      vocab_size: 50280,
    },
    // State: 24 layers × 1,536 channels × (16 + 3 positions of the convolution) × 2 bytes
    expected: {
      total: 129_135_360,
      tensors: 242,
      family: "mamba",
      kvBytesPerToken: 0,
      stateBytes: 1_400_832,
      tied: true,
      layers: 24,
    },
  },
];
