import type { Component } from "../checkpoint/checkpoint.ts";
import { formatPattern } from "../checkpoint/repeats.ts";
import { holdingOf } from "./held.ts";
import { loadSignatures } from "./load.ts";
import { findNearest } from "./nearest.ts";
import type { Layout, Library, Signature } from "./signature.ts";
import { wordOf } from "./sketch.ts";
import { storedTensorsOf } from "./stored.ts";

/** The class of a library release that a checkpoint was held against, as reports have it. */
export interface HeldAgainst {
  readonly library: Library;
  readonly version: string;
  readonly class: string;
  readonly layout: Layout;
}

/** A class of a library that stores nearly what a checkpoint of no known class stores: evidence, and no more. */
export interface NearestClass {
  readonly library: Library;
  readonly version: string;
  readonly class: string;
  /** Shared words of names ÷ all words of the two, 6 decimals. */
  readonly alikeness: number;
  /** Ends of names that the class has and the checkpoint lacks, and the other way round; the first few. */
  readonly lacking: readonly string[];
  readonly extra: readonly string[];
}

/** Null where the configuration names no class that is known, or the names are not those of it. */
export function heldAgainstOf(component: Component): HeldAgainst | null {
  const holding = holdingOf(component);
  if (holding.status !== "held") return null;
  const { library, version, className } = holding.signature;
  return { library, version, class: className, layout: holding.layout };
}

/** Below this share of words nothing is alike. */
const MIN_ALIKE = 0.75;
/** Words that are told of each side. */
const MAX_WORDS = 8;

/** The class most like a checkpoint of a class that is not known; null where it was held against one, or none is alike. */
export function nearestClassOf(component: Component): NearestClass | null {
  return component.analyses.get(findNearestClass);
}

function findNearestClass(component: Component): NearestClass | null {
  const { status } = holdingOf(component);
  if (status === "held" || component.configs.has("adapter_config.json")) return null;
  // Tensors of missing shards are words too: without them, likeness is chance.
  if (!component.isComplete) return null;
  const near = findNearest(loadSignatures(), namesOf(component));
  if (near === undefined || near.alikeness < MIN_ALIKE) return null;
  const { library, version, className } = near.signature;
  return {
    library,
    version,
    class: className,
    alikeness: Math.round(near.alikeness * 1e6) / 1e6,
    lacking: near.lacking.slice(0, MAX_WORDS),
    extra: near.extra.slice(0, MAX_WORDS),
  };
}

/** Of the words in a component's names, the share that a class has too, 0 to 1: one for an extract of it, and for its names below a prefix. */
export function shareOfWords(component: Component, { rows, runtime }: Signature): number {
  const own = new Set([...rows, ...(runtime?.rows ?? [])].map(({ pattern }) => wordOf(pattern)));
  const words = new Set(namesOf(component).map(wordOf));
  return words.size === 0 ? 0 : [...words].filter((word) => own.has(word)).length / words.size;
}

/** One name of each pattern; what quantizers store beside the weights is left out. */
function namesOf(component: Component): string[] {
  return storedTensorsOf(component)
    .filter(({ isBeside }) => !isBeside)
    .map(({ segments }) => formatPattern(segments.map((each) => (typeof each === "string" ? each : "0"))));
}
