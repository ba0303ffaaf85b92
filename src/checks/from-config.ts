import type { ConfigData } from "../faults/config/data.ts";
import { compareWithConfig } from "../faults/config/find.ts";
import { rowOf } from "../faults/fault.ts";
import type { PinsData } from "../faults/pins/data.ts";
import { pinnedOf } from "../faults/pins/pinned.ts";
import type { SignatureData } from "../faults/signature/data.ts";
import { wordsFor } from "../faults/words.ts";
import { heldOf } from "../signatures/held.ts";
import type { Check } from "./check.ts";
import { type FaultSeen, fromFaults } from "./from-faults.ts";
import { NEEDS } from "./needs.ts";

type ConfigKind = keyof ConfigData | keyof SignatureData | keyof PinsData;

/** Patterns shown of one contradiction. */
const MAX_SHOWN = 3;

/**
 * A check of some of the comparisons between `config.json` and the headers. Where none of them could be made it is
 * skipped, with the reason of the first.
 */
export function fromConfig(
  kinds: readonly ConfigKind[],
  check: Pick<Check, "title" | "fix" | "page"> & {
    readonly message?: (seen: FaultSeen<ConfigKind>) => string;
  },
): Check {
  const ids = kinds.map((kind) => rowOf(kind).code);
  return fromFaults<ConfigKind>(kinds, {
    message: tellUsually,
    ...check,
    family: "config",
    lack: (subject) => {
      const { component } = subject;
      const isPinned = kinds.includes("pin.unlike") && pinnedOf(component) !== undefined;
      const lacking = isPinned ? null : NEEDS.config(subject);
      if (lacking !== null) return lacking;
      // A class of a library says what there is to compare, of a part of a checkpoint too.
      if (heldOf(component) !== undefined) return null;
      if (isPinned) return null;
      const missing = NEEDS.whole(subject) ?? NEEDS.layers(subject);
      if (missing !== null) return missing;
      const { made, lacks } = compareWithConfig(subject.model);
      const known: readonly (string | null)[] = [...made];
      if (ids.some((id) => known.includes(id))) return null;
      const reasons = new Map<string | null, string>(lacks);
      return (
        ids.map((id) => reasons.get(id)).find((reason) => reason !== undefined) ??
        "there is nothing to compare"
      );
    },
    whereFor: (at) => at.format(MAX_SHOWN),
  });
}

/** What the configuration says, and the headers. */
export function tellUsually({ fault }: FaultSeen<ConfigKind>): string {
  const { subject, expected, found, basis } = wordsFor(fault);
  return basis === "headers"
    ? `${subject}: ${expected} expected, ${found} stored`
    : `${subject}: the configuration says ${expected}, the headers ${found}`;
}
