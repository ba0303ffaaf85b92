import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { Declaration } from "../../quantization/declaration.ts";
import type { DeclarationLookup } from "../../quantization/declared.ts";
import { classOf, splitByState } from "../../quantization/declared-split.ts";
import { type FoldedWeights, isQuantized } from "../../quantization/folded-weights.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import { placeOf } from "../../quantization/surroundings.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { missingName, weightsAt } from "./places.ts";

const INPUT_SCALE =
  /^(?:input_scale|input_global_scale|activation_scale|qscale_act|scale_input|act_scales|act_global_scale)$/;

interface OwnWeight {
  readonly group: FoldedWeights;
  readonly weight: Weight;
}

interface Peers {
  having: number;
  suffix: string;
  readonly lacking: OwnWeight[];
}

/** Activation scales that some modules of a place have and others lack, or that were promised and are not there. */
export function findInputScaleGaps({ quantization, modules }: Scene): Fault[] {
  const quantized = modules.flatMap((group) =>
    group.weights.filter(isQuantized).map((weight): OwnWeight => ({ group, weight })),
  );
  const places = gatherPeers(quantized);
  const [lookup] = quantization.declarations;
  const isAnywhere = places.some(({ having }) => having > 0);
  // What its like have is told as theirs.
  const alone = places.filter(({ having }) => having === 0).flatMap(({ lacking }) => lacking);
  const promised = lookup !== undefined && promises(lookup.declaration) ? declaredScales(lookup, alone) : [];
  return [
    ...places.filter(({ having }) => having > 0).flatMap(unevenFaults),
    ...(isAnywhere ? lackingFaults(promised, places) : promisedFaults(promised)),
    ...(lookup === undefined ? [] : unwantedFaults(lookup, quantized)),
  ];
}

/** Weights of one place and scheme: those that have an input scale, and those that do not. */
function gatherPeers(quantized: readonly OwnWeight[]): Peers[] {
  const places = new Map<string, Peers>();
  for (const { group, weight } of quantized) {
    const key = `${placeOf(group.example)} ${weight.parameter} ${weight.scheme}`;
    const peers = places.get(key) ?? { having: 0, suffix: "input_scale", lacking: [] };
    const scale = inputScale(weight);
    if (scale === undefined) peers.lacking.push({ group, weight });
    else {
      peers.having += group.count;
      peers.suffix = scale;
    }
    places.set(key, peers);
  }
  return [...places.values()];
}

function inputScale(weight: Weight): string | undefined {
  return weight.tensors.find((part) => INPUT_SCALE.test(part.suffix))?.suffix;
}

function unevenFaults({ having, suffix, lacking }: Peers): Fault[] {
  return lacking.map(({ group, weight }) => {
    const at = PlaceSet.tensors(group.segments, missingName(weight, suffix), group.count);
    return fault("input-scale.uneven", at, { of: weightsAt(group, weight), suffix, having });
  });
}

/** Whether any entry of the declaration stores scales of inputs: most do not, and then no name is looked up. */
function promises({ weight, overrides }: Declaration): boolean {
  const hasScale = (each: Declaration["weight"] | "plain") =>
    each !== null && each !== "plain" && each.activations !== null && each.activations !== "plain"
      ? each.activations.hasScale
      : false;
  return hasScale(weight) || overrides.some((override) => hasScale(override.weight));
}

interface Promised extends OwnWeight {
  readonly segments: FoldedWeights["segments"];
  readonly count: number;
}

/** Those of the weights for which a scale of inputs is declared. A table is looked up in, and has no inputs to scale. */
function declaredScales(lookup: DeclarationLookup, weights: readonly OwnWeight[]): Promised[] {
  return weights.flatMap(({ group, weight }) => {
    if (classOf(group.example, weight) === "Embedding") return [];
    return splitByState(lookup, group, weight).flatMap(({ says, segments, count }) => {
      const inputs = says.state === "quantized" ? says.weight.activations : null;
      const isStored = inputs !== null && inputs !== "plain" && inputs.hasScale;
      return isStored ? [{ group, weight, segments, count }] : [];
    });
  });
}

/** Others of the model have what is declared for these too. */
function lackingFaults(promised: readonly Promised[], places: readonly Peers[]): Fault[] {
  const having = places.reduce((sum, each) => sum + each.having, 0);
  const suffix = places.find((each) => each.having > 0)?.suffix ?? "input_scale";
  return promised.map(({ weight, segments, count }) => {
    const of = PlaceSet.tensors(segments, weight.parameter === "" ? null : weight.parameter, count);
    const at = PlaceSet.tensors(segments, missingName(weight, suffix), count);
    return fault("input-scale.lacking", at, { of, suffix, having });
  });
}

/** Told at the first module, for all of them. */
function promisedFaults(promised: readonly Promised[]): Fault[] {
  const [first] = promised;
  if (first === undefined) return [];
  const count = promised.reduce((sum, each) => sum + each.count, 0);
  const at = PlaceSet.tensors(first.segments, missingName(first.weight, "input_scale"), count);
  const all = promised.map((each) =>
    PlaceSet.tensors(each.segments, missingName(each.weight, "input_scale"), each.count),
  );
  return [fault("input-scale.promised", at, { of: weightsAt(first.group, first.weight), all })];
}

/** Dialects that say outright that inputs stay as they are. quanto stores scales of 1 all the same. */
const OUTRIGHT: ReadonlySet<string> = new Set(["compressed-tensors", "modelopt", "quark", "auto-round"]);

/** Scales of inputs that by the declaration nobody scales: loaders of such layers have no place for them. */
function unwantedFaults(lookup: DeclarationLookup, quantized: readonly OwnWeight[]): Fault[] {
  const { declaration } = lookup;
  if (!OUTRIGHT.has(declaration.method) || !leavesInputs(declaration)) return [];
  const unwanted = quantized.flatMap(({ group, weight }) => {
    const suffix = inputScale(weight);
    if (suffix === undefined) return [];
    const shares = splitByState(lookup, group, weight).filter(
      ({ says }) => says.state === "quantized" && says.weight.activations === "plain",
    );
    return shares.map(({ segments, count }) => ({ parts: segments, count, suffix }));
  });
  const [first] = unwanted;
  if (first === undefined) return [];
  const at = PlaceSet.modules(
    unwanted.map(({ parts: segments }) => segments),
    unwanted.reduce((sum, { count }) => sum + count, 0),
  );
  return [fault("input-scale.unwanted", at, { suffix: first.suffix })];
}

function leavesInputs({ weight, overrides }: Declaration): boolean {
  return (
    weight?.activations === "plain" ||
    overrides.some((override) => override.weight !== "plain" && override.weight.activations === "plain")
  );
}
