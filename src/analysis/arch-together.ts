import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { isPipeline, kindOfWhole } from "../kinds/pipeline/is-pipeline.ts";
import type { ArchResult } from "./arch.ts";
import { addRoles, NO_ACTIVE, within } from "./params-together.ts";
import type { PartStory } from "./part-story.ts";
import { WITHOUT_FIGURES } from "./without-figures.ts";

/** One part of a whole, and what it is. */
export interface DescribedPart {
  readonly component: string;
  readonly result: ArchResult;
}

/**
 * What a source of several models is as a whole: its kind, its totals and its parts. A pipeline, and a file of one, have no
 * layers and widths of their own; a chain around one encoder has that encoder's.
 */
export function describeWhole(
  parts: readonly DescribedPart[],
  checkpoint: Pick<Checkpoint, "pipeline" | "components">,
): ArchResult {
  const [{ result: first }] = parts as readonly [DescribedPart, ...DescribedPart[]];
  const { pipeline } = checkpoint;
  const kind = kindOfWhole(checkpoint, first.kind);
  const told = { parameters: addCounts(parts), parts: parts.map(tellPart), adapter: null };
  if (pipeline?.file === "modules.json") return { ...first, ...told, kind };
  const whole = { ...first, ...WITHOUT_FIGURES, ...told, ...ofAll(parts) };
  if (!isPipeline(checkpoint)) return whole;
  const className = pipeline?.className ?? null;
  return {
    ...whole,
    kind,
    task: null,
    family: className === null ? UNKNOWN_FAMILY : familyOf(className),
    declares: { architecture: className, modelType: null },
  };
}

const NO_POSITIONS: ArchResult["positions"] = {
  ropeTheta: null,
  ropeScaling: null,
  rotaryDim: null,
  partialRotaryFactor: null,
  context: null,
  learned: false,
};

const UNKNOWN_FAMILY: ArchResult["family"] = {
  id: null,
  title: "unknown family",
  confidence: "unknown",
  evidence: [],
  remarks: [],
};

function familyOf(className: string): ArchResult["family"] {
  const evidence = [`_class_name ${className} in model_index.json`];
  return { id: null, title: className, confidence: "certain", evidence, remarks: [] };
}

/** What is no part's own: classes that one of them is held against, and what the rest leaves open. */
function ofAll(parts: readonly DescribedPart[]) {
  return {
    blocks: null,
    heldAgainst: null,
    nearest: null,
    positions: NO_POSITIONS,
    isComplete: parts.every(({ result }) => result.isComplete),
    disagreements: parts.flatMap(({ result }) => result.disagreements),
    unknown: parts.flatMap(({ component, result }) => result.unknown.map((path) => within(component, path))),
  };
}

function tellPart({ component, result }: DescribedPart): PartStory {
  const { kind, family, declares, parameters } = result;
  return {
    component,
    kind,
    family: family.confidence === "unknown" ? null : family.title,
    className: declares?.architecture ?? null,
    parameters: parameters.total,
  };
}

function addCounts(parts: readonly DescribedPart[]): ArchResult["parameters"] {
  const all = parts.map(({ result }) => result.parameters);
  const total = all.reduce((sum, each) => sum + each.total, 0);
  return {
    total,
    ...NO_ACTIVE,
    sharedBlocks: null,
    activeCountingCalls: null,
    byRole: addRoles(
      all.map(({ byRole }) => byRole),
      total,
    ),
  };
}
