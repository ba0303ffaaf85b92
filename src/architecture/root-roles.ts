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
  // BERT's heads have modules below them, and a decoder bias of their own.
  if (names.includes("cls")) return "head.classifier";
  // ModernBERT's head is a block before its tied decoder, of which the bias is stored.
  if (names.length === 1 && last === "decoder") return "head.classifier";
  if (names[0] === "head" && (last === "dense" || last === "norm")) return "head.classifier";
  if (names.includes("pooler")) return "head.pooler";
  if (last === "LayerNorm") return "embed.norm";
  // An audio stem is two convolutions.
  if (last === "conv1" || last === "conv2") return "embed.patch";
  for (let at = names.length - 1; at >= 0; at--) {
    const name = names[at] as string;
    const role = ROOT_NAMES.get(name);
    // `embeddings` is a box where something stands below it, and a table where nothing does.
    if (role !== undefined && !(isBox(name) && at < names.length - 1)) return role;
  }
  return "unknown";
}

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
