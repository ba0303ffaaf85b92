import type { Place } from "../../architecture/places.ts";
import type { Role } from "../../architecture/roles.ts";
import { formatCount } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { placesOf } from "../places.ts";
import { findDeviants } from "../siblings.ts";
import page from "./bias-uneven.md";

const PROJECTIONS: ReadonlySet<Role> = new Set(["attn.q", "attn.k", "attn.v", "attn.qkv"]);

/** Runs of layers that have lost the biases which layers of the same make have; single ones are told as odd ones out. */
export const biasUneven = defineCheck<Seen>({
  id: "bias-uneven",
  family: "structure",
  severity: "error",
  title: "Some layers have biases that others of the same make lack",
  needs: ["whole", "layers"],
  find: ({ component, model }) => {
    if (findDeviants(component).some(({ difference }) => difference.about === "bias")) return [];
    const attention = model.places.filter(({ role, scope }) => PROJECTIONS.has(role) && scope === "text");
    const biased = layersWithBias(attention);
    return attention.flatMap((place) => lacking(place, biased.get(projectionOf(place)) ?? new Set()));
  },
  message: ({ where, expected }) => `${quoteForMessage(where ?? "")} has no bias, though ${expected}`,
  fix: "Export the biases of these layers too.",
  page,
});

/** One projection of all layers. */
function projectionOf({ stack, inner }: Place): string {
  return `${stack} ${inner.join(".")}`;
}

function layersWithBias(places: readonly Place[]): ReadonlyMap<string, ReadonlySet<number>> {
  const biased = new Map<string, Set<number>>();
  for (const place of places.filter(({ part }) => part === "bias")) {
    const known = biased.get(projectionOf(place)) ?? new Set();
    for (const layer of place.layers ?? []) known.add(layer);
    biased.set(projectionOf(place), known);
  }
  return biased;
}

function lacking({ part, parts, layers, count }: Place, biased: ReadonlySet<number>): Seen[] {
  if ((part !== "weight" && part !== "packed") || layers === null || biased.size === 0) return [];
  const members = layers.filter((layer) => !biased.has(layer));
  if (members.length === 0) return [];
  const module = parts
    .slice(0, -1)
    .map((each) =>
      typeof each !== "string" && each.members.length === layers.length ? { ...each, members } : each,
    );
  const others =
    biased.size === 1 ? "1 other layer has one" : `${formatCount(biased.size)} other layers have one`;
  const places = placesOf([module], (count / layers.length) * members.length);
  return [{ ...places, expected: others, found: "none" }];
}
