import type { PlaceSet } from "../../checkpoint/place-set.ts";
import type { Outlier } from "../siblings/outliers.ts";

export interface StructureData {
  /** `siblings` is the same place in those that are as they usually are. */
  "sibling.odd": Pick<Outlier, "list" | "usualCount" | "difference"> & { readonly siblings: PlaceSet };
  /** How many other layers have the bias. */
  "bias.uneven": { readonly others: number };
  /** What is there and worth nothing without it. */
  "companion.missing": { readonly beside: string };
  /** The matrix that is not there, and the module of both. */
  "adapter.unpaired": { readonly lacking: PlaceSet; readonly leaf: string; readonly module: PlaceSet };
  "adapter.ranks": { readonly rank: number; readonly other: number };
  "adapter.declared-rank": { readonly rank: number; readonly declared: number };
  /** DoRA scales what it adds by a magnitude: one of the two is not there. */
  "adapter.magnitude": { readonly lacks: "magnitude" | "pair" };
  /** How many modules have an alpha where this one has none. */
  "adapter.alphas": { readonly others: number };
  "adapter.namings": { readonly naming: string; readonly usual: string };
}
