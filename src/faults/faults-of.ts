import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import { countByDtype } from "../checkpoint/dtype-census.ts";
import { adapterOf } from "../kinds/adapter/facts.ts";
import type { Dtype } from "../safetensors/dtype.ts";
import { findConfigFaults } from "./config/find.ts";
import { type Fault, rowOf } from "./fault.ts";
import { findPackingFaults } from "./packing/find.ts";
import { findUnpinned } from "./pins/find.ts";
import { findPipelineFaults } from "./pipeline/find.ts";
import { type Scene, sceneOf } from "./scene.ts";
import { findOddSiblings } from "./siblings/find.ts";
import { findSignatureFaults } from "./signature/find.ts";
import { findUnlikeHeader } from "./structure/adapter-header.ts";
import { findMissingTargets } from "./structure/adapter-targets.ts";
import { findBrokenPairs } from "./structure/adapters.ts";
import { findUnevenBiases } from "./structure/biases.ts";
import { findLostCompanions } from "./structure/companions.ts";
import { findTurnedConvolutions } from "./structure/convolutions.ts";
import { findUnevenDtypes } from "./structure/dtypes.ts";
import { findMisnamedHeads } from "./structure/heads.ts";
import { findLostMates } from "./structure/mates.ts";
import { findUnlikeSides } from "./structure/sides.ts";
import { findTokensWithoutRow } from "./structure/tokens.ts";
import { findUnmerged } from "./structure/unmerged.ts";

/**
 * Everything in which a component contradicts itself, each once and in the order of the searches. Where tensors are not
 * here, what their absence might explain is left out. Views and checks ask here or at a part of it, and search nothing.
 */
export function faultsOf(component: Component): readonly Fault[] {
  return component.analyses.get(findAll);
}

/** What the parts of a source contradict each other in: of the source as a whole, and of none of its components. */
export function faultsBetweenParts(checkpoint: Checkpoint): readonly Fault[] {
  return findPipelineFaults(checkpoint);
}

/** The faults of packing alone, which no model has to be read for. */
export function packingFaultsOf(component: Component): readonly Fault[] {
  return component.analyses.get(findPacking);
}

/** Layers and experts that are not like their siblings. */
export function siblingFaultsOf(component: Component): readonly Fault[] {
  return component.analyses.get(findSiblings);
}

/** What the configuration says otherwise than the headers, and numbers of the model that contradict each other. */
export function configFaultsOf(component: Component): readonly Fault[] {
  return component.analyses.get(findConfig);
}

function findAll(component: Component): readonly Fault[] {
  return [
    ...packingFaultsOf(component),
    ...siblingFaultsOf(component),
    ...search(
      component,
      findUnevenBiases,
      findBrokenPairs,
      findMissingTargets,
      findUnlikeHeader,
      findLostCompanions,
      findLostMates,
      findUnlikeSides,
      findTurnedConvolutions,
      findMisnamedHeads,
      findTokensWithoutRow,
      findUnmerged,
      findUnevenDtypes,
    ),
    ...configFaultsOf(component),
  ];
}

function findPacking(component: Component): readonly Fault[] {
  if (isPlainAdapter(component)) return [];
  return search(component, findPackingFaults);
}

/** Of an adapter that is all floats, and declares nothing, nothing is packed: a folder may hold thousands. */
function isPlainAdapter(component: Component): boolean {
  if (component.configs.has("config.json") || adapterOf(component) === null) return false;
  return countByDtype(component).every(({ dtype }) => PLAIN_DTYPES.has(dtype));
}

const PLAIN_DTYPES: ReadonlySet<Dtype> = new Set(["F32", "F16", "BF16", "F64"]);

function findSiblings(component: Component): readonly Fault[] {
  return search(component, findOddSiblings);
}

function findConfig(component: Component): readonly Fault[] {
  return search(component, findSignatureFaults, findConfigFaults, findUnpinned);
}

function search(
  component: Component,
  ...searches: readonly ((scene: Scene) => readonly Fault[])[]
): readonly Fault[] {
  const scene = sceneOf(component);
  const found = searches.flatMap((each) => each(scene));
  return component.isComplete ? found : found.filter(({ kind }) => !rowOf(kind).byAbsence);
}
