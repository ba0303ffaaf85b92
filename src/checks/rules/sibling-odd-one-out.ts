import type { Place } from "../../architecture/places.ts";
import type { Claims } from "../../checkpoint/claims.ts";
import type { PatternPart } from "../../checkpoint/repeats.ts";
import { formatQuantity } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import type { Quantization } from "../../quantization/quantization.ts";
import { defineCheck, type Seen, type Severity } from "../check.ts";
import { firstNames, placesOf } from "../places.ts";
import { type Deviant, findDeviants } from "../siblings.ts";
import page from "./sibling-odd-one-out.md";

interface Odd extends Seen {
  readonly deviant: Deviant;
}

/** Projections that are run together: a layer without one of them cannot be run, wherever it stands. */
const BLOCK_PART = /(?:^|\.)(?:[qkvo]_proj|(?:gate|up|down)_proj|w[123]|qkv_proj|gate_up_proj)(?:\.[^.]+)?$/;

/** Layers of one run, and experts of one layer, carry the same tensors; the odd one out and what it lacks is named. */
export const siblingOddOneOut = defineCheck<Odd>({
  id: "sibling-odd-one-out",
  family: "structure",
  severity: "error",
  title: "A layer or expert is not like its siblings",
  needs: ["whole"],
  find: ({ component, claims, model, quantization }) => {
    const isPrediction = predictionLayers(model.places);
    return findDeviants(component)
      .filter(({ list, parts }) => list === "experts" || !isPrediction(parts))
      .map((deviant) => {
        const { difference, parts, count } = deviant;
        const places = placesOf([parts], count, difference.path);
        const { usual, found } = difference;
        const isMeant = isMeantPlain(quantization, places.modules[0] ?? "");
        const severity = difference.about === "scheme" && isMeant ? "warning" : severityOf(deviant, claims);
        return { ...places, severity, expected: usual, found, deviant };
      });
  },
  message: ({ where, deviant }) => `${quoteForMessage(where ?? "")} ${tell(deviant)}`,
  fix: "Export the deviant again; if it is meant to differ, ignore this finding with the reason.",
  page,
});

/** Layers of multi-token prediction stand behind the others of a list, and have more than those by design. */
function predictionLayers(places: readonly Place[]): (parts: readonly PatternPart[]) => boolean {
  const names = new Set(
    places
      .filter(({ scope, stack }) => scope === "mtp" && stack !== null)
      .flatMap(({ stack, layers }) => (layers ?? []).map((layer) => `${stack}.${layer}`)),
  );
  return (parts) => firstNames(parts).every((name) => names.has(name));
}

/** Whether the configuration leaves a module out of the quantization on purpose. */
function isMeantPlain({ declarations }: Quantization, module: string): boolean {
  const [lookup] = declarations;
  return lookup !== undefined && lookup.lookup(module).state !== "quantized";
}

/** Designs put an odd layer first or last; inside a run a lack is damage, and something extra is odd. */
function severityOf({ list, difference, isFirst, isLast }: Deviant, claims: Claims): Severity {
  // Architectures found by search (Nemotron NAS) say layer by layer what each is made of.
  if (list === "layers" && claims.states("block_configs")) return "info";
  if (difference.about === "dtype") return "warning";
  if (difference.state === "lacks" && BLOCK_PART.test(difference.path)) return "error";
  if (list === "layers" && (isFirst || isLast)) return "info";
  return difference.state === "adds" ? "warning" : "error";
}

function tell({ difference, usualCount, list }: Deviant): string {
  const others = formatQuantity(usualCount, list === "layers" ? "other layer" : "other expert");
  switch (difference.state) {
    case "lacks":
      return `is not stored; ${others} of the list ${usualCount === 1 ? "has" : "have"} it`;
    case "adds":
      return `is stored only here; ${others} of the list ${usualCount === 1 ? "does" : "do"} without`;
    case "differs":
      return `is ${difference.found}; in ${others} of the list it is ${difference.usual}`;
  }
}
