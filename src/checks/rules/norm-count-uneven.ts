import { fromConfig } from "../from-config.ts";
import page from "./norm-count-uneven.md";

/** Layers alike in all but their norms. */
export const normCountUneven = fromConfig(["norm.count"], {
  title: "Layers that are otherwise alike have different numbers of norms",
  fix: "Export the missing norms.",
  page,
});
