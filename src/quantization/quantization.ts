import type { Component } from "../checkpoint/checkpoint.ts";
import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import { StepBudget } from "../patterns/step-budget.ts";
import { DeclarationLookup, findDeclarations, MAX_RULE_STEPS } from "./declared.ts";
import { isPartOfModule, moduleTensors } from "./module-tensors.ts";
import { type ModuleWeights, readModuleWeights, type Weight, type WeightTensor } from "./module-weights.ts";
import type { SchemeId } from "./registry.ts";
import { contextAt, type Survey, surveyModel } from "./survey.ts";

/** Sums over a subtree. Stored elements are those of `ModuleKinds`; parameters are logical. */
export interface QuantizationTotals {
  readonly parameters: number;
  /** Scales, zero points, indices and other bookkeeping of quantizers. */
  readonly auxiliaryElements: number;
  readonly auxiliaryBytes: number;
  /** Position tables, masks and other tensors that are no parameters. */
  readonly bufferElements: number;
  readonly bufferBytes: number;
}

/** A tensor of a module with the weight that it belongs to; null for a loose one. */
export interface NamedTensor {
  readonly part: WeightTensor;
  readonly weight: Weight | null;
}

const NOTHING: QuantizationTotals = {
  parameters: 0,
  auxiliaryElements: 0,
  auxiliaryBytes: 0,
  bufferElements: 0,
  bufferBytes: 0,
};

/** The quantization of a component, made once and kept as long as the component. */
export function quantizationOf(component: Component): Quantization {
  return component.analyses.get(readQuantization);
}

function readQuantization(component: Component): Quantization {
  return new Quantization(component);
}

/**
 * How the weights of a component are stored, asked kind by kind (see `ModuleKinds`): what each tensor is to its
 * weight, the scheme, the logical shape, and sums over subtrees.
 */
export class Quantization {
  readonly component: Component;
  readonly kinds: ModuleKinds;
  /** How many modules of each kind there are; 0 for kinds that are tensors or parts of a weight only. */
  readonly counts: Float64Array;
  /** What the configuration files declare, the place that counts first. */
  readonly declarations: readonly DeclarationLookup[];
  /** What the reading of all names by the declarations' entries has left of `MAX_RULE_STEPS`. */
  readonly ruleStepsLeft: number;
  /** Names of rotations that are stored beside weights. */
  readonly rotations: ReadonlySet<string>;
  private readonly survey: Survey;
  private readonly modules = new Map<number, ModuleWeights>();
  private readonly children = new Map<number, ReadonlyMap<number, WeightTensor[]>>();
  private readonly named = new Map<number, ReadonlyMap<string, NamedTensor>>();
  private readonly sums = new Map<number, QuantizationTotals>();

  constructor(component: Component) {
    this.component = component;
    this.kinds = component.kinds;
    const budget = new StepBudget(MAX_RULE_STEPS);
    this.declarations = findDeclarations(component).map(
      (declaration) => new DeclarationLookup(declaration, this.kinds, budget),
    );
    this.ruleStepsLeft = budget.remaining;
    this.rotations = new Set(this.declarations.flatMap(({ declaration }) => declaration.rotations));
    this.counts = countModules(this.kinds, this.rotations);
    this.survey = surveyModel(component, this.counts, this.declarations[0], this.rotations);
  }

  /** The weights that a module holds itself; those of modules below are theirs. */
  module(kind: number): ModuleWeights {
    let known = this.modules.get(kind);
    if (known === undefined) {
      const node = this.kinds.example(kind);
      const tensors = moduleTensors(this.kinds, kind, this.rotations);
      known = readModuleWeights(tensors, (own) => contextAt(this.survey, node, own), this.rotations);
      this.modules.set(kind, known);
    }
    return known;
  }

  /** Sums over a module and all below it. */
  totals(kind: number): QuantizationTotals {
    let known = this.sums.get(kind);
    if (known === undefined) {
      known = this.sum(kind);
      this.sums.set(kind, known);
    }
    return known;
  }

  parameters(kind: number): number {
    return this.totals(kind).parameters;
  }

  auxiliaryElements(kind: number): number {
    return this.totals(kind).auxiliaryElements;
  }

  auxiliaryBytes(kind: number): number {
    return this.totals(kind).auxiliaryBytes;
  }

  /** The scheme of a module's weights (the quantized one where they differ), null for a mere container. */
  scheme(kind: number): SchemeId | null {
    const { weights } = this.module(kind);
    const quantized = weights.find((weight) => weight.scheme !== "none");
    return quantized?.scheme ?? weights[0]?.scheme ?? null;
  }

  /** Sums of one child as its parent sees it: the same tensor is a weight here and a scale there. */
  childTotals(kind: number, position: number): QuantizationTotals {
    if (!this.isPart(kind, position)) return this.totals(this.kinds.childKind(kind, position));
    return sumParts(this.childParts(kind, position));
  }

  /** What the tensors at one child are to the module's weights; empty for a child that is a module. */
  childParts(kind: number, position: number): readonly WeightTensor[] {
    let known = this.children.get(kind);
    if (known === undefined) {
      known = byPosition(allParts(this.module(kind)));
      this.children.set(kind, known);
    }
    return known.get(position) ?? [];
  }

  /** Sums of what lies below a part of a module's weights, by its name in the module: `weight.absmax`. */
  partTotals(kind: number, position: number, name: string): QuantizationTotals {
    const isBelow = ({ tensor }: WeightTensor) => tensor.name === name || tensor.name.startsWith(`${name}.`);
    return sumParts(this.childParts(kind, position).filter(isBelow));
  }

  /** What a tensor is that a module holds under this name: an index, as a flat checkpoint has a module of all. */
  partNamed(kind: number, name: string): NamedTensor | undefined {
    let known = this.named.get(kind);
    if (known === undefined) {
      const parts = new Map<string, NamedTensor>();
      const module = this.module(kind);
      for (const part of module.loose) parts.set(part.tensor.name, { part, weight: null });
      for (const weight of module.weights)
        for (const part of weight.tensors) parts.set(part.tensor.name, { part, weight });
      known = parts;
      this.named.set(kind, known);
    }
    return known.get(name);
  }

  /** The weight that a tensor of a module is the payload of. */
  weightOf(kind: number, part: WeightTensor): Weight | undefined {
    return this.module(kind).weights.find((weight) => weight.payloadTensor === part.tensor);
  }

  /** Whether a child is a tensor, or holds parts of its parent's weights only. */
  isPart(kind: number, position: number): boolean {
    return isPartOfModule(
      this.kinds,
      this.kinds.childKind(kind, position),
      this.kinds.childName(kind, position),
      this.rotations,
    );
  }

  private sum(kind: number): QuantizationTotals {
    let total = sumParts(allParts(this.module(kind)));
    for (let position = 0; position < this.kinds.childCount(kind); position++)
      if (!this.isPart(kind, position)) total = add(total, this.totals(this.kinds.childKind(kind, position)));
    return total;
  }
}

/** Modules of each kind, from the root down: a kind's number is always above those of its children. */
function countModules(kinds: ModuleKinds, rotations: ReadonlySet<string>): Float64Array {
  const counts = new Float64Array(Math.max(kinds.count, 1));
  if (kinds.root >= 0) counts[kinds.root] = 1;
  for (let kind = kinds.count - 1; kind >= 0; kind--) {
    const count = counts[kind] as number;
    if (count === 0) continue;
    for (let position = 0; position < kinds.childCount(kind); position++) {
      const child = kinds.childKind(kind, position);
      if (!isPartOfModule(kinds, child, kinds.childName(kind, position), rotations))
        counts[child] = (counts[child] as number) + count;
    }
  }
  return counts;
}

function allParts(module: ModuleWeights): WeightTensor[] {
  return [...module.weights.flatMap((weight) => weight.tensors), ...module.loose];
}

function byPosition(tensors: readonly WeightTensor[]): Map<number, WeightTensor[]> {
  const groups = new Map<number, WeightTensor[]>();
  for (const part of tensors) {
    const group = groups.get(part.tensor.position);
    if (group === undefined) groups.set(part.tensor.position, [part]);
    else group.push(part);
  }
  return groups;
}

function sumParts(tensors: readonly WeightTensor[]): QuantizationTotals {
  let total = NOTHING;
  for (const { part, tensor, parameters } of tensors) {
    const isParameter = part === "payload" || part === "bias" || part === "parameter";
    const isBuffer = part === "buffer";
    total = add(total, {
      parameters,
      auxiliaryElements: isParameter || isBuffer ? 0 : tensor.elements,
      auxiliaryBytes: isParameter || isBuffer ? 0 : tensor.bytes,
      bufferElements: isBuffer ? tensor.elements : 0,
      bufferBytes: isBuffer ? tensor.bytes : 0,
    });
  }
  return total;
}

function add(a: QuantizationTotals, b: QuantizationTotals): QuantizationTotals {
  return {
    parameters: a.parameters + b.parameters,
    auxiliaryElements: a.auxiliaryElements + b.auxiliaryElements,
    auxiliaryBytes: a.auxiliaryBytes + b.auxiliaryBytes,
    bufferElements: a.bufferElements + b.bufferElements,
    bufferBytes: a.bufferBytes + b.bufferBytes,
  };
}
