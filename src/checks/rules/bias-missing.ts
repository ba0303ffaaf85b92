import type { Place } from "../../architecture/places.ts";
import type { Role } from "../../architecture/roles.ts";
import type { Component } from "../../checkpoint/checkpoint.ts";
import { member } from "../../checkpoint/config.ts";
import { formatQuantity } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { placesOf } from "../places.ts";
import { findDeviants } from "../siblings.ts";
import page from "./bias-missing.md";

interface Lacking extends Seen {
  readonly reason: string;
}

/** Families whose code has biases at q, k and v whatever the configuration says. */
const ALWAYS: ReadonlySet<string> = new Set(["qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl"]);

/** Biases of attention that were lost in all layers at once. */
export const biasMissing = defineCheck<Lacking>({
  id: "bias-missing",
  family: "config",
  severity: "warning",
  title: "Biases that the model is to have are not stored",
  needs: ["whole", "config", "layers"],
  find: ({ component, model, config }) => {
    const queries = model.places.filter(
      ({ role, scope }) => (role === "attn.q" || role === "attn.qkv") && scope === "text",
    );
    if (queries.length === 0) return [];
    if (queries.some(({ part }) => part === "bias")) return partlyMissing(component, model.places);
    const type = member(config, "model_type");
    const isAlways = typeof type === "string" && ALWAYS.has(type);
    const claim = model.claims.flag("attention_bias", "qkv_bias", "use_qkv_bias");
    if (isAlways && claim?.value !== false)
      return [{ severity: "error", expected: "biases", found: "none", reason: `${type} models have one` }];
    if (claim?.value !== true) return [];
    return [
      { expected: `biases (${claim.key})`, found: "none", reason: `the configuration says ${claim.key}` },
    ];
  },
  message: ({ where, reason }) =>
    where
      ? `${quoteForMessage(where)} has no bias, though ${reason}`
      : `no query projection has a bias, though ${reason}`,
  fix: "Export the biases of the attention projections, or correct the configuration.",
  page,
});

const PROJECTIONS: ReadonlySet<Role> = new Set(["attn.q", "attn.k", "attn.v", "attn.qkv"]);

/** Runs of layers that have lost the biases which layers of the same make have; single ones are told as odd ones out. */
function partlyMissing(component: Component, places: readonly Place[]): Lacking[] {
  if (findDeviants(component).some(({ difference }) => difference.about === "bias")) return [];
  const withBias = new Map<string, Set<number>>();
  const attention = places.filter(({ role, scope }) => PROJECTIONS.has(role) && scope === "text");
  for (const { part, layers, stack, inner } of attention) {
    const key = `${stack} ${inner.join(".")}`;
    const known = withBias.get(key) ?? new Set();
    if (part === "bias") for (const layer of layers ?? []) known.add(layer);
    withBias.set(key, known);
  }
  return attention.flatMap(({ part, parts, layers, stack, inner, count }) => {
    const biased = withBias.get(`${stack} ${inner.join(".")}`);
    const isWeight = part === "weight" || part === "packed";
    if (!isWeight || layers === null || biased === undefined || biased.size === 0) return [];
    const lacking = layers.filter((layer) => !biased.has(layer));
    if (lacking.length === 0) return [];
    const reason = `${formatQuantity(biased.size, "other layer")} ${biased.size === 1 ? "has" : "have"} one`;
    const module = parts
      .slice(0, -1)
      .map((each) =>
        typeof each !== "string" && each.members.length === layers.length
          ? { ...each, members: lacking }
          : each,
      );
    const places = placesOf([module], (count / layers.length) * lacking.length);
    return [{ ...places, severity: "error" as const, expected: "a bias", found: "none", reason }];
  });
}
