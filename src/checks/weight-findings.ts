import type { Component } from "../checkpoint/checkpoint.ts";
import type { ModuleGroup } from "../checkpoint/repeats.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import type { FindingCode, WeightFinding } from "../quantization/scheme.ts";
import { type Check, defineCheck, type Seen } from "./check.ts";
import { findModules, placesOf } from "./places.ts";

/** What pairing saw at the weights of modules that are alike. */
export interface PlacedFinding {
  readonly group: ModuleGroup;
  readonly finding: WeightFinding;
  /** Name of the weight in its module, "" for the module's own. */
  readonly parameter: string;
  readonly scheme: string | null;
}

const MADE = new WeakMap<Component, readonly PlacedFinding[]>();

/** All findings of packing, each once for all the modules of a kind at one place. */
export function weightFindings(component: Component): readonly PlacedFinding[] {
  let known = MADE.get(component);
  if (known === undefined) {
    known = gather(component);
    MADE.set(component, known);
  }
  return known;
}

function gather(component: Component): PlacedFinding[] {
  const quantization = quantizationOf(component);
  const has = (kind: number) => {
    const { weights, findings } = quantization.module(kind);
    return findings.length > 0 || weights.some((weight) => weight.findings.length > 0);
  };
  return findModules(component, has).flatMap((group) => {
    const { weights, findings } = quantization.module(group.kind);
    return [
      ...weights.flatMap((weight) =>
        weight.findings.map((finding) => ({
          group,
          finding,
          parameter: weight.parameter,
          scheme: weight.scheme,
        })),
      ),
      ...findings.map((finding) => ({ group, finding, parameter: "", scheme: null })),
    ];
  });
}

export interface WeightSeen extends Seen {
  readonly suffix: string;
  readonly scheme: string | null;
  readonly module: string;
}

/** A check of what packing found under these codes. */
export function fromPacking(
  codes: readonly FindingCode[],
  check: Omit<Check<WeightSeen>, "find" | "needs">,
): Check & { readonly codes: readonly string[] } {
  const defined = defineCheck<WeightSeen>({
    ...check,
    needs: ["whole"],
    find: ({ component }) =>
      weightFindings(component)
        .filter(({ finding }) => codes.includes(finding.code))
        .map(({ group, finding, parameter, scheme }) => {
          const places = placesOf(group.patterns, group.count, parameter);
          const { severity, suffix, expected, found } = finding;
          const module = places.where === "" ? "the root module" : (places.where as string);
          return { ...places, severity, expected, found, suffix, scheme, module };
        }),
  });
  return { ...defined, codes };
}
