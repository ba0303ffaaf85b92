import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { FoldedWeights } from "../../quantization/folded-weights.ts";
import { placeOf } from "../../quantization/surroundings.ts";

/** Scales of all experts in one tensor, beside experts that are stored one by one. */
export interface StackedScales {
  /** Names of the stacked tensors: `gate_up_proj_scale_inv`. */
  readonly tensors: readonly string[];
  readonly at: PlaceSet;
  /** Where the weights are. */
  readonly of: PlaceSet;
}

const STACKED = /^(gate_up_proj|down_proj|w13|w2|up_proj|gate_proj)_(?:weight_)?scale(?:_inv)?$/;

/** The projections that a stacked tensor holds the scales of. */
const HELD: Readonly<Record<string, readonly string[]>> = {
  gate_up_proj: ["gate_proj", "up_proj"],
  down_proj: ["down_proj"],
  gate_proj: ["gate_proj"],
  up_proj: ["up_proj"],
  w13: ["w1", "w3"],
  w2: ["w2"],
};

/**
 * transformers splits experts when it saves, and leaves their scales stacked (`experts.0.gate_proj.weight` beside
 * `experts.gate_up_proj_scale_inv` [E, …]): nothing is lost, though no one else looks there. Keyed by the modules that
 * hold the stacks and the weights, so that neither is told as half of a pair.
 */
export function findStackedScales(
  modules: readonly FoldedWeights[],
): ReadonlyMap<FoldedWeights, StackedScales> {
  const found = new Map<FoldedWeights, StackedScales>();
  for (const holder of modules) {
    const stacks = holder.loose.filter(({ tensor }) => STACKED.test(tensor.name));
    if (stacks.length === 0 || holder.weights.length > 0) continue;
    const place = placeOf(holder.example);
    const weights = stacks.flatMap(({ tensor }) => {
      const names = HELD[STACKED.exec(tensor.name)?.[1] ?? ""] ?? [];
      const experts = tensor.shape[0] ?? 0;
      const own = names.map((name) => modules.filter((each) => isLacking(each, `${place}.#.${name}`)));
      const isWhole = own.every((each) => countOf(each) === holder.count * experts);
      return isWhole ? own.flat() : [];
    });
    if (weights.length === 0) continue;
    const names = stacks.map(({ tensor }) => tensor.name);
    const at = new PlaceSet(
      names.map((tensor) => ({ module: holder.segments, tensor })),
      holder.count * names.length,
    );
    const of = PlaceSet.modules(
      weights.map(({ segments }) => segments),
      countOf(weights),
    );
    const stacked = { tensors: names, at, of };
    for (const each of [holder, ...weights]) found.set(each, stacked);
  }
  return found;
}

function isLacking({ example, weights }: FoldedWeights, place: string): boolean {
  return (
    placeOf(example) === place &&
    weights.some(({ findings }) => findings.some(({ code }) => code === "MISSING_SCALE"))
  );
}

function countOf(groups: readonly FoldedWeights[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
