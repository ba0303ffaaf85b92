import type { Segment } from "./name-path.ts";
import type { Role } from "./roles.ts";

/**
 * Names of image generators in the layouts of their publishers, by what a module is for; first match wins. Sources: the
 * UNet of Stability (`openaimodel.py`), the models of Black Forest Labs (`flux/modules/layers.py`) and SD 3 (`mmdit.py`).
 */
const ORIGINAL: readonly { readonly name: RegExp; readonly role: Role }[] = [
  { name: /^(?:in_layers|out_layers|emb_layers|skip_connection)$/, role: "diff.resnet" },
  { name: /^(?:op)$/, role: "diff.resample" },
  { name: /^(?:img_mod|txt_mod|modulation|adaLN_modulation)$/, role: "diff.mod" },
  { name: /^(?:time_embed|time_in|t_embedder)$/, role: "diff.time_embed" },
  { name: /^(?:label_emb|vector_in|guidance_in|y_embedder)$/, role: "diff.cond_embed" },
  { name: /^(?:img_in|txt_in|x_embedder|context_embedder|final_layer)$/, role: "diff.io" },
];

/** The role of a module under its original name; undefined leaves it to the rules for any model. */
export function classifyOriginal(segments: readonly Segment[]): Role | undefined {
  const names = segments.map(({ name }) => name);
  const row = ORIGINAL.find(({ name }) => names.some((each) => name.test(each)));
  if (row !== undefined) return row.role;
  // Steps up are convolutions without a box: `output_blocks.2.1.conv`.
  return names.includes("output_blocks") && names.at(-1) === "conv" ? "diff.resample" : undefined;
}
