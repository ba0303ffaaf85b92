import type { SharedBlocks } from "../architecture/shared-blocks.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { countByDtype as censusOf } from "../checkpoint/dtype-census.ts";
import {
  formatPattern,
  gatherModules,
  groupChildren,
  type PatternSegment,
  walkPatterns,
} from "../checkpoint/repeats.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { withDots } from "../kinds/adapter/dotted-component.ts";
import { bitsPerWeight } from "../quantization/folded-weights.ts";
import { countDoubtful } from "../quantization/packing-doubt.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import { type ComponentRow, countByRoles, type ExpertRow, type RoleRow } from "./param-roles.ts";

/** Ways to break the totals down, in the order they are shown. */
export const BREAKDOWNS = ["role", "component", "layer", "expert", "dtype", "module"] as const;
export type Breakdown = (typeof BREAKDOWNS)[number];

/** How many parameters there are, and what they take. Parameters are logical; elements are what the headers say. */
export interface ParamsResult {
  readonly parameters: {
    readonly total: number;
    /** Those of the total that are counted by packings which headers do not settle: as many as the likeliest reading has. */
    readonly uncertain: number;
    /** Parameters that one token passes through: backbone without unused experts; null is not known. */
    readonly active: number | null;
    readonly activeBasis: string;
    /** Without the input embedding, unless that table is the head too. */
    readonly activeWithoutEmbedding: number | null;
    readonly activeWithoutEmbeddingAndHead: number | null;
    /** Blocks that are stored once and called by several layers (Zamba), null without such. */
    readonly sharedBlocks: SharedBlocks | null;
    /** Active parameters with such a block counted at each call; null without such. */
    readonly activeCountingCalls: number | null;
  };
  readonly elements: {
    /** Sum over all tensors of the product of the header shape. */
    readonly stored: number;
    /** Scales, zero points, indices and other bookkeeping among them. */
    readonly auxiliary: number;
  };
  readonly bytes: { readonly total: number; readonly weights: number; readonly auxiliary: number };
  /** Bits stored to rebuild the weights ÷ parameters, 6 decimals; null without parameters. */
  readonly bitsPerWeight: number | null;
  readonly byRole: readonly RoleRow[];
  readonly byComponent: readonly ComponentRow[];
  readonly byExpert: readonly ExpertRow[];
  readonly byDtype: readonly DtypeRow[];
  readonly byModule: readonly ModuleRow[];
  readonly byLayer: readonly LayerRow[];
  /** Whether the head is the embedding table, stored and counted once; null where there is nothing to tie. */
  readonly tiedHead: boolean | null;
  /** Tensors whose role no rule knows, as patterns. */
  readonly unknown: readonly string[];
  /** What it is built of, in a word (see `fingerprintOf`): in JSON alone. */
  readonly fingerprint?: string;
}

export interface DtypeRow {
  readonly dtype: string;
  readonly tensors: number;
  readonly elements: number;
  readonly bytes: number;
  /** Share of the bytes. */
  readonly share: number;
}

export interface ModuleRow {
  readonly module: string;
  readonly tensors: number;
  readonly parameters: number;
  readonly elements: number;
  readonly bytes: number;
  /** Share of the parameters. */
  readonly share: number;
}

/** Layers of one stack that are alike. */
export interface LayerRow {
  /** Path of the list: `model.layers`. */
  readonly stack: string;
  /** `0-2` */
  readonly layers: string;
  readonly count: number;
  readonly parametersEach: number;
  readonly parameters: number;
  readonly bytes: number;
}

/**
 * Bits stored to rebuild the weights, their scales among them, for each of `parameters`; null for none. Buffers are no part
 * of a weight: the statistics of batch norms would make more than 16 bits of a model in BF16.
 */
export function storedBitsPerWeight(
  bytes: number,
  byRole: readonly RoleRow[],
  parameters: number,
): number | null {
  const buffers = byRole.find(({ role }) => role === "buffers")?.bytes ?? 0;
  return bitsPerWeight((bytes - buffers) * 8, parameters);
}

export function countParameters(component: Component): ParamsResult {
  const { kinds } = component;
  const quantization = quantizationOf(component);
  const { root } = kinds;
  const total = quantization.parameters(root);
  const roles = countByRoles(component);
  const auxiliaryBytes = quantization.auxiliaryBytes(root);
  const bytes = kinds.bytes(root);
  return {
    parameters: {
      total,
      uncertain: countDoubtful(quantization),
      active: roles.active.active,
      activeBasis: roles.active.basis,
      activeWithoutEmbedding: roles.active.activeWithoutEmbedding,
      activeWithoutEmbeddingAndHead: roles.active.activeWithoutEmbeddingAndHead,
      sharedBlocks: roles.active.sharedBlocks,
      activeCountingCalls: roles.active.activeCountingCalls,
    },
    elements: { stored: kinds.elements(root), auxiliary: quantization.auxiliaryElements(root) },
    bytes: { total: bytes, weights: bytes - auxiliaryBytes, auxiliary: auxiliaryBytes },
    bitsPerWeight: storedBitsPerWeight(bytes, roles.byRole, total),
    byRole: roles.byRole,
    byComponent: roles.byComponent,
    byExpert: roles.byExpert,
    byDtype: countByDtype(component),
    // Names of trainers that write underscores nest as dotted ones do.
    byModule: countByModule(withDots(component)),
    byLayer: countByLayer(withDots(component)),
    tiedHead: roles.tiedHead,
    unknown: roles.unknown,
  };
}

/** Stored tensors by dtype, most bytes first. */
export function countByDtype(component: Component): DtypeRow[] {
  const all = component.kinds.bytes(component.kinds.root);
  return censusOf(component)
    .map((row) => ({ ...row, share: shareOf(row.bytes, all) }))
    .sort((a, b) => b.bytes - a.bytes || (a.dtype < b.dtype ? -1 : 1));
}

/** Modules below the root; a root with one child only is stepped over, as `model` says nothing. */
function countByModule(component: Component): ModuleRow[] {
  const { kinds } = component;
  const quantization = quantizationOf(component);
  const total = quantization.parameters(kinds.root);
  const rows: ModuleRow[] = [];
  const isShown = (depth: number, kind: number) =>
    depth >= 2 || kinds.childCount(kind) === 0 || !opensUp(kinds, kind, depth);
  walkPatterns(kinds, ({ kind, count, segments, parentKind, position }) => {
    // What lies below a part of a weight counts as that weight does, not as a module's own.
    if (!isShown(segments.length, kind) && !quantization.isPart(parentKind, position)) return true;
    const parameters = quantization.childTotals(parentKind, position).parameters * count;
    rows.push({
      module: formatPattern(segments),
      tensors: kinds.tensors(kind) * count,
      parameters,
      elements: kinds.elements(kind) * count,
      bytes: kinds.bytes(kind) * count,
      share: shareOf(parameters, total),
    });
    return false;
  });
  return rows;
}

/** Whether a top module is a mere wrapper whose children tell more: `model` with `embed_tokens`, `layers`, `norm`. */
function opensUp(kinds: Component["kinds"], kind: number, depth: number): boolean {
  if (depth !== 1 || kinds.tensorRow(kind) !== undefined) return false;
  const groups = groupChildren(kinds, kind);
  return (
    groups.some((group) => kinds.tensorRow(group.kind) === undefined) &&
    !groups.some((group) => group.members !== null)
  );
}

/** Runs of equal members in each outermost numbered list. */
function countByLayer(component: Component): LayerRow[] {
  const { kinds } = component;
  const quantization = quantizationOf(component);
  const isList = (segments: readonly PatternSegment[]) =>
    isNumbered(segments[segments.length - 1] as PatternSegment);
  const groups = gatherModules(
    kinds,
    ({ segments, kind }) => isList(segments) && kinds.tensorRow(kind) === undefined,
    ({ segments }) => !isList(segments),
  );
  return groups.flatMap(({ kind, patterns }) =>
    patterns.map((segments) => {
      const last = segments[segments.length - 1] as PatternSegment;
      const members = typeof last === "string" ? [Number(/\d+$/.exec(last)?.[0])] : last.members;
      const parametersEach = quantization.parameters(kind);
      return {
        stack: formatPattern(segments.slice(0, -1)),
        layers: formatIndexRanges(members),
        count: members.length,
        parametersEach,
        parameters: parametersEach * members.length,
        bytes: kinds.bytes(kind) * members.length,
      };
    }),
  );
}

function isNumbered(part: PatternSegment): boolean {
  return typeof part !== "string" || /^\d+$/.test(part);
}

/** Nine digits, as every share is told. */
export function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Number((part / whole).toPrecision(9));
}
