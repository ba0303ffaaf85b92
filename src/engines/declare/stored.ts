import { modelOf } from "../../architecture/model.ts";
import type { Component } from "../../checkpoint/checkpoint.ts";
import { member } from "../../checkpoint/config.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { isQuantized } from "../../quantization/folded-weights.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import { type Linear, linearsOf } from "../linears.ts";
import type { EngineName } from "../names.ts";

/** A value of a configuration, as JSON. */
export type Declared = Readonly<Record<string, unknown>>;

/** Modules named in a skip list at most. */
export const MAX_SKIPPED = 100_000;

/** What is stored, for whom it is declared, and the weight whose settings most modules have. */
export interface Stored {
  readonly component: Component;
  readonly engine: EngineName;
  readonly packed: readonly Linear[];
  readonly first: Weight;
}

export type Build = (stored: Stored) => Declared;

/** What two weights have to have alike for one entry to describe both. */
export function settingsOf({ scheme, bits, group }: Weight): string {
  return `${scheme} ${bits} ${group}`;
}

/** Whether any of the packed modules has such a tensor. */
export function has({ packed }: Stored, suffix: string): boolean {
  return packed.some(({ weight }) => weight.tensors.some((each) => each.suffix === suffix));
}

/** Modules that are stored plain and could be taken for quantized ones, by their full names. */
export function skipped({ component }: Pick<Stored, "component">): string[] {
  const model = modelOf(component);
  const quantized = new Set(
    linearsOf(component)
      .filter(({ weight }) => isQuantized(weight))
      .map(({ tensorRole }) => tensorRole),
  );
  const names = model.tensorRoles.flatMap((tensorRole) => {
    const isLinear =
      tensorRole.part === "weight" &&
      tensorRole.shape.length === 2 &&
      !/^(?:embed|norm|buffer)/.test(tensorRole.role);
    if (!isLinear || quantized.has(tensorRole) || tensorRole.bucket === "norms") return [];
    const { owner, parameter } = model.weights.tensor(tensorRole.node);
    if (parameter !== "" || owner < 0) return [];
    const path = tensorRole.segments.slice(0, component.table.names.name(owner).split(".").length);
    const at = path.indexOf("experts");
    // Experts of a layer are one module in the engines.
    return PlaceSet.modules([at < 0 ? path : path.slice(0, at + 1)]).names(MAX_SKIPPED);
  });
  return [...new Set(names)];
}

/** What is declared now, for what no header tells. */
export function stated({ component }: Stored, key: string): unknown {
  const config = component.configs.get("config.json");
  return (
    member(member(config, "quantization_config"), key) ??
    member(component.configs.get("quantize_config.json"), key)
  );
}

/** Modules whose settings are not the usual ones, by their names. */
export function exceptions({ packed, first }: Stored): (readonly [name: string, weight: Weight])[] {
  return packed
    .filter(({ weight }) => settingsOf(weight) !== settingsOf(first))
    .flatMap(({ at, weight }) => at.names(MAX_SKIPPED).map((name) => [name, weight] as const));
}
