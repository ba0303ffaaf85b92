import { modelOf } from "../architecture/model.ts";
import type { Component } from "../checkpoint/checkpoint.ts";

/** The bucket of each weight (`attention`, `experts`, …) by the full name of its tensor, as architecture tells it. */
export function roleLookup(component: Component): (tensor: string) => string {
  const { names } = component.table;
  const roles = new Map<string, string>();
  for (const { node, bucket } of modelOf(component).places)
    roles.set(withoutNumbers(names.name(node)), bucket);
  return (tensor) => roles.get(withoutNumbers(tensor)) ?? "unknown";
}

/** Layers, experts and other numbered siblings have one role. */
function withoutNumbers(name: string): string {
  return name.replace(/\d+/g, "#");
}
