import type { ConfigData } from "../faults/config/data.ts";
import { compareWithConfig } from "../faults/config/find.ts";
import { CONFIG_FAULTS } from "../faults/config/kinds.ts";
import { wordsFor } from "../faults/words.ts";
import type { Check, Seen } from "./check.ts";
import { type FaultSeen, fromFaults } from "./from-faults.ts";

type ConfigKind = keyof ConfigData;

/** Patterns shown of one contradiction. */
const MAX_SHOWN = 3;

/**
 * A check of some of the comparisons between `config.json` and the headers. Where none of them could be made it is
 * skipped, with the reason of the first.
 */
export function fromConfig(
  kinds: readonly ConfigKind[],
  check: Pick<Check, "title" | "fix" | "page"> & { readonly message?: (seen: Seen) => string },
): Check {
  const ids = kinds.map((kind) => CONFIG_FAULTS[kind].code);
  return fromFaults<ConfigKind>(kinds, {
    message: tellUsually,
    ...check,
    family: "config",
    needs: ["whole", "config", "layers"],
    lack: ({ model }) => {
      const { made, lacks } = compareWithConfig(model);
      if (ids.some((id) => made.has(id))) return null;
      return (
        ids.map((id) => lacks.get(id)).find((reason) => reason !== undefined) ?? "there is nothing to compare"
      );
    },
    whereFor: (at) => at.format(MAX_SHOWN),
  });
}

function tellUsually({ fault }: FaultSeen<ConfigKind>): string {
  const { subject, expected, found, basis } = wordsFor(fault);
  return basis === "headers"
    ? `${subject}: ${expected} expected, ${found} stored`
    : `${subject}: the configuration says ${expected}, the headers ${found}`;
}
