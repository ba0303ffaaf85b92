import type { Claims } from "../../checkpoint/claims.ts";
import type { LayerFacts } from "../layer-facts.ts";
import type { TensorRole } from "../tensor-roles.ts";
import type { Traits } from "./traits.ts";

/** What a family file may look at. */
export interface FamilyContext {
  readonly tensorRoles: readonly TensorRole[];
  readonly layers: readonly LayerFacts[];
  readonly claims: Claims;
  /** Whether all tensors are here. */
  readonly isComplete: boolean;
}

/** A family of models: how it is recognised, and in the columns of `Traits` what general rules cannot see of it. */
export interface Family extends Traits {
  readonly id: string;
  readonly title: string;
  /** `model_type` values that claim it, of the whole or of the text part. */
  readonly modelTypes: readonly string[];
  /** Types that are models of their own by another name, though built alike: what they are called. */
  readonly called?: Readonly<Record<string, string>>;
  /** What single ones of these types have beyond the row, or otherwise. */
  readonly traits?: ReadonlyMap<string, Traits>;
  /** Whether the names and shapes are those of the family. */
  readonly matches: (context: FamilyContext) => boolean;
  /** Facts in words, beyond what shapes tell. */
  readonly remarks?: (context: FamilyContext) => readonly string[];
}

/** Whether a module of this name stands in some layer, or at the root. */
export function hasLeaf(tensorRoles: readonly TensorRole[], leaf: string): boolean {
  return tensorRoles.some((tensorRole) => tensorRole.leaf === leaf);
}

export function hasBox(tensorRoles: readonly TensorRole[], box: string): boolean {
  return tensorRoles.some((tensorRole) => tensorRole.inner.includes(box));
}

/** Whether some layer list has this name, such as `transformer.h`. */
export function hasStack(tensorRoles: readonly TensorRole[], suffix: string): boolean {
  return tensorRoles.some(
    (tensorRole) => tensorRole.stack === suffix || tensorRole.stack?.endsWith(`.${suffix}`),
  );
}

export function hasRole(tensorRoles: readonly TensorRole[], role: TensorRole["role"]): boolean {
  return tensorRoles.some((tensorRole) => tensorRole.role === role);
}

/** Llama's names, which half of all families share: the config's word is needed to tell them apart. */
export function llamaNames({ tensorRoles }: FamilyContext): boolean {
  return (
    hasBox(tensorRoles, "self_attn") && hasLeaf(tensorRoles, "o_proj") && hasStack(tensorRoles, "layers")
  );
}
