import type { Model } from "../architecture/model.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import { quantizationOf } from "../quantization/quantization.ts";

/** Parameters that are stored in one way. */
export interface StoredShare {
  readonly dtype: string;
  readonly scheme: string;
  readonly bits: number | null;
  readonly parameters: number;
}

/** How the weights of some places are stored, most parameters first. A place may be shared: `share` says by how many. */
export function storedShares(
  places: readonly { readonly role: TensorRole; readonly share: number }[],
  model: Model,
): StoredShare[] {
  const quantization = quantizationOf(model.component);
  const rows = new Map<string, { dtype: string; scheme: string; bits: number | null; parameters: number }>();
  for (const { role, share } of places) {
    if (role.parametersEach === 0) continue;
    const { owner, parameter } = model.weights.tensor(role.node);
    const { weights } = quantization.module(model.component.kinds.kindOf(owner));
    const weight = weights.find((each) => each.parameter === parameter);
    if (weight === undefined) continue;
    const { scheme, bits } = weight;
    const { dtype } = weight.payloadTensor;
    const key = JSON.stringify([scheme, dtype, bits]);
    const known = rows.get(key) ?? { dtype, scheme, bits, parameters: 0 };
    known.parameters += (role.parametersEach * role.count) / share;
    rows.set(key, known);
  }
  return [...rows.values()].sort((a, b) => b.parameters - a.parameters);
}
