import { type PlaceRow, placeRows } from "../architecture/place-rows.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { PlaceSet } from "../checkpoint/place-set.ts";
import { formatShape } from "../format/shape.ts";
import type { Weight } from "../quantization/module-weights.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import { type ConfigDiff, diffConfigs } from "./diff-config.ts";
import { findRenaming, withoutPrefix } from "./diff-renaming.ts";
import { pairWeights } from "./diff-weights.ts";
import { alignExperts, weightBytes } from "./expert-layout.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { groupNames } from "./fold-names.ts";
import { type FoldWays, foldUnderscores } from "./fold-underscores.ts";

/** What changed from one checkpoint to another, weight by weight with packing understood. */
export interface DiffResult {
  readonly same: boolean;
  /** What each side is built of, in a word: alike where all names, dtypes and shapes are. */
  readonly fingerprints: { readonly before: string; readonly after: string };
  readonly totals: {
    readonly parameters: Sides;
    readonly bytes: Sides;
    readonly tensors: Sides;
  };
  /** Prefixes that only one side has in front of names that are otherwise the same; null where names agree. */
  readonly renamed: { readonly before: string; readonly after: string } | null;
  readonly removed: readonly DiffRow[];
  readonly added: readonly DiffRow[];
  readonly changed: readonly ChangedRow[];
  /** Weights and buffers that are alike on both sides in shape and storage. */
  readonly unchanged: number;
  /** What the configuration files say otherwise. */
  readonly configs: ConfigDiff;
}

export interface Sides {
  readonly before: number;
  readonly after: number;
}

export interface DiffRow {
  readonly pattern: string;
  readonly count: number;
  readonly names: readonly string[];
  readonly at: PlaceSet;
  /** The same places as data. */
  readonly places: readonly PlaceRow[];
  /** `BF16 [4096, 4096]`, of a quantized weight with its scheme and logical shape. */
  readonly stored: string;
  /** Nominal bits of the weight, null where they are not known. */
  readonly bits: number | null;
  /** Bytes of all of them, with scales and bias. */
  readonly bytes: number;
}

export interface ChangedRow extends Omit<DiffRow, "stored" | "bits" | "bytes"> {
  /** A shape is the model's; storage is how it is packed. */
  readonly what: "shape" | "storage";
  readonly before: string;
  readonly after: string;
  readonly bits: { readonly before: number | null; readonly after: number | null };
  readonly bytes: Sides;
}

/** What is compared: buffers, scales that belong to no weight and configurations too, or weights alone. */
export interface DiffOptions {
  readonly weightsOnly?: boolean;
}

/** Compares two components: names, logical shapes, schemes and dtypes of weights and buffers, and what their configurations say. */
export function diffComponents(
  before: Component,
  after: Component,
  { weightsOnly = false }: DiffOptions = {},
): DiffResult {
  const changeOf = onceAPair(describeChange);
  const pairs = pairWeights(
    before,
    after,
    (weight, other) => changeOf(weight, other) === undefined,
    weightsOnly,
  );
  const { before: a, after: b, alike } = pairs;
  const renamed = findRenaming(a, b, alike);
  const [old, young] = alignExperts(
    renamed === null ? a : withoutPrefix(a, renamed.before),
    renamed === null ? b : withoutPrefix(b, renamed.after),
  );
  const removed = new Map<string, string[]>();
  const added = new Map<string, string[]>();
  const changed = new Map<string, string[]>();
  let unchanged = alike;
  for (const [name, weight] of old) {
    const other = young.get(name);
    if (other === undefined) push(removed, rowKey(weight), name);
    else {
      const change = changeOf(weight, other);
      if (change === undefined) unchanged++;
      else push(changed, change, name);
    }
  }
  for (const [name, weight] of young) if (!old.has(name)) push(added, rowKey(weight), name);
  const result = {
    fingerprints: { before: fingerprintOf(before), after: fingerprintOf(after) },
    totals: totalsOf(before, after),
    renamed,
    removed: foldUnderscores(toRows(removed, old), ONE_SIDE),
    added: foldUnderscores(toRows(added, young), ONE_SIDE),
    changed: foldUnderscores(toChangedRows(changed, old, young), TWO_SIDES),
    unchanged,
    configs: weightsOnly ? NOT_COMPARED : diffConfigs(before.configs, after.configs),
  };
  const isSame =
    result.removed.length + result.added.length + result.changed.length === 0 &&
    renamed === null &&
    (result.configs.changes ?? []).length === 0;
  return { same: isSame, ...result };
}

const NOT_COMPARED: ConfigDiff = { changes: null, more: 0 };

/** What rows of weights that one side lacks are grouped by. */
function rowKey(weight: Weight): string {
  return JSON.stringify([describeWeight(weight), weight.bits]);
}

/** `fp8-block [4096, 4096]`, `BF16 [4096, 4096]`. */
export function describeWeight(weight: Weight): string {
  const shape = weight.logicalShape === null ? "[?]" : formatShape(weight.logicalShape);
  return `${storageOf(weight)} ${shape}`;
}

function storageOf({ scheme, payloadTensor, bits }: Weight): string {
  if (scheme === "none") return payloadTensor.dtype;
  // What a scheme is called mostly says it.
  return bits === null || scheme.includes(String(bits)) ? scheme : `${scheme} (${bits}-bit)`;
}

/** The two descriptions and what differs, as a key to group by; undefined where nothing does. */
function describeChange(before: Weight, after: Weight): string | undefined {
  const [a, b] = [describeWeight(before), describeWeight(after)];
  if (a === b) return describePartChange(before, after);
  const known = before.logicalShape !== null && after.logicalShape !== null;
  const isReshaped = known && !isSameShape(before.logicalShape as number[], after.logicalShape as number[]);
  return changeKey(isReshaped ? "shape" : "storage", [a, b], before, after);
}

/** A comparison of weights, made once for each two kinds: modules that are alike share theirs. */
function onceAPair<T>(compare: (before: Weight, after: Weight) => T): (before: Weight, after: Weight) => T {
  const made = new Map<Weight, Map<Weight, T>>();
  return (before, after) => {
    const own = made.get(before) ?? new Map<Weight, T>();
    made.set(before, own);
    if (!own.has(after)) own.set(after, compare(before, after));
    return own.get(after) as T;
  };
}

/** Scales and their like that only one side has, of weights that are alike otherwise. */
function describePartChange(before: Weight, after: Weight): string | undefined {
  const [a, b] = [tellParts(before), tellParts(after)];
  const left = a.filter((part) => !b.includes(part));
  const right = b.filter((part) => !a.includes(part));
  if (left.length + right.length === 0) return undefined;
  const tell = (own: readonly string[]) => (own.length === 0 ? "not there" : own.join(", "));
  return changeKey("storage", [tell(left), tell(right)], before, after);
}

/** What rows of weights that changed are grouped by. */
function changeKey(what: ChangedRow["what"], words: [string, string], before: Weight, after: Weight): string {
  return JSON.stringify([what, ...words, before.bits, after.bits]);
}

/** `weight_scale_inv F32 [48, 24]` for each tensor of a weight but the payload and the bias, which is told on its own. */
function tellParts({ tensors: parts, payloadTensor }: Weight): string[] {
  return parts
    .filter(({ part, tensor }) => part !== "bias" && tensor !== payloadTensor)
    .map(({ suffix, tensor }) => `${suffix} ${tensor.dtype} ${formatShape(tensor.shape)}`)
    .sort();
}

/** Whether shapes are the same, or those of stacked experts that are stored input by output on one side. */
function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  const isStack = a.length === 3 && b.length === 3;
  return a.join() === b.join() || (isStack && a[0] === b[0] && a[1] === b[2] && a[2] === b[1]);
}

function totalsOf(before: Component, after: Component): DiffResult["totals"] {
  const sides = (of: (component: Component) => number) => ({ before: of(before), after: of(after) });
  return {
    parameters: sides((component) => quantizationOf(component).parameters(component.kinds.root)),
    bytes: sides(({ kinds }) => kinds.bytes(kinds.root)),
    tensors: sides(({ kinds }) => kinds.tensors(kinds.root)),
  };
}

function push(groups: Map<string, string[]>, key: string, name: string): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [name]);
  else group.push(name);
}

/** Names listed in full for a row. */
const MAX_NAMED = 3;

/** Rows of kohya's names that become one: alike in what is stored, together in places and bytes. */
const ONE_SIDE: FoldWays<DiffRow> = {
  likeness: ({ stored, bits }) => JSON.stringify([stored, bits]),
  join: (rows) => ({
    ...together(rows),
    bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
  }),
};

const TWO_SIDES: FoldWays<ChangedRow> = {
  likeness: ({ what, before, after, bits }) => JSON.stringify([what, before, after, bits]),
  join: (rows) => ({
    ...together(rows),
    bytes: {
      before: rows.reduce((sum, { bytes }) => sum + bytes.before, 0),
      after: rows.reduce((sum, { bytes }) => sum + bytes.after, 0),
    },
  }),
};

/** The first names of all, and all of their places. */
function together<Row extends Pick<DiffRow, "names" | "at">>(rows: readonly [Row, ...Row[]]): Row {
  return {
    ...rows[0],
    names: rows.flatMap(({ names }) => names).slice(0, MAX_NAMED),
    at: new PlaceSet(
      rows.flatMap(({ at }) => at.places),
      rows.reduce((sum, { at }) => sum + at.count, 0),
    ),
  };
}

type Groups = ReadonlyMap<string, readonly string[]>;
type Weights = ReadonlyMap<string, Weight>;

function bytesOf(names: readonly string[], weights: Weights): number {
  return names.reduce((sum, name) => {
    const weight = weights.get(name);
    return weight === undefined ? sum : sum + weightBytes(weight);
  }, 0);
}

function toRows(groups: Groups, weights: Weights): DiffRow[] {
  return [...groups].flatMap(([key, names]) => {
    const [stored, bits] = JSON.parse(key) as [string, number | null];
    return groupNames(names).map(({ fold, members }) => ({
      ...fold,
      places: placeRows(fold.at),
      stored,
      bits,
      bytes: bytesOf(members, weights),
    }));
  });
}

function toChangedRows(groups: Groups, before: Weights, after: Weights): ChangedRow[] {
  return [...groups].flatMap(([key, names]) => {
    const [what, words, wordsAfter, ...bits] = JSON.parse(key) as [
      ChangedRow["what"],
      string,
      string,
      number | null,
      number | null,
    ];
    return groupNames(names).map(({ fold, members }) => ({
      ...fold,
      places: placeRows(fold.at),
      what,
      before: words,
      after: wordsAfter,
      bits: { before: bits[0], after: bits[1] },
      bytes: { before: bytesOf(members, before), after: bytesOf(members, after) },
    }));
  });
}
