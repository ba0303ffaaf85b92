import { BUFFER_NAMES, MTP_NAMES, ROOT_NAMES } from "./leaf-tables.ts";
import type { Segment } from "./name-path.ts";
import type { Role, Scope } from "./roles.ts";

/** The role of a module outside of all layers, `unknown` where its name says nothing. */
export function classifyAtRoot(segments: readonly Segment[], scope: Scope): Role {
  const names = segments.map((segment) => segment.name);
  const last = names[names.length - 1];
  if (scope === "mtp") {
    // ERNIE numbers what joins its modules: `mtp_linear_proj.0`.
    const role = names.map((name) => MTP_NAMES.get(name)).findLast((known) => known !== undefined);
    if (role !== undefined) return role;
  }
  if (/^hc_/.test(last ?? "")) return "hyper";
  // SigLIP pools its image tokens with an attention head called `head`.
  if (scope === "vision" && (names.includes("head") || names.includes("attn_pool"))) return "head.pooler";
  // VideoPrism too, beside a text model.
  if (names.at(-2) === "head" && ATTENTION_PROJECTION.test(last ?? "")) return "head.pooler";
  // BERT's heads have modules below them, and a decoder bias of their own.
  if (names.some((name) => HEAD_BOXES.has(name))) return "head.classifier";
  if (isHeadTransform(names)) return "head.classifier";
  if (names.length === 1 && last === "decoder") return "head.lm";
  // What tells where patches of bytes begin has a head of its own, which writes no words (BLT).
  if (names.includes("patcher") && last === "lm_head") return "embed.patch";
  // Beside `out_mid`, which feeds back what this says (Granite Speech).
  if (names.length === 1 && last === "out") return "head.classifier";
  if (names.includes("pooler")) return "head.pooler";
  if (last === "LayerNorm" || (last === "norm" && names.at(-2) === "embeddings")) return "embed.norm";
  // An audio stem is two convolutions; those of a ResNet's blocks stand in numbered lists.
  if ((last === "conv1" || last === "conv2") && segments.every(({ members }) => members === null))
    return "embed.patch";
  if (names.some((name) => CODEBOOKS.test(name))) return "embed.other";
  // What stands below a head may be called as anything else is (T5Gemma: lm_head.out_proj).
  if (names.at(-2) === "lm_head" && last === "out_proj") return "head.lm";
  for (let at = names.length - 1; at >= 0; at--) {
    const name = names[at] as string;
    const role = ROOT_NAMES.get(name);
    // `embeddings` is a box where something stands below it, and a table where nothing does.
    if (role !== undefined && !(isBox(name) && at < names.length - 1)) return role;
  }
  return "unknown";
}

const ATTENTION_PROJECTION = /^(?:[qkvo]|out|in|qkv)_proj$/;

/** Tables of what a picture or a sound is cut into: no word has a row there. */
const CODEBOOKS = /^(?:quantizer?s?|codebooks?|\w*vector_quantizer|vq)$/;

const HEAD_BOXES: ReadonlySet<string> = new Set(["cls", "lm_predictions", "mask_predictions"]);

/** The layers before a masked-language-model head (RoBERTa, ModernBERT, Ultrabert): no word has a row in it. */
function isHeadTransform(names: readonly string[]): boolean {
  const box = names.at(-2);
  return (box === "lm_head" || box === "head") && HEAD_TRANSFORMS.has(names.at(-1) as string);
}

const HEAD_TRANSFORMS: ReadonlySet<string> = new Set(["dense", "norm", "layer_norm", "linear1", "linear2"]);

function isBox(name: string): boolean {
  return name === "embeddings" || name === "output" || name === "embed";
}

/** Which kind of buffer a tensor is that has been told to be one: by one of its last two names. */
export function bufferRole(segments: readonly Segment[]): Role {
  const names = segments.slice(-2).map((segment) => segment.name);
  const known = names.map((name) => BUFFER_NAMES.get(name)).find((role) => role !== undefined);
  if (known !== undefined) return known;
  return names[1] === "bias" ? "buffer.mask" : "buffer.index";
}
