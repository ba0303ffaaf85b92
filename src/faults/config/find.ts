import { type Model, modelOf } from "../../architecture/model.ts";
import type { Component } from "../../checkpoint/checkpoint.ts";
import { claimsOf } from "../../checkpoint/claims.ts";
import { type Kind, kindOf } from "../../kinds/kind.ts";
import { PICTURE_TASKS } from "../../kinds/task.ts";
import { heldOf } from "../../signatures/held.ts";
import type { Fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { attentionShapes } from "./attention.ts";
import { biases } from "./biases.ts";
import { Comparing, type Comparison } from "./comparing.ts";
import { parameterEstimate } from "./estimate.ts";
import { familyNames } from "./family.ts";
import { experts, feedForwardWidth } from "./feed-forward.ts";
import { indexers } from "./indexer.ts";
import { latentShapes } from "./latent.ts";
import { layerKinds } from "./layer-kinds.ts";
import { listLengths } from "./list-lengths.ts";
import { normCount } from "./norms.ts";
import { recurrentShapes } from "./recurrent.ts";
import {
  headRows,
  headStored,
  headTie,
  hiddenSize,
  layerCount,
  mtpLayers,
  perLayerEmbedding,
  positionTable,
  sharedKeys,
  vocabulary,
} from "./sizes.ts";
import { visionPart } from "./vision.ts";

/** All comparisons, in the order they are shown: the model, then its layers, then what stands beside them. */
const COMPARISONS: readonly Comparison[] = [
  layerCount,
  familyNames,
  layerKinds,
  listLengths,
  hiddenSize,
  vocabulary,
  headRows,
  headTie,
  positionTable,
  attentionShapes,
  biases,
  latentShapes,
  indexers,
  recurrentShapes,
  feedForwardWidth,
  experts,
  normCount,
  perLayerEmbedding,
  sharedKeys,
  mtpLayers,
  visionPart,
  parameterEstimate,
];

/** What no class tells: what no tensor follows from, and towers left out. Of a class that is known its signature says all else. */
const BESIDE_A_CLASS: readonly Comparison[] = [listLengths, headStored, sharedKeys, mtpLayers, visionPart];

/**
 * The configuration against the headers, once for each model. A number that the configuration does not state is not
 * compared, and `lacks` says so; nothing at all is compared where there is no configuration or no list of layers.
 */
export function compareWithConfig(model: Model): Comparing {
  return model.component.analyses.get(compare);
}

function compare(component: Component): Comparing {
  const model = modelOf(component);
  const comparing = new Comparing(model);
  const comparisons = heldOf(component) === undefined ? COMPARISONS : BESIDE_A_CLASS;
  if (model.claims.exists && model.main !== undefined && speaksOfMainStack(model))
    for (const compareOne of comparisons) compareOne(comparing);
  return comparing;
}

/** Kinds whose configurations speak of one stack in the words that are compared here. */
const OF_ONE_STACK: ReadonlySet<Kind> = new Set([
  "language-model",
  "seq2seq",
  "encoder",
  "multimodal",
  "unknown",
]);

/**
 * Whether the numbers of the configuration are those of the main stack: of image generators and of models in stages
 * `num_layers` and `hidden_size` mean one of several stacks, or the last stage.
 */
function speaksOfMainStack({ component, main, stacks }: Model): boolean {
  const { kind, task } = kindOf(component);
  if (task !== null && PICTURE_TASKS.test(task)) return false;
  if (OF_ONE_STACK.has(kind)) return true;
  return (
    (kind === "classifier" || kind === "vision") &&
    (isOfText(component) || (stacks.length === 1 && main?.groups.length === 1))
  );
}

function isOfText(component: Component): boolean {
  return modelOf(component).tensorRoles.some(
    ({ role, shape }) => role === "embed.token" && shape.length === 2,
  );
}

/** Everything in `config.json` that headers contradict; nothing where there is no configuration. */
export function findConfigFaults(scene: Scene): Fault[] {
  // A model is made only where there is something to hold it against.
  return claimsOf(scene.component).exists ? compareWithConfig(scene.model).faults : [];
}
