import {
  formatPlace,
  isAlike,
  type Place,
  type PlaceSegment,
  type PlaceSet,
} from "../checkpoint/place-set.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { EXPERT_BOXES, STACK_NAMES } from "./leaf-tables.ts";

/**
 * A place as data. A full name is put together again as `stack.layer.module.tensor`, with the number of an expert in
 * the module's place of `#`; lists of other things stay in the module as patterns.
 */
export interface PlaceRow {
  /** The list of layers, such as `model.layers`; null outside of one. */
  readonly stack: string | null;
  /** Numbers of the layers, `0-61`; null outside of a list, and for the list itself. */
  readonly layers: string | null;
  /** Path below the layer, or the whole path outside of one; null for the layer itself. */
  readonly module: string | null;
  /** Numbers of the experts; null outside of experts, and where any of them is meant. */
  readonly experts: string | null;
  /** Names of tensors in the module; none where it is about the module. */
  readonly tensors: readonly string[];
}

/** All places as rows; tensors of one module share a row. */
export function placeRows({ places }: PlaceSet): PlaceRow[] {
  const rows = new Map<string, PlaceRow & { readonly tensors: string[] }>();
  for (const place of places) {
    const row = rowOf(place);
    const key = JSON.stringify([row.stack, row.layers, row.module, row.experts]);
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { ...row, tensors: [...row.tensors] });
    else known.tensors.push(...row.tensors);
  }
  return [...rows.values()];
}

function rowOf({ module, tensor }: Place): PlaceRow {
  const layer = module.findIndex((segment, at) => numbersOf(segment) !== undefined && isStack(module, at));
  const below = module.slice(layer + 1);
  const expert = below.findIndex(
    (segment, at) => isExperts(below[at - 1]) && (isAlike(segment) || numbersOf(segment) !== undefined),
  );
  const segment = below[expert];
  const own = expert < 0 ? below : below.with(expert, "#");
  return {
    stack: layer < 0 ? null : pathOf(module.slice(0, layer)),
    layers: layer < 0 ? null : formatNumbers(module[layer]),
    module: own.length === 0 ? null : pathOf(own),
    experts: expert < 0 || segment === undefined || isAlike(segment) ? null : formatNumbers(segment),
    tensors: tensor === null ? [] : [tensor],
  };
}

function pathOf(module: readonly PlaceSegment[]): string {
  return formatPlace({ module, tensor: null });
}

function isStack(module: readonly PlaceSegment[], at: number): boolean {
  const before = module[at - 1];
  return typeof before === "string" && STACK_NAMES.has(before);
}

function isExperts(segment: PlaceSegment | undefined): boolean {
  return typeof segment === "string" && EXPERT_BOXES.has(segment);
}

/** Numbers of a segment that is nothing else: `3`, `{0-61}`. */
function numbersOf(segment: PlaceSegment): readonly number[] | undefined {
  if (typeof segment === "string") return /^\d{1,9}$/.test(segment) ? [Number(segment)] : undefined;
  return isAlike(segment) || segment.prefix !== "" ? undefined : segment.members;
}

function formatNumbers(segment: PlaceSegment | undefined): string | null {
  const numbers = segment === undefined ? undefined : numbersOf(segment);
  return numbers === undefined ? null : formatIndexRanges(numbers);
}
