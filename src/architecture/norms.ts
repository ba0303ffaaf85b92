import type { Claims } from "../checkpoint/claims.ts";
import type { TensorRole } from "./tensor-roles.ts";

/** Where a layer normalises its residual stream, and how. */
export interface NormFacts {
  readonly placement: "pre" | "post" | "sandwich" | "one norm" | "MLP only" | "none" | "unusual";
  /** LayerNorm has a bias, RMSNorm has none; a LayerNorm without one is known by the configuration's epsilon alone. */
  readonly kind: "RMSNorm" | "LayerNorm" | null;
  /** Norm modules of the residual stream in one layer. */
  readonly count: number;
}

/** Norms that are called alike before and after their block (BART, GPT-1, DistilBERT): the end of the stack tells. */
const EITHER_SIDE: ReadonlySet<string> = new Set([
  "self_attn_layer_norm",
  "sa_layer_norm",
  "output_layer_norm",
  "final_layer_norm",
]);

/**
 * Reads the placement from which norms a layer has: names alone mislead, as `post_attention_layernorm` is pre-FFN in most.
 * `hasFinalNorm`: a stack that normalises after its blocks needs no norm at its end, one that does before has it.
 */
export function readNorms(
  tensorRoles: readonly TensorRole[],
  claims: Claims,
  hasFinalNorm: boolean,
): NormFacts {
  const norms = tensorRoles.filter(
    (tensorRole) => tensorRole.bucket === "norms" && tensorRole.role !== "norm.other",
  );
  const weights = norms.filter((tensorRole) => tensorRole.part === "weight");
  const placement = placementOf(new Set(norms.map((tensorRole) => tensorRole.role)), weights.length);
  const isAfter = placement === "pre" && !hasFinalNorm && norms.every(({ leaf }) => isEitherSide(leaf));
  return {
    placement: isAfter ? "post" : placement,
    kind: kindOf(norms, weights, claims),
    count: weights.length,
  };
}

function isEitherSide(leaf: string): boolean {
  return EITHER_SIDE.has(leaf) || leaf === "encoder_attn_layer_norm";
}

function kindOf(
  norms: readonly TensorRole[],
  weights: readonly TensorRole[],
  claims: Claims,
): NormFacts["kind"] {
  if (weights.length === 0) return null;
  if (norms.some((tensorRole) => tensorRole.part === "bias")) return "LayerNorm";
  // Cohere and ModernBERT leave the bias away.
  const isLayerNorm = claims.number("layer_norm_eps") !== undefined;
  return isLayerNorm && claims.number("rms_norm_eps") === undefined ? "LayerNorm" : "RMSNorm";
}

function placementOf(roles: ReadonlySet<TensorRole["role"]>, count: number): NormFacts["placement"] {
  if (count === 0) return "none";
  if (count === 1) return roles.has("norm.pre_ffn") ? "MLP only" : "one norm";
  const before = roles.has("norm.input");
  const after = roles.has("norm.post_ffn");
  if (before && after) return "sandwich";
  if (!before && roles.has("norm.post_attn")) return "post";
  return before && (roles.has("norm.post_attn") || roles.has("norm.pre_ffn")) ? "pre" : "unusual";
}
