import { fromFaults } from "../from-faults.ts";
import page from "./quantization-not-applied.md";

/** A promise of quantization without a quantized weight. */
export const quantizationNotApplied = fromFaults(["declared.unapplied"], {
  family: "quantization",
  title: "Quantization is declared and nothing is quantized",
  message: ({ fault }) => {
    const { file, method } = fault.data.declared;
    return `${file} declares ${method}, and no weight is stored quantized`;
  },
  fix: "Remove the declaration from the configuration, or export the quantized weights.",
  page,
});
