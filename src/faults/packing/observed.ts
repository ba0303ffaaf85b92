import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { FoldedWeights } from "../../quantization/folded-weights.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import type { Observation, ObservationCode } from "../../quantization/observation.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import type { Observed } from "./data.ts";
import { missingName, weightsAt } from "./places.ts";
import { findStackedScales, type StackedScales } from "./stacked-scales.ts";

/** Which fault an observation is. */
const KINDS = {
  MISSING_SCALE: "scale.missing",
  MISSING_GLOBAL_SCALE: "scale.global-missing",
  MISSING_AUXILIARY: "auxiliary.missing",
  MISSING_ZERO_POINT: "zero-point.missing",
  ORPHAN_SCALE: "scale.orphan",
  SCALE_SHAPE_MISMATCH: "scale.shape",
  ZERO_POINT_SHAPE_MISMATCH: "zero-point.shape",
  SCALE_DTYPE_UNEXPECTED: "scale.dtype",
  AMBIGUOUS_BITS: "bits.ambiguous",
  SHAPE_NOT_IN_HEADER: "shape.unstated",
  RAGGED_BLOCKS: "scale.ragged",
  PER_HEAD_BLOCKS: "scale.per-head",
  PADDED_SCALES: "scale.padded",
  OLD_PACKING: "packing.old",
} as const satisfies Record<ObservationCode, string>;

/** What reading saw at each weight, and at what lies loose beside weights. */
export function findObserved({ modules }: Scene): Fault[] {
  const stacked = findStackedScales(modules);
  const told = new Set(stacked.values());
  return [
    ...modules.flatMap((group) => observedOf(group, stacked.get(group))),
    ...[...told].map(({ at, of, tensors }) => fault("scale.stacked", at, { of, tensors })),
  ];
}

/** Each scale that is lost or left over, but for those that are together in another place. */
function observedOf(group: FoldedWeights, stacked: StackedScales | undefined): Fault[] {
  const isElsewhere = ({ code, tensor }: Observation) =>
    stacked !== undefined &&
    (code === "MISSING_SCALE" || (code === "ORPHAN_SCALE" && stacked.tensors.includes(tensor ?? "")));
  return [
    ...group.weights.flatMap((weight) =>
      weight.findings.filter((seen) => !isElsewhere(seen)).map((seen) => ofWeight(group, weight, seen)),
    ),
    ...group.findings.filter((seen) => !isElsewhere(seen)).map((seen) => ofLoose(group, seen)),
  ];
}

function ofWeight(group: FoldedWeights, weight: Weight, seen: Observation): Fault {
  const stored = weight.tensors.find((part) => part.suffix === seen.suffix)?.tensor.name;
  const name = stored ?? missingName(weight, seen.suffix);
  return toFault(group, name, seen, weightsAt(group, weight));
}

function ofLoose(group: FoldedWeights, seen: Observation): Fault {
  const name = seen.tensor ?? seen.suffix;
  return toFault(group, name, seen, PlaceSet.modules([group.segments], group.count));
}

function toFault(group: FoldedWeights, name: string, seen: Observation, of: PlaceSet): Fault {
  const { code, suffix, wanted, stored } = seen;
  const data: Observed = { of, suffix, wanted, stored };
  return fault(KINDS[code], PlaceSet.tensors(group.segments, name, group.count), data);
}
