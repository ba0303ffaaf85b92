import { modelOf } from "../architecture/model.ts";
import type { Place } from "../architecture/places.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { type ModuleGroup, narrowToLayer, tensorPath } from "../quantization/weight-groups.ts";

/** A role, and how many weights of a group have it. */
export interface RoleShare {
  readonly role: string;
  readonly count: number;
}

/** Answers which bucket (`attention`, `experts`, …) weights belong to, as architecture tells it. */
export class WeightRoles {
  private readonly places = new Map<string, Place[]>();

  constructor(component: Component) {
    const { names } = component.table;
    for (const place of modelOf(component).places) {
      const key = withoutNumbers(names.name(place.node));
      const known = this.places.get(key);
      if (known === undefined) this.places.set(key, [place]);
      else known.push(place);
    }
  }

  /** The role of a tensor by its full name. */
  roleOf(tensor: string): string {
    const places = this.places.get(withoutNumbers(tensor)) ?? [];
    const place = isOneRole(places) ? places[0] : places.find((each) => isInLayers(tensor, each));
    return place?.bucket ?? "unknown";
  }

  /** The roles of all weights of a group: a layer that predicts ahead may fold with those of the main stack. */
  sharesOf(group: ModuleGroup, parameter: string): RoleShare[] {
    const example = tensorPath(group.example, parameter);
    const layers = group.parts.find((part) => typeof part !== "string");
    const places = this.places.get(withoutNumbers(example)) ?? [];
    if (layers === undefined || typeof layers === "string" || isOneRole(places))
      return [{ role: this.roleOf(example), count: group.count }];
    const counts = new Map<string, number>();
    for (const layer of layers.members) {
      const one = narrowToLayer(group, layer);
      if (one === undefined) continue;
      const role = this.roleOf(tensorPath(one.example, parameter));
      counts.set(role, (counts.get(role) ?? 0) + one.count);
    }
    return [...counts].map(([role, count]) => ({ role, count }));
  }
}

function isOneRole(places: readonly Place[]): boolean {
  return places.every(({ bucket }) => bucket === places[0]?.bucket);
}

function isInLayers(tensor: string, { stack, layers }: Place): boolean {
  if (stack === null || layers === null || !tensor.startsWith(`${stack}.`)) return false;
  return layers.includes(Number.parseInt(tensor.slice(stack.length + 1), 10));
}

/** Layers, experts and other numbered siblings have one role, but for layers of another scope. */
function withoutNumbers(name: string): string {
  return name.replace(/\d+/g, "#");
}
