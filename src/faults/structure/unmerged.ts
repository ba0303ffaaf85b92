import { PatternJoiner } from "../../checkpoint/pattern-joiner.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import { readAdapterTensors } from "../../kinds/adapter/modules.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { isOfItsClass } from "../signature/find.ts";

/** Fewer pairs are names that only look like an adapter's. */
const MIN_PAIRS = 2;

/** Pairs of low-rank factors in a model that has its own weights: loaders of models leave them out. */
export function findUnmerged({ component }: Scene): Fault[] {
  if (adapterOf(component) !== null) return [];
  const tensors = readAdapterTensors(component);
  if (tensors === undefined) return [];
  const pairs = tensors.modules.filter(({ parts }) => parts.has("a") && parts.has("b"));
  if (pairs.length < MIN_PAIRS) return [];
  const joiner = new PatternJoiner();
  for (const { name } of pairs) joiner.add(name.split("."));
  const at = PlaceSet.modules(joiner.patterns(), pairs.length);
  // Some classes have low-rank factors of their own, and their own loaders.
  const first = pairs[0]?.parts.get("a");
  const name = first === undefined ? "" : component.table.name(first.row);
  if (isOfItsClass(component, PlaceSet.named(name))) return [];
  return [fault("adapter.unmerged", at, { pairs: pairs.length })];
}
