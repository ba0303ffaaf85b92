import type { Component } from "../checkpoint/checkpoint.ts";
import { claimsOf } from "../checkpoint/claims.ts";
import { timmNameOf } from "../kinds/kind.ts";

/** What the configuration calls a model; null where there is none. */
export interface Declares {
  /** The class that it names, or timm's name of an architecture. */
  readonly architecture: string | null;
  readonly modelType: string | null;
}

export function declaresOf(component: Component): Declares | null {
  const { exists, architecture, modelType } = claimsOf(component);
  if (!exists) return null;
  return {
    architecture: architecture ?? timmNameOf(component) ?? null,
    modelType: modelType ?? null,
  };
}
