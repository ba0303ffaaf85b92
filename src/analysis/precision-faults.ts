import { type PlaceRow, placeRows } from "../architecture/place-rows.ts";
import type { PlaceSet } from "../checkpoint/place-set.ts";
import { type Fault, type FaultKind, rowOf, type Severity } from "../faults/fault.ts";
import { toldAmong } from "../faults/told.ts";
import { wordsFor } from "../faults/words.ts";

/** A fault of scales as `precision` lists it, with the weights that it is about and the tensor. */
export interface ScaleRow {
  readonly state: "missing" | "orphan" | "mismatched" | "note";
  readonly code: string;
  /** The check that finds it. */
  readonly rule: string;
  readonly severity: Severity;
  readonly module: string;
  /** The weights that it is about, as data, all of them. */
  readonly places: readonly PlaceRow[];
  readonly count: number;
  readonly tensor: string;
  readonly expected: string;
  readonly found: string;
}

/** Where a configuration and the headers differ about packing. */
export interface DisagreementRow {
  readonly module: string;
  /** Places of the modules as data; none where it is about the whole. */
  readonly places: readonly PlaceRow[];
  readonly count: number;
  readonly code: string;
  /** The check that finds it. */
  readonly rule: string;
  readonly severity: Severity;
  readonly declared: string;
  readonly stored: string;
}

export function scaleRows(faults: readonly Fault[]): ScaleRow[] {
  const own = faults.filter(({ kind }) => stateOf(kind) !== null);
  return toldAmong(own).flatMap((each) => {
    const { code, rule } = rowOf(each.kind);
    const state = stateOf(each.kind);
    if (state === null || code === null) return [];
    const { expected, found } = wordsFor(each);
    const { severity, at } = each;
    const tensor = at.format() ?? "";
    const weights = weightsOf(each);
    const module = weights.format() ?? "";
    return [
      {
        state,
        code,
        rule,
        severity,
        module,
        places: placeRows(weights),
        count: at.count,
        tensor,
        expected: expected ?? "",
        found: found ?? "",
      },
    ];
  });
}

function stateOf(kind: FaultKind): ScaleRow["state"] | null {
  const { view } = rowOf(kind);
  return view === "declared" || view === "config" ? null : view;
}

/** The weights that a fault of a tensor is about; of a fault of weights, these. */
function weightsOf({ data, at }: Fault): PlaceSet {
  return "of" in data ? data.of : at;
}

export function disagreementRows(faults: readonly Fault[]): DisagreementRow[] {
  const own = faults.filter(({ kind }) => rowOf(kind).view === "declared");
  return toldAmong(own).flatMap((each) => {
    const { code, rule, isOfWhole } = rowOf(each.kind);
    // Without a configuration there is nothing to disagree with.
    const isAlone = each.kind === "declared.nothing" && !each.data.hasConfig;
    if (code === null || isAlone) return [];
    const { expected, found, declared = expected, stored = found } = wordsFor(each);
    const { severity, at } = each;
    const module = isOfWhole ? "" : (at.format() ?? "");
    const count =
      at.isWhole && each.kind !== "skip.unjudged" && each.kind !== "declared.unusable" ? 0 : at.count;
    const places = isOfWhole ? [] : placeRows(at);
    return [{ module, places, count, code, rule, severity, declared: declared ?? "", stored: stored ?? "" }];
  });
}
