import type { Absence, Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import { member } from "../checkpoint/config.ts";
import { type AdapterStory, tellAdapter } from "../kinds/adapter/story.ts";
import { type Kind, kindOf } from "../kinds/kind.ts";
import { kindOfWhole } from "../kinds/pipeline/is-pipeline.ts";
import { partsOfFile } from "../kinds/single-file.ts";
import { countDoubtful } from "../quantization/packing-doubt.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import type { Granularity } from "../quantization/scheme.ts";
import type { ZeroPointConvention } from "../quantization/zero-point-convention.ts";
import { type HeldAgainst, heldAgainstOf } from "../signatures/held-against.ts";
import type { CacheFacts } from "./activations.ts";
import { type ArchResult, describeArchitecture } from "./arch.ts";
import { type Declares, declaresOf } from "./declares.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type Geometry, geometryOf } from "./geometry.ts";
import { findLargest, type LargestRow } from "./largest.ts";
import type { RoleRow } from "./param-roles.ts";
import {
  countByDtype,
  countParameters,
  type DtypeRow,
  type LayerRow,
  type ModuleRow,
  storedBitsPerWeight,
} from "./params.ts";
import { analysePrecision, type PrecisionResult } from "./precision.ts";

/** One screen: what is this, how big, how precise. */
export interface OverviewResult {
  /** What the source is as a whole. */
  readonly kind: Kind;
  /** What joins several models into one: its class, or the steps of sentence-transformers; null for anything else. */
  readonly pipeline: {
    readonly className: string | null;
    readonly steps: readonly { readonly name: string; readonly className: string | null }[];
  } | null;
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
  readonly adapter: ShortAdapter | null;
  /** How large it is in the numbers that people compare, null for an adapter. */
  readonly geometry: Geometry | null;
  /** Parts of several stacks beside each other, text, vision and audio, largest first. */
  readonly towers: readonly {
    readonly component: string;
    readonly parameters: number;
    /** Layers of its largest list and the width of its stream, where it stands beside the main list; null for others. */
    readonly layers: number | null;
    readonly width: number | null;
  }[];
  /** What `config.json` calls itself: a claim, null without one. */
  readonly declares: Declares | null;
  /** The class of a library release that it was held against; null where none is named that is known. */
  readonly heldAgainst: HeldAgainst | null;
  /** The models that a file of a whole pipeline holds; empty for any other. */
  readonly parts: readonly PartOverview[];
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
  readonly roles: readonly OverviewRole[];
  readonly layers: readonly LayerRow[];
  /** Memory of keys, values and states for one sequence; null for what keeps none, and where that is not known. */
  readonly kvCache: ArchResult["kvCache"];
  /** Whether the configuration sends loaders to code of its own (`auto_map`): they run it or refuse. */
  readonly needsRemoteCode: boolean;
  readonly largest: readonly LargestRow[];
  /** Why some tensors are not here, null where all are. */
  readonly absence: Absence | null;
  /** Bytes of files every one of which belongs to a header or to one tensor; null where that is not so, or not known. */
  readonly accountedBytes: number | null;
  readonly fingerprint: string;
}

/** An adapter in short. */
export type ShortAdapter = Pick<
  AdapterStory,
  | "kind"
  | "naming"
  | "rank"
  | "ranks"
  | "alpha"
  | "scaling"
  | "modules"
  | "base"
  | "baseFamily"
  | "targetDetails"
>;

export interface OverviewRole extends RoleRow {
  /** How many weights of the role are kept in which way: titles of schemes, dtypes for plain ones. */
  readonly kept: Readonly<Record<string, number>>;
}

/** One model of several in a file. */
export interface PartOverview {
  /** What its names begin with. */
  readonly part: string;
  readonly kind: Kind;
  readonly family: string | null;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

/** What `unfold precision` says at length. */
export interface PrecisionSummary {
  readonly schemes: readonly {
    readonly scheme: string;
    readonly title: string;
    readonly bits: number | null;
    readonly symmetric: boolean | null;
    readonly zeroPoints: ZeroPointConvention | null;
    readonly weights: number;
    readonly bitsPerWeight: number | null;
    /** What shares a scale; null where it does not apply, or where weights differ. */
    readonly granularity: Granularity | null;
    readonly block: readonly number[] | null;
    readonly group: number | null;
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
  readonly rotations: PrecisionResult["rotations"];
  /** The method that a configuration declares, null where none does. */
  readonly declared: string | null;
  /** Whether the declaration fits what is stored; null without one. */
  readonly agrees: boolean | null;
}

/** Rows of largest tensors. */
const MAX_LARGEST = 3;

/** Components that were described already, while what is derived from them was at hand. */
export type Described = ReadonlyMap<Component, ComponentOverview>;

export function buildOverview(checkpoint: Checkpoint, described: Described = new Map()): OverviewResult {
  const components = checkpoint.components.map(
    (component) => described.get(component) ?? describeForOverview(checkpoint, component),
  );
  const adds = components.length === 1 || checkpoint.addUp;
  const { pipeline } = checkpoint;
  return {
    kind: kindOfWhole(checkpoint, components[0]?.kind ?? "unknown"),
    pipeline:
      pipeline === null || pipeline === undefined
        ? null
        : {
            className: pipeline.className,
            steps: pipeline.parts.map(({ name, className }) => ({ name, className })),
          },
    components,
    parameters: adds ? components.reduce((sum, each) => sum + each.parameters, 0) : null,
  };
}

/** What the screen says of one component. */
export function describeForOverview({ components }: Checkpoint, component: Component): ComponentOverview {
  const adapter = components.length === 1 ? null : tellAdapter(component);
  return adapter === null ? describeComponent(component) : describeAdapter(component, adapter);
}

/** What the screen says of one whose contents are like those of another (see `AlikeComponents`). */
export function describeLike(known: ComponentOverview, component: Component): ComponentOverview {
  return { ...known, component: component.name, accountedBytes: accountedBytes(component) };
}

function describeComponent(component: Component): ComponentOverview {
  const counts = countParameters(component);
  const story = tellAdapter(component);
  const adapter = story === null ? null : inShort(story, story.targetDetails);
  // What is added to a model has no geometry of its own, and a folder may hold thousands of adapters.
  // Nor have several models in one file.
  const parts = partsOfFile(component);
  const arch = adapter === null && parts.length === 0 ? describeArchitecture(component) : null;
  const precision = analysePrecision(component);
  const { kind, task, family } = kindOf(component);
  return {
    component: component.name,
    kind,
    task,
    family: family.confidence === "unknown" ? null : family.title,
    adapter,
    geometry: arch === null ? null : geometryOf(component, arch, counts.byLayer),
    towers: counts.byComponent.map(({ component: name, parameters }) => ({
      component: name,
      parameters,
      ...layersOf(arch, name),
    })),
    declares: declaresOf(component),
    heldAgainst: heldAgainstOf(component),
    parts: parts.map(describePart),
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
    precision: summarisePrecision(precision),
    dtypes: countByDtype(component),
    modules: counts.byModule,
    roles: rolesOf(counts.byRole, precision),
    layers: counts.byLayer,
    kvCache: arch?.kvCache ?? null,
    needsRemoteCode: member(component.configs.get("config.json"), "auto_map") !== undefined,
    largest: findLargest(component, MAX_LARGEST),
    absence: component.absence,
    accountedBytes: accountedBytes(component),
    fingerprint: fingerprintOf(component),
  };
}

function layersOf(
  arch: ArchResult | null,
  component: string,
): { layers: number | null; width: number | null } {
  const tower = arch?.towers.find(({ scope, layers }) => scope === component && layers > 0);
  return { layers: tower?.layers ?? null, width: tower?.width ?? null };
}

/**
 * One adapter of many: what its line says. A folder may hold thousands, and what `params`, `precision` and `arch` say of each
 * is left to them.
 */
function describeAdapter(component: Component, adapter: AdapterStory): ComponentOverview {
  const { kinds } = component;
  const { root } = kinds;
  const quantization = quantizationOf(component);
  const parameters = quantization.parameters(root);
  const bytes = kinds.bytes(root);
  return {
    component: component.name,
    kind: "adapter",
    task: null,
    family: kindOf(component).family.confidence === "unknown" ? null : kindOf(component).family.title,
    adapter: inShort(adapter, []),
    geometry: null,
    towers: [],
    declares: declaresOf(component),
    heldAgainst: null,
    parts: [],
    shards: component.shards.length,
    tensors: kinds.tensors(root),
    parameters,
    uncertain: countDoubtful(quantization),
    active: component.isComplete ? parameters : null,
    activeBasis: component.isComplete ? "all parameters: no routed experts" : "not all tensors are here",
    elements: kinds.elements(root),
    auxiliaryElements: quantization.auxiliaryElements(root),
    bytes,
    bitsPerWeight: storedBitsPerWeight(bytes, [], parameters),
    precision: PLAIN,
    dtypes: countByDtype(component),
    modules: [],
    roles: [],
    layers: [],
    kvCache: null,
    needsRemoteCode: false,
    largest: [],
    absence: component.absence,
    accountedBytes: accountedBytes(component),
    fingerprint: fingerprintOf(component),
  };
}

/** Nothing is quantized, or it is not told here. */
const PLAIN: PrecisionSummary = {
  schemes: [],
  quantizedRoles: [],
  unquantizedRoles: [],
  scales: { paired: 0, missing: null, orphan: null, mismatched: 0 },
  activations: null,
  declaredActivations: null,
  kvCache: null,
  rotations: null,
  declared: null,
  agrees: null,
};

/** Headers are only read where they account for all bytes of their file: holes and overlaps are damage. */
function accountedBytes(component: Component): number | null {
  if (component.isDamaged || component.shards.some(({ status }) => status !== "read")) return null;
  return component.shards.reduce((sum, shard) => sum + (shard.status === "read" ? shard.fileBytes : 0), 0);
}

/** Roles with what their weights are kept in: titles of schemes, and dtypes of what is plain. */
function rolesOf(roles: readonly RoleRow[], { byRole, schemes }: PrecisionResult): OverviewRole[] {
  const titles = new Map(schemes.map(({ scheme, title }) => [scheme, title]));
  const packed = new Set(
    schemes.filter(({ scheme }) => scheme !== "none").map(({ weightDtype }) => weightDtype),
  );
  const several = new Set(
    schemes
      .filter((row, at) => schemes.findIndex(({ scheme }) => scheme === row.scheme) !== at)
      .map(({ scheme }) => scheme),
  );
  return roles.map((row) => {
    const own = byRole.find(({ role }) => role === row.role);
    const quantized = Object.entries(own?.schemes ?? {}).filter(([scheme]) => scheme !== "none");
    const plain = Object.entries(own?.dtypes ?? {}).filter(
      ([dtype]) => own?.schemes.none !== undefined && (quantized.length === 0 || !packed.has(dtype)),
    );
    const kept = quantized.map(([scheme, count]): [string, number] => [
      keptName(scheme, titles.get(scheme) ?? scheme, own?.bits[scheme] ?? [], several.has(scheme)),
      count,
    ]);
    return { ...row, kept: Object.fromEntries([...kept, ...plain]) };
  });
}

/** `MLX affine, 3 and 6 bits` where the model has several widths of it; 4-bit values kept one a byte are no `INT8`. */
function keptName(scheme: string, title: string, bits: readonly number[], isOneOfSeveral: boolean): string {
  const [first] = bits;
  if (scheme === "int8" && bits.length === 1 && first !== 8) return `INT${first}`;
  return isOneOfSeveral && bits.length > 0 ? `${title}, ${bits.join(" and ")} bits` : title;
}

function describePart(part: Component): PartOverview {
  const { kind, family } = kindOf(part);
  const { root } = part.kinds;
  return {
    part: part.name,
    kind,
    family: family.confidence === "unknown" ? null : family.title,
    tensors: part.kinds.tensors(root),
    parameters: quantizationOf(part).parameters(root),
    bytes: part.kinds.bytes(root),
  };
}

function inShort(
  { kind, naming, rank, ranks, alpha, scaling, modules, base, baseFamily }: AdapterStory,
  targetDetails: AdapterStory["targetDetails"],
): ShortAdapter {
  return { kind, naming, rank, ranks, alpha, scaling, modules, base, baseFamily, targetDetails };
}

function summarisePrecision(precision: PrecisionResult): PrecisionSummary {
  const { schemes, scales, quantizedRoles, unquantizedRoles, declared, activations, kvCache, rotations } =
    precision;
  const { paired, missing, orphan, mismatched } = scales;
  return {
    schemes: schemes.map(
      ({
        scheme,
        title,
        bits,
        symmetric,
        zeroPoints,
        modules,
        bitsPerWeight,
        granularity,
        block,
        group,
      }) => ({
        scheme,
        title,
        bits,
        symmetric,
        zeroPoints,
        weights: modules,
        bitsPerWeight,
        granularity,
        block,
        group,
      }),
    ),
    quantizedRoles,
    unquantizedRoles,
    scales: { paired, missing, orphan, mismatched },
    activations,
    declaredActivations: declared?.activations ?? null,
    kvCache,
    rotations,
    declared: declared?.method ?? null,
    agrees: declared?.agrees ?? null,
  };
}
