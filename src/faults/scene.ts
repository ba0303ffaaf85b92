import { type Model, modelOf } from "../architecture/model.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { type FoldedWeights, weightModulesOf } from "../quantization/folded-weights.ts";
import { type Quantization, quantizationOf } from "../quantization/quantization.ts";

/** What faults are searched in: the facts of one component. */
export interface Scene {
  readonly component: Component;
  readonly quantization: Quantization;
  /** Every module with tensors of its own, folded. */
  readonly modules: readonly FoldedWeights[];
  readonly model: Model;
}

/** The scene of a component, made once. */
export function sceneOf(component: Component): Scene {
  return component.analyses.get(makeScene);
}

function makeScene(component: Component): Scene {
  const quantization = quantizationOf(component);
  return {
    component,
    quantization,
    get modules() {
      return weightModulesOf(component);
    },
    get model() {
      return modelOf(component);
    },
  };
}
