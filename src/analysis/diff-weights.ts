import type { Component } from "../checkpoint/checkpoint.ts";
import type { Weight } from "../quantization/module-weights.ts";
import { type Quantization, quantizationOf } from "../quantization/quantization.ts";

/** The weights of two components by name, without those in modules that are alike on both sides. */
export interface WeightPairs {
  readonly before: Map<string, Weight>;
  readonly after: Map<string, Weight>;
  /** Weights of the modules that are alike, each with another of its name. */
  readonly alike: number;
}

/**
 * Walks both module trees at once. Two modules of one name that hold the same weights all the way down are counted and
 * not entered: whether they do is asked once for two kinds, so of two checkpoints of half a million tensors that
 * differ in a few only those few are ever named.
 */
export function pairWeights(
  before: Component,
  after: Component,
  isAlike: (before: Weight, after: Weight) => boolean,
  weightsOnly: boolean,
): WeightPairs {
  const pairing = new Pairing(new Side(before, weightsOnly), new Side(after, weightsOnly), isAlike);
  return pairing.pair(before.kinds.root, after.kinds.root);
}

class Pairing {
  private readonly before: Side;
  private readonly after: Side;
  private readonly isAlike: (before: Weight, after: Weight) => boolean;
  /** Whether two kinds hold the same all the way down, by the one and the other. */
  private readonly judged = new Map<number, Map<number, boolean>>();
  private alike = 0;

  constructor(before: Side, after: Side, isAlike: (before: Weight, after: Weight) => boolean) {
    this.before = before;
    this.after = after;
    this.isAlike = isAlike;
  }

  pair(before: number, after: number): WeightPairs {
    this.visit(before, after, "");
    return { before: this.before.weights, after: this.after.weights, alike: this.alike };
  }

  private visit(before: number, after: number, path: string): void {
    if (this.areAlike(before, after)) {
      this.alike += this.before.countOf(before);
      return;
    }
    this.before.take(before, path);
    this.after.take(after, path);
    const modules = this.before.modulesBelow(before);
    const others = this.after.modulesBelow(after);
    // Each side's weights are named in its own order.
    const left = others.entries();
    for (const [name, kind] of modules) {
      if (!others.has(name)) {
        this.before.takeAll(kind, join(path, name));
        continue;
      }
      for (const [otherName, other] of left) {
        if (otherName === name) this.visit(kind, other, join(path, name));
        else this.after.takeAll(other, join(path, otherName));
        if (otherName === name) break;
      }
    }
    for (const [name, kind] of left) this.after.takeAll(kind, join(path, name));
  }

  private areAlike(before: number, after: number): boolean {
    let judged = this.judged.get(before);
    if (judged === undefined) {
      judged = new Map();
      this.judged.set(before, judged);
    }
    let answer = judged.get(after);
    if (answer === undefined) {
      answer = this.judge(before, after);
      judged.set(after, answer);
    }
    return answer;
  }

  private judge(before: number, after: number): boolean {
    const [modules, others] = [this.before.modulesBelow(before), this.after.modulesBelow(after)];
    const [weights, otherWeights] = [this.before.weightsOf(before), this.after.weightsOf(after)];
    if (modules.size !== others.size || weights.size !== otherWeights.size) return false;
    for (const [name, weight] of weights) {
      const other = otherWeights.get(name);
      if (other === undefined || !this.isAlike(weight, other)) return false;
    }
    for (const [name, kind] of modules) {
      const other = others.get(name);
      if (other === undefined || !this.areAlike(kind, other)) return false;
    }
    return true;
  }
}

/** One of the two components. */
class Side {
  readonly weights = new Map<string, Weight>();
  private readonly quantization: Quantization;
  private readonly counts = new Map<number, number>();
  private readonly named = new Map<number, ReadonlyMap<string, Weight>>();
  private readonly below = new Map<number, ReadonlyMap<string, number>>();

  private readonly weightsOnly: boolean;

  constructor(component: Component, weightsOnly: boolean) {
    this.weightsOnly = weightsOnly;
    this.quantization = quantizationOf(component);
  }

  /** Weights, biases and what belongs to no weight (buffers, scales alone) of one module by their names in it; the module's own name is empty. */
  weightsOf(kind: number): ReadonlyMap<string, Weight> {
    const known = this.named.get(kind);
    if (known !== undefined) return known;
    const weights = new Map<string, Weight>();
    const { weights: own, loose } = this.quantization.module(kind);
    if (!this.weightsOnly) for (const { suffix, tensor } of loose) weights.set(suffix, asLoose(tensor));
    for (const weight of own) {
      weights.set(weight.parameter, weight);
      const bias = weight.tensors.find((part) => part.part === "bias");
      if (bias !== undefined && bias.tensor !== weight.payloadTensor)
        weights.set(bias.tensor.name, asPlain(weight, bias.tensor));
    }
    this.named.set(kind, weights);
    return weights;
  }

  /** Kind of each module below one by its name. */
  modulesBelow(kind: number): ReadonlyMap<string, number> {
    const known = this.below.get(kind);
    if (known !== undefined) return known;
    const { kinds } = this.quantization;
    const modules = new Map<string, number>();
    for (let position = 0; position < kinds.childCount(kind); position++)
      if (!this.quantization.isPart(kind, position))
        modules.set(kinds.childName(kind, position), kinds.childKind(kind, position));
    this.below.set(kind, modules);
    return modules;
  }

  /** Weights in a module and all below it. */
  countOf(kind: number): number {
    let count = this.counts.get(kind);
    if (count === undefined) {
      count = this.weightsOf(kind).size;
      for (const below of this.modulesBelow(kind).values()) count += this.countOf(below);
      this.counts.set(kind, count);
    }
    return count;
  }

  /** Names the weights of a module alone. */
  take(kind: number, path: string): void {
    for (const [name, weight] of this.weightsOf(kind)) this.weights.set(join(path, name), weight);
  }

  /** Names the weights of a module and all below it. */
  takeAll(kind: number, path: string): void {
    this.take(kind, path);
    for (const [name, below] of this.modulesBelow(kind)) this.takeAll(below, join(path, name));
  }
}

function asPlain(weight: Weight, tensor: Weight["payloadTensor"]): Weight {
  const { shape, elements } = tensor;
  return { ...weight, scheme: "none", payloadTensor: tensor, logicalShape: shape, parameters: elements };
}

/** A tensor that belongs to no weight, to be compared as one that holds no parameters. */
function asLoose(tensor: Weight["payloadTensor"]): Weight {
  return {
    parameter: "",
    payload: tensor.name,
    scheme: "none",
    payloadTensor: tensor,
    logicalShape: tensor.shape,
    parameters: 0,
    bits: null,
    storedBits: 0,
    granularity: null,
    block: null,
    group: null,
    symmetric: null,
    zeroPoints: null,
    scale: null,
    findings: [],
    tensors: [{ suffix: tensor.name, part: "buffer", tensor, parameters: 0 }],
  };
}

/** An empty name is the path itself: then both sides' maps hold one text. */
function join(path: string, name: string): string {
  if (name === "") return path;
  return path === "" ? name : `${path}.${name}`;
}
