import type { Segment } from "./name-path.ts";
import type { Role } from "./roles.ts";

/** What one word of a name tells. Rows are tried in order, the module's own name before those around it. */
interface WordRow {
  readonly role: Role;
  readonly words: ReadonlySet<string>;
  readonly where: "layer" | "root" | "anywhere";
  /** Only for a tensor of one side, as norms and scales are. */
  readonly isVector?: true;
  /** Only below a name with one of these words. */
  readonly below?: ReadonlySet<string>;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const ATTENTION = words("attn att attention attentions selfattention");

/** Experts and what picks them are never guessed from words: how many parameters a token uses depends on it. */
const NEVER = words("expert experts moe router routers");
const GATES = words("gate wg");

/**
 * What single words say of a module that no table knows by its whole name: which part of the model it belongs to, and no
 * more. No geometry is read from these roles, as nothing tells which side of a matrix is which.
 */
const ROWS: readonly WordRow[] = [
  {
    role: "norm.other",
    where: "anywhere",
    words: words("norm norms layernorm ln rmsnorm batchnorm groupnorm bn normalization"),
  },
  {
    role: "attn.rel_bias",
    where: "layer",
    words: words("pos rel relative position positions seg segment embed embeddings emb"),
    below: ATTENTION,
  },
  {
    role: "conv",
    where: "anywhere",
    words: words("conv convs convolution convolutions depthwise pointwise lconv sconv"),
  },
  {
    role: "conv",
    where: "root",
    words: words("downsample upsample upsampler downsampler subsampling subsampler subsample aggregation"),
  },
  { role: "rec.other", where: "anywhere", words: words("lstm mlstm slstm gru rnn") },
  { role: "xattn.other", where: "layer", words: words("cross xattn crossattention") },
  { role: "attn.other", where: "anywhere", words: ATTENTION },
  {
    role: "mlp.other",
    where: "anywhere",
    words: words("ffn ffns ffw ff mlp feedforward forward intermediate fc"),
  },
  {
    role: "residual.scale",
    where: "layer",
    words: words("scale scales gamma lambda gain factor"),
    isVector: true,
  },
  {
    role: "head.classifier",
    where: "root",
    words: words("head heads logits logit predictions prediction pred classifier score loss ctc"),
  },
  { role: "embed.patch", where: "root", words: words("patch patches") },
  {
    role: "embed.other",
    where: "root",
    words: words(
      "embed embeds embedding embeddings embedder emb pos position positional cls mask masked segment feature prenet stem char",
    ),
  },
  {
    role: "projector",
    where: "root",
    words: words("proj projection projector connector adapter resampler merger"),
  },
];

/** The role that the words of a module's name tell, innermost name first within a row; `unknown` where none does. */
export function roleOfWords(segments: readonly Segment[], shape: readonly number[], inLayer: boolean): Role {
  const names = segments.map(({ name }) => wordsOf(name)).reverse();
  if (has(names, NEVER) || segments.some(({ name }) => GATES.has(name))) return "unknown";
  const fits = ({ where, isVector, below, words: own }: WordRow) =>
    (where === "anywhere" || (where === "layer") === inLayer) &&
    (isVector === undefined || shape.length <= 1) &&
    (below === undefined || has(names.slice(1), below)) &&
    has(names, own);
  return ROWS.find(fits)?.role ?? "unknown";
}

function has(names: readonly (readonly string[])[], some: ReadonlySet<string>): boolean {
  return names.some((each) => each.some((word) => some.has(word)));
}

/** `HashBucketEmbedder_0` → hash, bucket, embedder; `conv1d` → conv. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[_0-9]+d?(?![a-z])|[_0-9]+/)
    .filter((word) => word !== "");
}
