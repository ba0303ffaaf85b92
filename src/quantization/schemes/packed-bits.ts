import type { Reading, SchemeContext } from "../scheme.ts";

/** What is known of a weight whose values lie packed along the input in 32-bit words. */
export interface PackedWidths {
  /** Words a row. */
  readonly columns: number;
  /** Scales a row; null for one scale a row or fewer, which says nothing about groups. */
  readonly scaleColumns: number | null;
  readonly bits: number | null;
  readonly group: number | null;
  /** Inputs, where a tensor beside it has their number. */
  readonly input: number | null;
  /** Whether words may hold whole values only, as compressed-tensors packed before 2026-05. */
  readonly allowOld: boolean;
}

export interface PackedReading {
  readonly bits: number;
  /** 0 where there are no groups. */
  readonly group: number;
  readonly input: number;
  readonly isOld: boolean;
}

export interface ResolvedPacked extends PackedReading {
  readonly isCertain: boolean;
  /** Whether shapes and declaration leave several readings, of which widths seen elsewhere chose: likely, no more. */
  readonly isNarrowed: boolean;
  /** All readings that the shapes allow, the most plausible first. */
  readonly candidates: readonly PackedReading[];
}

const USUAL_BITS = [4, 8, 2, 3, 6, 5] as const;
const USUAL_GROUPS = [128, 64, 32] as const;

/**
 * Bits, group and width of a packed weight. Shapes give the product of bits and group only, so in order: a tensor
 * that tells the width, the configuration, norms beside the module, the configuration's widths, the bits that other
 * weights of the same product have. What is still open stays a list of candidates.
 */
export function resolvePacked(known: PackedWidths, context: SchemeContext): ResolvedPacked {
  let candidates = readings(known);
  if (candidates.length === 0 && known.group !== null) return contradicted(known, context);
  if (known.input !== null) candidates = narrow(candidates, ({ input }) => input === known.input);
  const isNarrowed = candidates.length > 1;
  for (const widths of context.widths)
    if (candidates.length > 1) candidates = narrow(candidates, ({ input }) => widths.includes(input));
  const usual = context.usualBits.get(productOf(known));
  if (candidates.length > 1 && usual !== undefined)
    candidates = narrow(candidates, ({ bits }) => bits === usual);
  const [first] = candidates;
  if (first === undefined) {
    // No whole number of values fits: the declared width, else four bits, as far as the words reach.
    const bits = known.bits ?? 4;
    const input = known.input ?? Math.floor((known.columns * 32) / bits);
    return {
      bits,
      group: 0,
      input,
      isOld: false,
      isCertain: known.bits !== null,
      isNarrowed,
      candidates: [],
    };
  }
  return { ...first, isCertain: candidates.length === 1, isNarrowed, candidates };
}

/** How sure a resolved reading is: without an entry, certain. */
export function confidenceOf({ isCertain, isNarrowed }: ResolvedPacked): Pick<Reading, "confidence"> {
  if (!isCertain) return { confidence: "guess" };
  return isNarrowed ? { confidence: "likely" } : {};
}

/**
 * A configuration that the shapes contradict: either its bits or its group is wrong. Headers decide by known widths,
 * else the reading with the more usual bits is taken, and the disagreement is told elsewhere.
 */
function contradicted(known: PackedWidths, context: SchemeContext): ResolvedPacked {
  // Other bits than declared, and in the old packing as well, would be two coincidences.
  const other = { ...known, bits: null, allowOld: false };
  const halves = [...readings(other), ...readings({ ...known, group: null })].sort(
    (a, b) => rank(a.bits) - rank(b.bits),
  );
  // Where the entry is about other modules than this, neither is right: a width that the halves lack tells.
  const all = [...halves, ...readings({ ...other, group: null })];
  const told = context.widths.find((widths) => all.some(({ input }) => widths.includes(input)));
  let candidates = told === undefined ? halves : all.filter(({ input }) => told.includes(input));
  if (candidates.some((each) => halves.includes(each)))
    candidates = candidates.filter((each) => halves.includes(each));
  for (const widths of context.widths)
    if (candidates.length > 1) candidates = narrow(candidates, ({ input }) => widths.includes(input));
  const [first] = candidates;
  if (first === undefined) return resolvePacked({ ...other, group: null }, context);
  return {
    ...first,
    isCertain: true,
    isNarrowed: halves.length > 1 || !halves.includes(first),
    candidates: [first],
  };
}

function rank(bits: number): number {
  const at = (USUAL_BITS as readonly number[]).indexOf(bits);
  return at < 0 ? USUAL_BITS.length : at;
}

/** Bits of a group: the one number that shapes give. */
export function productOf(known: Pick<PackedWidths, "columns" | "scaleColumns">): number {
  return known.scaleColumns === null ? 0 : (known.columns * 32) / known.scaleColumns;
}

function narrow(
  candidates: readonly PackedReading[],
  keep: (reading: PackedReading) => boolean,
): PackedReading[] {
  const kept = candidates.filter(keep);
  return kept.length > 0 ? kept : [...candidates];
}

function readings(known: PackedWidths): PackedReading[] {
  const widths = known.bits === null ? USUAL_BITS : [known.bits];
  if (known.scaleColumns === null) {
    const whole = widths.filter((bits) => known.bits !== null || bits === 4 || bits === 8);
    return whole.map((bits) => channelReading(known, bits));
  }
  const exact = widths.flatMap((bits) => groupReadings(known, bits, false));
  return exact.length > 0 ? exact : widths.flatMap((bits) => groupReadings(known, bits, true));
}

function channelReading(known: PackedWidths, bits: number): PackedReading {
  return { bits, group: 0, input: known.input ?? Math.floor((known.columns * 32) / bits), isOld: false };
}

/** Readings of one bit width; ragged ones have a last group that is not full. */
function groupReadings(known: PackedWidths, bits: number, isRagged: boolean): PackedReading[] {
  const scales = known.scaleColumns as number;
  const groups: readonly number[] =
    known.group !== null && known.group > 0
      ? [known.group]
      : bits === known.bits
        ? wideGroups(known, bits)
        : USUAL_GROUPS;
  const found: PackedReading[] = [];
  for (const group of groups) {
    for (const input of new Set([(known.columns * 32) / bits, scales * group])) {
      if (!Number.isInteger(input) || Math.ceil(input / group) !== scales) continue;
      if (!isRagged && input % group !== 0) continue;
      const isDense = Math.ceil((input * bits) / 32) === known.columns;
      const isOld = known.allowOld && Math.ceil(input / Math.floor(32 / bits)) === known.columns;
      if (!isDense && !isOld) continue;
      found.push({ bits, group, input, isOld: !isDense });
      break;
    }
  }
  return found;
}

/** With the bits known, any group size is possible; the exact one comes from the shapes. */
function wideGroups(known: PackedWidths, bits: number): number[] {
  const exact = (known.columns * 32) / bits / (known.scaleColumns as number);
  return Number.isInteger(exact) ? [...new Set([exact, ...USUAL_GROUPS])] : [...USUAL_GROUPS];
}
