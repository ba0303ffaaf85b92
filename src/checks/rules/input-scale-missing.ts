import { fromFaults } from "../from-faults.ts";
import page from "./input-scale-missing.md";

/** A weight has no input scale though its like have one. */
export const inputScaleMissing = fromFaults(
  ["input-scale.uneven", "input-scale.lacking", "input-scale.promised"],
  {
    family: "quantization",
    title: "A weight has no input scale though its like have one",
    fix: "Calibrate with data that reaches every expert, or give the missing ones the largest scale of their siblings.",
    placesFor: ({ at, kind, data }) => (kind === "input-scale.promised" ? data.all : [at]),
    page,
  },
);
