import type { Place } from "./places.ts";

/** Where a layer normalises its residual stream, and how. */
export interface NormFacts {
  readonly placement: "pre" | "post" | "sandwich" | "one norm" | "none" | "unusual";
  /** LayerNorm has a bias, RMSNorm has none; Cohere's LayerNorm has none either, which headers cannot tell. */
  readonly kind: "RMSNorm" | "LayerNorm" | null;
  /** Norm modules of the residual stream in one layer. */
  readonly count: number;
}

/** Reads the placement from which norms a layer has: names alone mislead, as `post_attention_layernorm` is pre-FFN in most. */
export function readNorms(places: readonly Place[]): NormFacts {
  const norms = places.filter((place) => place.bucket === "norms");
  const weights = norms.filter((place) => place.part === "weight");
  const roles = new Set(norms.map((place) => place.role));
  const kind =
    weights.length === 0 ? null : norms.some((place) => place.part === "bias") ? "LayerNorm" : "RMSNorm";
  return { placement: placementOf(roles, weights.length), kind, count: weights.length };
}

function placementOf(roles: ReadonlySet<Place["role"]>, count: number): NormFacts["placement"] {
  if (count === 0) return "none";
  if (count === 1) return "one norm";
  const before = roles.has("norm.input");
  const after = roles.has("norm.post_ffn");
  if (before && after) return "sandwich";
  if (!before && roles.has("norm.post_attn")) return "post";
  return before && (roles.has("norm.post_attn") || roles.has("norm.pre_ffn")) ? "pre" : "unusual";
}
