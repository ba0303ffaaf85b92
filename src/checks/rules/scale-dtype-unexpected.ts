import { fromFaults } from "../from-faults.ts";
import page from "./scale-dtype-unexpected.md";

/** A scale has an unusual dtype. */
export const scaleDtypeUnexpected = fromFaults(["scale.dtype"], {
  family: "quantization",
  title: "A scale has an unusual dtype",
  fix: "Store the scale in the dtype that the format's loaders read.",
  page,
});
