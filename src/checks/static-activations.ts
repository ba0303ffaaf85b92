import type { Component } from "../checkpoint/checkpoint.ts";
import { findDeclarations } from "../quantization/declared.ts";
import { quantizationOf } from "../quantization/quantization.ts";

/** The file that declares static activation scales where not one is stored; undefined where all is as declared. */
export function staticWithoutInputScales(component: Component): string | undefined {
  const declaration = findDeclarations(component)[0];
  if (declaration === undefined || !declaration.isStatic) return undefined;
  const quantization = quantizationOf(component);
  for (let kind = 0; kind < component.kinds.count; kind++) {
    if ((quantization.counts[kind] as number) === 0) continue;
    const { weights, loose } = quantization.module(kind);
    const parts = [...loose, ...weights.flatMap((weight) => weight.parts)];
    if (parts.some((part) => part.part === "activation")) return undefined;
  }
  return declaration.file;
}
