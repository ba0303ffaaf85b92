import { fromConfig } from "../config-disagreements.ts";
import { findDeviants } from "../siblings.ts";
import page from "./norm-count-uneven.md";

/** Layers alike in all but their norms. */
export const normCountUneven = fromConfig(
  ["norm.count"],
  {
    id: "norm-count-uneven",
    family: "config",
    severity: "warning",
    title: "Layers that are otherwise alike have different numbers of norms",
    fix: "Export the missing norms.",
    page,
  },
  // A lone deviant is told once, by name.
  (_, { component }) =>
    !findDeviants(component).some(
      ({ list, difference }) => list === "layers" && /norm|ln_/i.test(difference.path),
    ),
);
