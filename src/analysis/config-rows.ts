import { formatPlace } from "../checkpoint/place-set.ts";
import { type Fault, rowOf, type Severity } from "../faults/fault.ts";
import { toldAmong } from "../faults/told.ts";
import { wordsFor } from "../faults/words.ts";

/** Where the configuration and the headers do not say the same of the model. The headers are what is stored. */
export interface ConfigRow {
  /** Stable name of the comparison, such as `shape.kv`. */
  readonly id: string;
  readonly severity: Severity;
  /** What it is about, in words. */
  readonly subject: string;
  /** What the configuration says, with the key it says it under or the formula that it follows from. */
  readonly config: string;
  readonly headers: string;
  /** What was expected by: the configuration, or other headers of the same file. */
  readonly basis: "config" | "headers";
  /** The tensors that it is about, as patterns; empty where it is about the model as a whole. */
  readonly tensors: readonly string[];
  /** How many tensors that are. */
  readonly count: number;
}

/** Faults of the configuration as `arch` lists them. */
export function configRows(faults: readonly Fault[]): ConfigRow[] {
  const own = faults.filter(({ kind }) => rowOf(kind).view === "config");
  return toldAmong(own).flatMap((each) => {
    const { code } = rowOf(each.kind);
    if (code === null) return [];
    const { subject = "", expected, found, basis = "config" } = wordsFor(each);
    const { severity, at } = each;
    return [
      {
        id: code,
        severity,
        subject,
        config: expected ?? "",
        headers: found ?? "",
        basis,
        tensors: at.places.map(formatPlace),
        count: at.isWhole ? 0 : at.count,
      },
    ];
  });
}
