import { pinnedOf } from "../faults/pins/pinned.ts";
import type { SignatureData } from "../faults/signature/data.ts";
import { type Holding, holdingOf } from "../signatures/held.ts";
import { formatSignature } from "../signatures/signature.ts";
import type { Check } from "./check.ts";
import { fromFaults } from "./from-faults.ts";
import type { Subject } from "./subject.ts";

/** A check against the class of a library that the configuration names; skipped where it is held against none. */
export function fromSignature<K extends keyof SignatureData>(
  kinds: readonly K[],
  check: Pick<Check, "family" | "title" | "fix" | "page"> &
    Pick<Parameters<typeof fromFaults<K>>[1], "message">,
): Check {
  return fromFaults<K>(kinds, {
    ...check,
    lack: ({ component }: Subject) =>
      (kinds as readonly string[]).includes("weights.missing") && pinnedOf(component) !== undefined
        ? null
        : (kinds as readonly string[]).includes("class.names") && holdingOf(component).status === "unlike"
          ? null
          : whyNotHeld(holdingOf(component)),
  });
}

function whyNotHeld(holding: Holding): string | null {
  switch (holding.status) {
    case "held":
      return null;
    case "unnamed":
      return "the configuration names no class";
    case "remote":
      return "its class is of code of its own (auto_map)";
    case "unknown":
      return "its class is of no library release that is known";
    case "beyond":
      return `${formatSignature(holding.signature)} is not known for its value of ${holding.path}`;
    case "open":
      return `the configuration leaves out ${holding.path}, whose default changes between releases`;
    case "unlike":
      return `its names are not those of ${formatSignature(holding.signature)}`;
    default:
      return holding satisfies never;
  }
}
