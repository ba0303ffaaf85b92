import type { Fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { findCacheScaleGaps } from "./cache-scales.ts";
import { findDeclaredFaults } from "./declared.ts";
import { findUnevenGroups } from "./fused.ts";
import { findInputScaleGaps } from "./input-scales.ts";
import { findObserved } from "./observed.ts";
import { findLostPayloads } from "./payloads.ts";
import { findSuspectBiases } from "./suspect-biases.ts";
import { findLostZeroPoints } from "./zero-points.ts";

/** What pairing found weight by weight, what only weights together show, and what the configuration says otherwise. */
export function findPackingFaults(scene: Scene): Fault[] {
  return SEARCHES.flatMap((search) => search(scene));
}

const SEARCHES: readonly ((scene: Scene) => readonly Fault[])[] = [
  findObserved,
  findLostPayloads,
  findLostZeroPoints,
  findInputScaleGaps,
  findUnevenGroups,
  findCacheScaleGaps,
  findSuspectBiases,
  findDeclaredFaults,
];
