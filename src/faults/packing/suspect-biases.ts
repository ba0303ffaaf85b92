import { claimsOf } from "../../checkpoint/claims.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { weightsAt } from "./places.ts";

/** Families whose linear layers have no bias unless their configuration says so. */
const WITHOUT_BIAS: ReadonlySet<string> = new Set(["llama", "mistral", "mixtral"]);

/** GPTQ writers add biases of zeros; they count as parameters and are none of the model's. */
export function findSuspectBiases({ component, modules }: Scene): Fault[] {
  const claims = claimsOf(component);
  const { modelType } = claims;
  if (modelType === undefined || !WITHOUT_BIAS.has(modelType)) return [];
  if (claims.flag("attention_bias")?.value === true || claims.flag("mlp_bias")?.value === true) return [];
  return modules.flatMap((group) =>
    group.weights.flatMap((weight) => {
      const bias = weight.scheme === "gptq" ? weight.tensors.find((part) => part.part === "bias") : undefined;
      if (bias === undefined) return [];
      const at = PlaceSet.tensors(group.segments, bias.tensor.name, group.count);
      return [
        fault("bias.suspect", at, { of: weightsAt(group, weight), modelType, shape: bias.tensor.shape }),
      ];
    }),
  );
}
