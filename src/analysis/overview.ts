import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import { claimsOf } from "../checkpoint/claims.ts";
import { type AdapterStory, tellAdapter } from "../kinds/adapter/story.ts";
import { type Kind, kindOf } from "../kinds/kind.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import { type HeldAgainst, heldAgainstOf } from "../signatures/held-against.ts";
import type { CacheFacts } from "./activations.ts";
import { countByDtype, countParameters, type DtypeRow, type LayerRow, type ModuleRow } from "./params.ts";
import { analysePrecision, type PrecisionResult } from "./precision.ts";

/** One screen: what is this, how big, how precise. */
export interface OverviewResult {
  readonly components: readonly ComponentOverview[];
  /** Sum over the components, null where they are separate checkpoints whose sum means nothing. */
  readonly parameters: number | null;
}

export interface ComponentOverview {
  readonly component: string;
  readonly kind: Kind;
  /** The head that is stored, null for none. */
  readonly task: string | null;
  /** Title of the family, null where it is not known. */
  readonly family: string | null;
  /** What an adapter is made of, null for anything else. */
  readonly adapter: Pick<AdapterStory, "kind" | "naming" | "rank" | "modules" | "base" | "baseFamily"> | null;
  /** What `config.json` calls itself: a claim, null without one. */
  readonly declares: { readonly architecture: string | null; readonly modelType: string | null } | null;
  /** The class of a library release that it was held against; null where none is named that is known. */
  readonly heldAgainst: HeldAgainst | null;
  readonly shards: number;
  readonly tensors: number;
  readonly parameters: number;
  /** Those of them that are counted by packings which headers do not settle. */
  readonly uncertain: number;
  /** Parameters that one token passes through, null where that is not known. */
  readonly active: number | null;
  readonly activeBasis: string;
  readonly elements: number;
  readonly auxiliaryElements: number;
  readonly bytes: number;
  readonly bitsPerWeight: number | null;
  readonly precision: PrecisionSummary;
  readonly dtypes: readonly DtypeRow[];
  readonly modules: readonly ModuleRow[];
  readonly layers: readonly LayerRow[];
}

/** What `unfold precision` says at length. */
export interface PrecisionSummary {
  readonly schemes: readonly {
    readonly scheme: string;
    readonly title: string;
    readonly bits: number | null;
    readonly symmetric: boolean | null;
    readonly weights: number;
    readonly bitsPerWeight: number | null;
  }[];
  readonly quantizedRoles: readonly string[];
  readonly unquantizedRoles: readonly string[];
  readonly scales: {
    readonly paired: number;
    readonly missing: number | null;
    readonly orphan: number | null;
    readonly mismatched: number;
  };
  readonly activations: PrecisionResult["activations"];
  /** What the configuration says of inputs: a dtype, "none", or null where it says nothing. */
  readonly declaredActivations: string | null;
  readonly kvCache: CacheFacts | null;
  /** The method that a configuration declares, null where none does. */
  readonly declared: string | null;
  /** Whether the declaration fits what is stored; null without one. */
  readonly agrees: boolean | null;
}

export function buildOverview(checkpoint: Checkpoint): OverviewResult {
  const components = checkpoint.components.map(describeComponent);
  const adds = components.length === 1 || checkpoint.addUp;
  return { components, parameters: adds ? components.reduce((sum, each) => sum + each.parameters, 0) : null };
}

function describeComponent(component: Component): ComponentOverview {
  const counts = countParameters(component);
  const { kind, task, family } = kindOf(component);
  return {
    component: component.name,
    kind,
    task,
    family: family.confidence === "unknown" ? null : family.title,
    adapter: shortAdapter(component),
    declares: readDeclaration(component),
    heldAgainst: heldAgainstOf(component),
    shards: component.shards.length,
    tensors: component.kinds.tensors(component.kinds.root),
    parameters: counts.parameters.total,
    uncertain: counts.parameters.uncertain,
    active: counts.parameters.active,
    activeBasis: counts.parameters.activeBasis,
    elements: counts.elements.stored,
    auxiliaryElements: quantizationOf(component).auxiliaryElements(component.kinds.root),
    bytes: counts.bytes.total,
    bitsPerWeight: counts.bitsPerWeight,
    precision: summarisePrecision(component),
    dtypes: countByDtype(component),
    modules: counts.byModule,
    layers: counts.byLayer,
  };
}

function shortAdapter(component: Component): ComponentOverview["adapter"] {
  const adapter = tellAdapter(component);
  if (adapter === null) return null;
  const { kind, naming, rank, modules, base, baseFamily } = adapter;
  return { kind, naming, rank, modules, base, baseFamily };
}

function summarisePrecision(component: Component): PrecisionSummary {
  const precision = analysePrecision(component);
  const { schemes, scales, quantizedRoles, unquantizedRoles, declared, activations, kvCache } = precision;
  const { paired, missing, orphan, mismatched } = scales;
  return {
    schemes: schemes.map(({ scheme, title, bits, symmetric, modules, bitsPerWeight }) => ({
      scheme,
      title,
      bits,
      symmetric,
      weights: modules,
      bitsPerWeight,
    })),
    quantizedRoles,
    unquantizedRoles,
    scales: { paired, missing, orphan, mismatched },
    activations,
    declaredActivations: declared?.activations ?? null,
    kvCache,
    declared: declared?.method ?? null,
    agrees: declared?.agrees ?? null,
  };
}

function readDeclaration(component: Component): ComponentOverview["declares"] {
  const { exists, architecture, modelType } = claimsOf(component);
  return exists ? { architecture: architecture ?? null, modelType: modelType ?? null } : null;
}
