import { claimedTraits } from "../../architecture/families/detect.ts";
import { hasBox, hasRole, hasStack } from "../../architecture/families/family.ts";
import type { Naming } from "../../architecture/families/traits.ts";
import { isSideScope } from "../../architecture/roles.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Comparing } from "./comparing.ts";

/** A way to name the tensors of a layer. */
interface LayerNames {
  readonly title: string;
  readonly matches: (tensorRoles: readonly TensorRole[]) => boolean;
}

/**
 * Namings that no loader takes for one another. Within one of them families differ by what their layers hold, which other
 * comparisons tell; a family without a naming is not compared.
 */
const NAMINGS: Readonly<Record<Naming, LayerNames>> = {
  llama: {
    title: "layers with self_attn, as Llama has them",
    matches: (tensorRoles) => hasStack(tensorRoles, "layers") && hasBox(tensorRoles, "self_attn"),
  },
  "gpt-neox": {
    title: "gpt_neox.layers, as GPT-NeoX has them",
    matches: (tensorRoles) => hasStack(tensorRoles, "gpt_neox.layers"),
  },
  bloom: {
    title: "h with self_attention, as BLOOM and Falcon have them",
    matches: (tensorRoles) => hasStack(tensorRoles, "h") && hasBox(tensorRoles, "self_attention"),
  },
  gpt2: {
    title: "h with attn, as GPT-2 has them",
    matches: (tensorRoles) => hasStack(tensorRoles, "h") && hasBox(tensorRoles, "attn"),
  },
  bert: {
    title: "encoder.layer, as BERT has them",
    matches: (tensorRoles) => hasStack(tensorRoles, "encoder.layer") && hasBox(tensorRoles, "attention"),
  },
  mamba: {
    title: "layers with a mixer, as Mamba has them",
    matches: (tensorRoles) =>
      hasStack(tensorRoles, "layers") && hasBox(tensorRoles, "mixer") && hasRole(tensorRoles, "ssm.a"),
  },
  t5: {
    title: "blocks with SelfAttention, as T5 has them",
    matches: (tensorRoles) => hasBox(tensorRoles, "SelfAttention"),
  },
  rwkv: {
    title: "layers with time mixing, as RWKV has them",
    matches: (tensorRoles) => hasRole(tensorRoles, "rwkv.time_mix"),
  },
};

/** Tensors are named the way that another model's code reads them. */
export function familyNames(c: Comparing): void {
  const { naming } = claimedTraits(c.claims);
  if (naming === undefined) return c.lack("arch.family", "its model_type is none whose names are known");
  const expected = NAMINGS[naming];
  const tensorRoles = c.model.tensorRoles.filter(({ scope }) => !isSideScope(scope));
  const stored = Object.values(NAMINGS).find(({ matches }) => matches(tensorRoles));
  if (stored === undefined) return c.lack("arch.family", "the names of its layers are of no known kind");
  c.agree("arch.family");
  if (expected.matches(tensorRoles)) return;
  c.report("arch.family", {
    expected: expected.title,
    modelType: c.claims.word("modelType")?.value,
    stored: stored.title,
    prefix: c.model.main?.prefix,
  });
}
