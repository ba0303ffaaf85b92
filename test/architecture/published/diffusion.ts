import type { Published } from "./published.ts";

const bothOf = (name: string, out: number, input: number) =>
  `${name}.weight ${out},${input}\n${name}.bias ${out}`;

const D = 3072;
const FLUX = (guidance: boolean) => `
  ${bothOf("x_embedder", D, 64)}
  ${bothOf("context_embedder", D, 4096)}
  ${bothOf("time_text_embed.timestep_embedder.linear_1", D, 256)}
  ${bothOf("time_text_embed.timestep_embedder.linear_2", D, D)}
  ${guidance ? `${bothOf("time_text_embed.guidance_embedder.linear_1", D, 256)}\n${bothOf("time_text_embed.guidance_embedder.linear_2", D, D)}` : ""}
  ${bothOf("time_text_embed.text_embedder.linear_1", D, 768)}
  ${bothOf("time_text_embed.text_embedder.linear_2", D, D)}
  ${bothOf("transformer_blocks.{0-18}.norm1.linear", 6 * D, D)}
  ${bothOf("transformer_blocks.{0-18}.norm1_context.linear", 6 * D, D)}
  ${bothOf("transformer_blocks.{0-18}.attn.to_{q,k,v}", D, D)}
  ${bothOf("transformer_blocks.{0-18}.attn.add_{q,k,v}_proj", D, D)}
  ${bothOf("transformer_blocks.{0-18}.attn.to_out.0", D, D)}
  ${bothOf("transformer_blocks.{0-18}.attn.to_add_out", D, D)}
  transformer_blocks.{0-18}.attn.norm_{q,k,added_q,added_k}.weight 128
  ${bothOf("transformer_blocks.{0-18}.{ff,ff_context}.net.0.proj", 4 * D, D)}
  ${bothOf("transformer_blocks.{0-18}.{ff,ff_context}.net.2", D, 4 * D)}
  ${bothOf("single_transformer_blocks.{0-37}.norm.linear", 3 * D, D)}
  ${bothOf("single_transformer_blocks.{0-37}.attn.to_{q,k,v}", D, D)}
  single_transformer_blocks.{0-37}.attn.norm_{q,k}.weight 128
  ${bothOf("single_transformer_blocks.{0-37}.proj_mlp", 4 * D, D)}
  ${bothOf("single_transformer_blocks.{0-37}.proj_out", D, 5 * D)}
  ${bothOf("norm_out.linear", 2 * D, D)}
  ${bothOf("proj_out", 64, D)}`;

const S = 1536;
const SD3 = `
  pos_embed.pos_embed 1,36864,${S}
  pos_embed.proj.weight ${S},16,2,2
  pos_embed.proj.bias ${S}
  ${bothOf("context_embedder", S, 4096)}
  ${bothOf("time_text_embed.timestep_embedder.linear_1", S, 256)}
  ${bothOf("time_text_embed.timestep_embedder.linear_2", S, S)}
  ${bothOf("time_text_embed.text_embedder.linear_1", S, 2048)}
  ${bothOf("time_text_embed.text_embedder.linear_2", S, S)}
  ${bothOf("transformer_blocks.{0-23}.norm1.linear", 6 * S, S)}
  ${bothOf("transformer_blocks.{0-22}.norm1_context.linear", 6 * S, S)}
  ${bothOf("transformer_blocks.23.norm1_context.linear", 2 * S, S)}
  ${bothOf("transformer_blocks.{0-23}.attn.to_{q,k,v}", S, S)}
  ${bothOf("transformer_blocks.{0-23}.attn.add_{q,k,v}_proj", S, S)}
  ${bothOf("transformer_blocks.{0-23}.attn.to_out.0", S, S)}
  ${bothOf("transformer_blocks.{0-22}.attn.to_add_out", S, S)}
  ${bothOf("transformer_blocks.{0-23}.ff.net.0.proj", 4 * S, S)}
  ${bothOf("transformer_blocks.{0-23}.ff.net.2", S, 4 * S)}
  ${bothOf("transformer_blocks.{0-22}.ff_context.net.0.proj", 4 * S, S)}
  ${bothOf("transformer_blocks.{0-22}.ff_context.net.2", S, 4 * S)}
  ${bothOf("norm_out.linear", 2 * S, S)}
  ${bothOf("proj_out", 64, S)}`;

interface UnetShape {
  /** Channels of each level, transformer blocks in each attention of it, and width of what is attended to. */
  readonly channels: readonly number[];
  readonly depths: readonly number[];
  readonly context: number;
  readonly midDepth: number;
  /** SDXL projects into its transformers with linears, SD 1.5 with 1×1 convolutions. */
  readonly linearProjection: boolean;
  readonly addEmbedding: boolean;
}

/** The UNet of Stable Diffusion: down, through the middle, and up again with what was kept on the way. */
function unet({ channels, depths, context, midDepth, linearProjection, addEmbedding }: UnetShape): string {
  const [base] = channels as [number];
  const time = 4 * base;
  const conv = (name: string, out: number, input: number, size = 3) =>
    `${name}.weight ${out},${input},${size},${size}\n${name}.bias ${out}`;
  const resnet = (name: string, input: number, out: number) => `
    ${name}.norm1.{weight,bias} ${input}
    ${conv(`${name}.conv1`, out, input)}
    ${bothOf(`${name}.time_emb_proj`, out, time)}
    ${name}.norm2.{weight,bias} ${out}
    ${conv(`${name}.conv2`, out, out)}
    ${input === out ? "" : conv(`${name}.conv_shortcut`, out, input, 1)}`;
  const project = (name: string, width: number) =>
    linearProjection ? bothOf(name, width, width) : conv(name, width, width, 1);
  const transformer = (name: string, width: number, depth: number) => {
    if (depth === 0) return "";
    const block = `${name}.transformer_blocks.{0-${depth - 1}}`;
    return `
      ${name}.norm.{weight,bias} ${width}
      ${project(`${name}.proj_in`, width)}
      ${block}.norm{1,2,3}.{weight,bias} ${width}
      ${block}.attn1.to_{q,k,v}.weight ${width},${width}
      ${block}.attn2.to_q.weight ${width},${width}
      ${block}.attn2.to_{k,v}.weight ${width},${context}
      ${bothOf(`${block}.attn{1,2}.to_out.0`, width, width)}
      ${bothOf(`${block}.ff.net.0.proj`, 8 * width, width)}
      ${bothOf(`${block}.ff.net.2`, width, 4 * width)}
      ${project(`${name}.proj_out`, width)}`;
  };
  const lines = [
    conv("conv_in", base, 4),
    bothOf("time_embedding.linear_1", time, base),
    bothOf("time_embedding.linear_2", time, time),
    addEmbedding
      ? `${bothOf("add_embedding.linear_1", time, 2816)}\n${bothOf("add_embedding.linear_2", time, time)}`
      : "",
  ];
  const kept = [base];
  let width = base;
  for (const [level, out] of channels.entries()) {
    const box = `down_blocks.${level}`;
    for (let k = 0; k < 2; k++) {
      lines.push(
        resnet(`${box}.resnets.${k}`, width, out),
        transformer(`${box}.attentions.${k}`, out, depths[level] ?? 0),
      );
      width = out;
      kept.push(out);
    }
    if (level === channels.length - 1) continue;
    lines.push(conv(`${box}.downsamplers.0.conv`, out, out));
    kept.push(out);
  }
  lines.push(resnet("mid_block.resnets.0", width, width), resnet("mid_block.resnets.1", width, width));
  lines.push(transformer("mid_block.attentions.0", width, midDepth));
  for (const [level, out] of [...channels].reverse().entries()) {
    const box = `up_blocks.${level}`;
    for (let k = 0; k < 3; k++) {
      lines.push(resnet(`${box}.resnets.${k}`, width + (kept.pop() as number), out));
      lines.push(transformer(`${box}.attentions.${k}`, out, depths[channels.length - 1 - level] ?? 0));
      width = out;
    }
    if (level < channels.length - 1) lines.push(conv(`${box}.upsamplers.0.conv`, out, out));
  }
  lines.push(`conv_norm_out.{weight,bias} ${base}`, conv("conv_out", 4, base));
  return lines.join("\n");
}

/** Image generators of diffusers. */
export const DIFFUSION: readonly Published[] = [
  {
    title: "FLUX.1-dev",
    tensors: FLUX(true),
    config: {
      _class_name: "FluxTransformer2DModel",
      num_layers: 19,
      num_single_layers: 38,
      attention_head_dim: 128,
      num_attention_heads: 24,
    },
    expected: { total: 11_901_408_320, tensors: 1_160, family: "flux", attention: "MHA", layers: 19 },
  },
  {
    title: "Stable Diffusion 3 medium",
    tensors: SD3,
    config: {
      _class_name: "SD3Transformer2DModel",
      num_layers: 24,
      attention_head_dim: 64,
      num_attention_heads: 24,
    },
    expected: { total: 2_084_951_104, family: "sd3", attention: "MHA", layers: 24 },
  },
];

/** UNets have no one list of layers, so only their totals and roles are asked for. */
export const UNETS = [
  {
    title: "Stable Diffusion 1.5",
    tensors: unet({
      channels: [320, 640, 1280, 1280],
      depths: [1, 1, 1, 0],
      context: 768,
      midDepth: 1,
      linearProjection: false,
      addEmbedding: false,
    }),
    total: 859_520_964,
  },
  {
    title: "Stable Diffusion XL",
    tensors: unet({
      channels: [320, 640, 1280],
      depths: [0, 2, 10],
      context: 2048,
      midDepth: 10,
      linearProjection: true,
      addEmbedding: true,
    }),
    total: 2_567_463_684,
  },
] as const;
