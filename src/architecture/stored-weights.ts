import type { Component } from "../checkpoint/checkpoint.ts";
import { isPartOfModule } from "../quantization/module-tensors.ts";
import type { Weight, WeightTensor } from "../quantization/module-weights.ts";
import { type PackingDoubt, packingDoubt } from "../quantization/packing-doubt.ts";
import { type Quantization, quantizationOf } from "../quantization/quantization.ts";
import { ROOT } from "../safetensors/tensor-names.ts";
import type { ModulePart } from "./roles.ts";

/** What packing says about one stored tensor. */
export interface StoredTensor {
  /** What it is to its weight where it is bookkeeping or a buffer, null for weights, biases and plain parameters. */
  readonly part: ModulePart | null;
  readonly parameters: number;
  /**
   * Shape of the weight once unpacked, `[out, in]` with any leading dimension of experts; null where headers don't
   * hold it (4-bit bitsandbytes keeps a flat list).
   */
  readonly shape: readonly number[] | null;
  /** The module that owns it, and the name of the weight there where that is not the module itself. */
  readonly owner: number;
  readonly parameter: string;
  readonly isPacked: boolean;
  /** Why the shape of the packed values is not certain; null where it is, and for anything else. */
  readonly doubt: PackingDoubt | null;
}

/** What is known of a node that is no tensor. */
const NOT_STORED = {
  part: null,
  parameters: 0,
  shape: null,
  parameter: "",
  isPacked: false,
  doubt: null,
} as const;

/** Quantizers' parts in the words of roles: what matters here is that none of them is a parameter. */
const PARTS: Readonly<Record<WeightTensor["part"], ModulePart | null>> = {
  payload: null,
  bias: null,
  parameter: null,
  buffer: "buffer",
  "payload-part": "quant_map",
  scale: "scale",
  "global-scale": "scale",
  "column-scale": "scale",
  "zero-point": "zero_point",
  index: "group_index",
  metadata: "shape",
  codebook: "quant_map",
  rotation: "quant_map",
  sparsity: "quant_map",
  activation: "act_scale",
  "kv-cache": "act_scale",
  derived: "scale",
  "low-rank": "quant_map",
  scratch: "quant_map",
};

/** How stored tensors turn into parameters: the one place where architecture asks about packing. */
export class StoredWeights {
  private readonly component: Component;
  private readonly quantization: Quantization;
  private readonly known = new Map<number, StoredTensor>();

  constructor(component: Component) {
    this.component = component;
    this.quantization = quantizationOf(component);
  }

  /** The tensor at a node of the name tree. */
  tensor(node: number): StoredTensor {
    let tensor = this.known.get(node);
    if (tensor === undefined) {
      tensor = this.read(node);
      this.known.set(node, tensor);
    }
    return tensor;
  }

  private read(node: number): StoredTensor {
    const { kinds, table } = this.component;
    const { names } = table;
    const owner = this.ownerOf(node);
    let relative = names.segments.text(names.segment(node));
    for (let at = names.parent(node); at !== owner; at = names.parent(at))
      relative = `${names.segments.text(names.segment(at))}.${relative}`;
    const row = table.rowAt(node);
    if (row === undefined) return { ...NOT_STORED, owner };
    const stored = table.shape(row);
    const found = this.quantization.partNamed(kinds.kindOf(owner), relative);
    if (found?.weight != null) return toStored(found.part, found.weight, stored, owner);
    const loose = found?.part;
    const elements = table.elements(row);
    return {
      part: loose === undefined ? null : PARTS[loose.part],
      parameters: loose?.parameters ?? elements,
      shape: stored,
      owner,
      parameter: "",
      isPacked: false,
      doubt: null,
    };
  }

  /**
   * The module whose weight a tensor is part of: `q_proj` for `q_proj.weight.absmax`. Modules are entered from the
   * root, so the outermost tensor or part on the way is what counts.
   */
  private ownerOf(node: number): number {
    const { kinds, table } = this.component;
    const { names } = table;
    const { rotations } = this.quantization;
    let outermost = node;
    for (let at = names.parent(node); at !== ROOT; at = names.parent(at)) {
      const name = names.segments.text(names.segment(at));
      if (isPartOfModule(kinds, kinds.kindOf(at), name, rotations)) outermost = at;
    }
    return names.parent(outermost);
  }
}

function toStored(
  part: WeightTensor,
  weight: Weight,
  stored: readonly number[],
  owner: number,
): StoredTensor {
  const isPayload = weight.payloadTensor === part.tensor;
  return {
    part: PARTS[part.part],
    parameters: part.parameters,
    shape: isPayload ? weight.logicalShape : stored,
    owner,
    parameter: weight.parameter,
    isPacked: isPayload && weight.scheme !== "none" && weight.scheme !== "unknown",
    doubt: isPayload ? packingDoubt(weight) : null,
  };
}
