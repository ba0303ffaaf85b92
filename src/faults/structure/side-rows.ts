/** One side of a tensor: `conv2 1` is what the convolution `conv2` reads. */
export type SideOf = readonly [name: string, axis: 0 | 1 | 2];

/** Sides of the tensors of one module that are equal, whatever the model. */
export interface SideRow {
  /** Names that must be there for the row to ask. */
  readonly has: readonly string[];
  readonly lacks?: readonly string[];
  /** What the module itself is called, and what it is not. */
  readonly in?: RegExp;
  readonly notIn?: RegExp;
  /** Whether it is asked of what lies at the top of a checkpoint too, where names of all sorts stand together. */
  readonly atTop?: true;
  readonly equal: readonly {
    readonly of: SideOf;
    readonly is: SideOf;
    /** How many times as large the first may be too: a gate lies beside what it opens. */
    readonly times?: number;
  }[];
}

const is = (of: SideOf, other: SideOf, times?: number) => ({
  of,
  is: other,
  ...(times === undefined ? {} : { times }),
});

/** Two linears, the second of which reads what the first writes; with `times` the first may write a gate as well. */
const chain = (first: string, second: string, times?: number, more: Partial<SideRow> = {}): SideRow => ({
  has: [first, second],
  equal: [is([first, 0], [second, 1], times)],
  ...more,
});

/** The same where the second gives back as many as the first has read. */
const loop = (first: string, second: string, more: Partial<SideRow> = {}): SideRow => ({
  has: [first, second],
  equal: [is([first, 0], [second, 1]), is([second, 0], [first, 1])],
  ...more,
});

/** A residual block: two norms, each before a convolution, and a third convolution around them where widths differ. */
const residual = (norm1: string, conv1: string, norm2: string, conv2: string, shortcut: string): SideRow => ({
  has: [norm1, conv1, norm2, conv2],
  lacks: ["conv3", "running_mean"],
  notIn: /^stem$/,
  equal: [
    is([norm1, 0], [conv1, 1]),
    is([norm2, 0], [conv1, 0]),
    is([conv2, 1], [conv1, 0]),
    is([shortcut, 1], [conv1, 1]),
    is([shortcut, 0], [conv2, 0]),
  ],
});

/** Attention: keys and values read the same, and what it writes is as wide as its queries. */
const attention = (q: string, k: string, v: string, out: string): SideRow[] => [
  { has: [q, k, v, out], equal: [is([k, 1], [v, 1]), is([k, 0], [v, 0]), is([q, 0], [out, 1])] },
  { has: [q, k, v, out], in: /^(?:self_attn|self_attention)$/, equal: [is([q, 1], [k, 1])] },
];

/**
 * Sources: the blocks of diffusers and of the makers' own code (latent-diffusion, Wan, ESRGAN, Whisper, CLIP, T5). A name
 * stands for its `weight`, for that of a `conv` in it, for its `gamma`, or for itself.
 */
export const SIDES: readonly SideRow[] = [
  residual("norm1", "conv1", "norm2", "conv2", "conv_shortcut"),
  residual("norm1", "conv1", "norm2", "conv2", "nin_shortcut"),
  residual("in_layers.0", "in_layers.2", "out_layers.0", "out_layers.3", "skip_connection"),
  residual("residual.0", "residual.2", "residual.3", "residual.6", "shortcut"),
  // Blocks of ResNets: each norm is as wide as what it follows.
  ...["1", "2", "3"].map((n) => ({
    has: [`conv${n}`, `bn${n}`],
    atTop: true as const,
    equal: [is([`bn${n}`, 0], [`conv${n}`, 0])],
  })),
  ...[
    ["1", "2"],
    ["2", "3"],
  ].map(([one, next]) => ({
    has: [`conv${one}`, `bn${one}`, `conv${next}`, `bn${next}`],
    equal: [is([`conv${next}`, 1], [`conv${one}`, 0])],
  })),
  ...attention("to_q", "to_k", "to_v", "to_out.0"),
  ...attention("q_proj", "k_proj", "v_proj", "out_proj"),
  ...attention("query", "key", "value", "out"),
  chain("conv.0", "conv.2", undefined, { lacks: ["norm", "conv.1"] }),
  chain("conv.2", "conv.4", undefined, { lacks: ["norm", "conv.3"] }),
  chain("block1", "block2"),
  // Of an adapter for pictures, a block gives back what it has read.
  { has: ["block1", "block2"], lacks: ["block1.0", "conv1"], equal: [is(["block1", 1], ["block2", 0])] },
  // Positions are added to patches.
  {
    has: ["pos_embed", "patch_embed.proj"],
    atTop: true,
    equal: [is(["pos_embed", 2], ["patch_embed.proj", 0])],
  },
  chain("fc1", "fc2", 2),
  chain("linear1", "linear2", 2, { has: ["linear1", "linear2", "self_attn"] }),
  chain("ff.net.0.proj", "ff.net.2", 2),
  // Beside an attention it gives back what it has read.
  ...["attn", "attn1", "attention_blocks"].map((beside) => ({
    has: ["ff.net.0.proj", "ff.net.2", beside],
    equal: [is(["ff.net.2", 0], ["ff.net.0.proj", 1])],
  })),
  chain("mlp.0", "mlp.2", 2),
  loop("c_fc", "c_proj"),
  loop("wi", "wo"),
  loop("wi_0", "wo"),
  loop("wi_1", "wo"),
  loop("gate_proj", "down_proj"),
  loop("up_proj", "down_proj"),
  loop("w1", "w2", { in: /^feed_forward$/ }),
  loop("w3", "w2", { in: /^feed_forward$/ }),
];
