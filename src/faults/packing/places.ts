import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { FoldedWeights } from "../../quantization/folded-weights.ts";
import type { Weight } from "../../quantization/module-weights.ts";

/** Where a weight of a group is: its modules, or the parameter where a module holds several. */
export function weightsAt({ segments, count }: FoldedWeights, { parameter }: Weight): PlaceSet {
  return PlaceSet.tensors(segments, parameter === "" ? null : parameter, count);
}

/** How the file would spell a missing tensor: as a sibling of a parameter, or as the suffix itself. */
export function missingName({ parameter, tensors: parts }: Weight, suffix: string): string {
  if (parameter === "") return suffix;
  const plain = suffix.replace(/^weight(?=\.)/, "");
  if (plain !== suffix) return `${parameter}${plain}`;
  // `gate_up_proj_scale` is the usual way; whoever writes `gate_up_proj_weight_scale_2` writes `weight_` everywhere.
  const isWhole = parts.some(({ tensor }) => tensor.name.startsWith(`${parameter}_weight_`));
  return `${parameter}_${isWhole ? suffix : suffix.replace(/^weight_/, "")}`;
}
