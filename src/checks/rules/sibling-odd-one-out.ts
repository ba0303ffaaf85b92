import type { FaultData } from "../../faults/fault.ts";
import { formatQuantity } from "../../format/count.ts";
import { predicate } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./sibling-odd-one-out.md";

/** Layers of one run, and experts of one layer, carry the same tensors; the odd one out and what it lacks is named. */
export const siblingOddOneOut = fromFaults(["sibling.odd"], {
  family: "structure",
  title: "A layer or expert is not like its siblings",
  message: ({ fault }) => predicate(tell(fault.data)),
  fix: "Export the deviant again; if it is meant to differ, ignore this finding with the reason.",
  page,
});

function tell({ difference, usualCount, list }: FaultData["sibling.odd"]): string {
  const others = formatQuantity(usualCount, list === "layers" ? "other layer" : "other expert");
  switch (difference.state) {
    case "lacks":
      return `is not stored; ${others} of the list ${usualCount === 1 ? "has" : "have"} it`;
    case "adds":
      return `is stored only here; ${others} of the list ${usualCount === 1 ? "does" : "do"} without`;
    case "differs":
      return `is ${difference.found}; in ${others} of the list it is ${difference.usual}`;
  }
}
