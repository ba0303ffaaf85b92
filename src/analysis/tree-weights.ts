import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import { bitsPerWeight } from "../quantization/folded-weights.ts";
import type { Weight } from "../quantization/module-weights.ts";
import type { Quantization } from "../quantization/quantization.ts";
import { schemeById } from "../quantization/registry.ts";
import type { Granularity } from "../quantization/scheme.ts";
import type { TensorPart } from "../quantization/suffixes.ts";

/** A weight that a module holds itself, as it is stored and as the model sees it. */
export interface TreeWeight {
  /** "" for `weight` and its like, else the parameter's own name. */
  readonly parameter: string;
  readonly scheme: string;
  /** Title of the scheme, null for a plain parameter. */
  readonly title: string | null;
  readonly dtype: string;
  /** Shape once unpacked; null where headers don't hold it. */
  readonly logicalShape: readonly number[] | null;
  /** Nominal bits of a value, and all that is stored to rebuild one. Null is not known. */
  readonly bits: number | null;
  readonly bitsPerWeight: number | null;
  readonly parameters: number;
  /** Bytes of the values, and of scales and other bookkeeping beside them. */
  readonly valueBytes: number;
  readonly auxiliaryBytes: number;
  /** What shares a scale; null where it does not apply. */
  readonly granularity: Granularity | null;
  readonly block: readonly number[] | null;
  readonly group: number | null;
  /** Tensors that it is stored in, by their names in the module, its values first, and what each is to it. */
  readonly tensors: readonly { readonly name: string; readonly part: TensorPart }[];
  /** Its bias, null without one. */
  readonly bias: { readonly parameters: number; readonly bytes: number } | null;
}

export function treeWeights(weights: readonly Weight[]): TreeWeight[] {
  return weights.map((weight) => {
    const { parameter, scheme, payloadTensor, logicalShape, bits, parameters, storedBits } = weight;
    const isKnown = weight.confidence !== "guess";
    const own = weight.tensors.filter(({ part }) => part !== "bias");
    const bias = weight.tensors.find(({ part }) => part === "bias")?.tensor;
    return {
      parameter,
      scheme,
      title: schemeById(scheme)?.title ?? null,
      dtype: payloadTensor.dtype,
      logicalShape,
      bits,
      bitsPerWeight: isKnown ? bitsPerWeight(storedBits, parameters) : null,
      parameters,
      valueBytes: payloadTensor.bytes,
      auxiliaryBytes: own
        .filter(({ tensor }) => tensor !== payloadTensor)
        .reduce((sum, { tensor }) => sum + tensor.bytes, 0),
      granularity: weight.granularity,
      block: weight.block,
      group: weight.group,
      tensors: [...weight.tensors]
        .sort((a, b) => Number(b.part === "payload") - Number(a.part === "payload"))
        .map(({ part, tensor }) => ({ name: tensor.name, part })),
      bias: bias === undefined ? null : { parameters: bias.elements, bytes: bias.bytes },
    };
  });
}

/** Weights below a kind of module by scheme, each kind counted once. */
export class SchemesBelow {
  private readonly kinds: ModuleKinds;
  private readonly quantization: Quantization;
  private readonly known = new Map<number, ReadonlyMap<string, number>>();

  constructor(kinds: ModuleKinds, quantization: Quantization) {
    this.kinds = kinds;
    this.quantization = quantization;
  }

  below(kind: number): ReadonlyMap<string, number> {
    const known = this.known.get(kind);
    if (known !== undefined) return known;
    const counts = new Map<string, number>();
    const add = (scheme: string, count: number) => counts.set(scheme, (counts.get(scheme) ?? 0) + count);
    for (const { scheme } of this.quantization.module(kind).weights) add(scheme, 1);
    const byKind = new Map<number, number>();
    for (let position = 0; position < this.kinds.childCount(kind); position++) {
      if (this.quantization.isPart(kind, position)) continue;
      const child = this.kinds.childKind(kind, position);
      byKind.set(child, (byKind.get(child) ?? 0) + 1);
    }
    for (const [child, times] of byKind)
      for (const [scheme, count] of this.below(child)) add(scheme, count * times);
    this.known.set(kind, counts);
    return counts;
  }
}
