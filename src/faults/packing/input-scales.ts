import { PlaceSet } from "../../checkpoint/place-set.ts";
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

/** Activation scales that some modules of a place have and others lack, or that were promised and are nowhere. */
export function findInputScaleGaps({ quantization, modules }: Scene): Fault[] {
  const quantized = modules.flatMap((group) =>
    group.weights.filter(isQuantized).map((weight): OwnWeight => ({ group, weight })),
  );
  const gaps = gatherPeers(quantized).filter(({ having }) => having > 0);
  const [first] = quantized;
  const isPromised = quantization.declarations[0]?.declaration.isStatic === true;
  if (gaps.length === 0 && isPromised && first !== undefined) return [promised(quantized, first)];
  return gaps.flatMap(({ having, suffix, lacking }) =>
    lacking.map(({ group, weight }) => {
      const at = PlaceSet.tensors(group.parts, missingName(weight, suffix), group.count);
      return fault("input-scale.uneven", at, { of: weightsAt(group, weight), suffix, having });
    }),
  );
}

/** Weights of one place and scheme: those that have an input scale, and those that do not. */
function gatherPeers(quantized: readonly OwnWeight[]): Peers[] {
  const places = new Map<string, Peers>();
  for (const { group, weight } of quantized) {
    const key = `${placeOf(group.example)} ${weight.parameter} ${weight.scheme}`;
    const peers = places.get(key) ?? { having: 0, suffix: "input_scale", lacking: [] };
    const scale = weight.tensors.find((part) => INPUT_SCALE.test(part.suffix));
    if (scale === undefined) peers.lacking.push({ group, weight });
    else {
      peers.having += group.count;
      peers.suffix = scale.suffix;
    }
    places.set(key, peers);
  }
  return [...places.values()];
}

/** Told at the first module, for all of them. */
function promised(quantized: readonly OwnWeight[], { group, weight }: OwnWeight): Fault {
  const count = quantized.reduce((sum, each) => sum + each.group.count, 0);
  const at = PlaceSet.tensors(group.parts, missingName(weight, "input_scale"), count);
  return fault("input-scale.promised", at, { of: weightsAt(group, weight) });
}
