import { type Model, modelOf } from "../../architecture/model.ts";
import type { Component } from "../../checkpoint/checkpoint.ts";
import { type Claims, claimsOf } from "../../checkpoint/claims.ts";
import { member } from "../../checkpoint/config.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import { LEAVES } from "../../kinds/adapter/leaves.ts";
import type { Quantization } from "../../quantization/quantization.ts";
import { type Fault, fault, type Severity } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { isOfItsClass } from "../signature/find.ts";
import type { ModuleDifference } from "./module-differences.ts";
import { findOutliers, type Outlier } from "./outliers.ts";

/** Layers of one run, and experts of one layer, carry the same tensors: the odd ones out, and what they lack. */
export function findOddSiblings({ component, quantization }: Scene): Fault[] {
  const claims = claimsOf(component);
  return oddSiblingsOf(component).map((outlier) => {
    const { difference, segments, usualSegments, count, list, usualCount } = outlier;
    const at = PlaceSet.tensors([...segments, ...difference.path], difference.tensor, count);
    const siblings = PlaceSet.tensors([...usualSegments, ...difference.path], difference.tensor);
    const severity =
      difference.about === "scheme" && isMeantPlain(quantization, at)
        ? "warning"
        : severityOf(outlier, claims, isOfTimm(component));
    return fault("sibling.odd", at, { list, usualCount, siblings, difference }, severity);
  });
}

/**
 * The odd ones out with all that sets them apart, what is a fault of packing included: whoever shows siblings shows
 * these. Of a component that is not whole nothing is odd, as what a layer lacks may be elsewhere.
 */
export function oddSiblingsOf(component: Component): readonly Outlier[] {
  return component.isComplete ? component.analyses.get(withoutPrediction) : [];
}

/** What a class says of its tensors; how they are packed it does not. */
const OF_THE_MODEL: ReadonlySet<ModuleDifference["about"]> = new Set(["weight", "bias", "shape"]);

function withoutPrediction(component: Component): Outlier[] {
  return findOutliers(component).filter(
    ({ list, segments, difference, count }) =>
      (list === "experts" || !isPrediction(modelOf(component), PlaceSet.modules([segments]))) &&
      !isOfRank(component, difference) &&
      !isOfWindow(difference) &&
      !(
        OF_THE_MODEL.has(difference.about) &&
        isOfItsClass(component, PlaceSet.tensors([...segments, ...difference.path], difference.tensor, count))
      ),
  );
}

/** Ranks of an adapter may differ from layer to layer: whether they are as declared is judged as such. */
function isOfRank(component: Component, { about, path, tensor, usual, found }: ModuleDifference): boolean {
  if (about !== "shape" || usual === null || found === null || adapterOf(component) === null) return false;
  const leaf = [tensor, path.at(-1)]
    .map((name) => (typeof name === "string" ? LEAVES.get(name) : undefined))
    .find((row) => row?.rank !== undefined);
  const [one = [], other = []] = [usual, found].map((shape) => shape.match(/\d+/g) ?? []);
  const axes = one.flatMap((size, axis) => (size === other[axis] ? [] : [axis]));
  return leaf?.rank !== undefined && axes.length === 1 && (leaf.rank < 0 || axes[0] === leaf.rank);
}

/** Tables of relative positions are as long as what a layer looks at: a window in most, the whole picture in some. */
function isOfWindow({ about, tensor }: ModuleDifference): boolean {
  return (
    about === "shape" && tensor !== null && /^(?:rel_pos_[hwt]|relative_position_bias_table)$/.test(tensor)
  );
}

/** Layers of multi-token prediction stand behind the others of a list, and have more than those by design. */
function isPrediction(model: Model, layers: PlaceSet): boolean {
  const prediction = model.tensorRoles
    .filter(({ scope, stack }) => scope === "mtp" && stack !== null)
    .flatMap(({ stack, layers: own }) =>
      stack === null ? [] : [{ stack: stack.split("."), own: own ?? [] }],
    )
    .map(({ stack, own }) => [...stack, { prefix: "", members: own }]);
  return PlaceSet.modules(prediction).covers(layers);
}

/** Whether the configuration leaves a module out of the quantization on purpose. */
function isMeantPlain({ declarations }: Quantization, at: PlaceSet): boolean {
  const [lookup] = declarations;
  const [first = ""] = at.names(1);
  return lookup !== undefined && lookup.lookup(first).state !== "quantized";
}

/** Projections that are run together: a layer without one of them cannot be run, wherever it stands. */
const BLOCK_PART = /^(?:[qkvo]_proj|(?:gate|up|down)_proj|w[123]|qkv_proj|gate_up_proj)$/;

/** Whether a difference is about such a projection, or a tensor of it. */
function isOfBlock({ path, tensor }: ModuleDifference): boolean {
  const names = [...path, ...(tensor === null ? [] : [tensor])];
  return names.slice(-2).some((name) => typeof name === "string" && BLOCK_PART.test(name));
}

function isOfTimm({ configs }: Component): boolean {
  return member(configs.get("config.json"), "pretrained_cfg") !== undefined;
}

/** Siblings that agree before the one that does not is damage. */
const MIN_USUAL = 3;

/** Designs put an odd layer first or last; inside a run a lack is damage, and something extra is odd. */
function severityOf(
  { list, difference, isFirst, isLast, usualCount }: Outlier,
  claims: Claims,
  isTimm: boolean,
): Severity {
  // Architectures found by search (Nemotron NAS) say layer by layer what each is made of.
  if (list === "layers" && claims.states("block_configs")) return "info";
  if (difference.about === "dtype") return "warning";
  // timm builds models of all designs: blocks that take turns, one more module where a stage begins anew.
  const isThin = difference.state === "adds" || (difference.about === "shape" && usualCount < MIN_USUAL);
  if (list === "layers" && isThin && isTimm) return "info";
  if (difference.state === "lacks" && isOfBlock(difference)) return "error";
  if (list === "layers" && (isFirst || isLast)) return "info";
  return difference.state === "adds" ? "warning" : "error";
}
