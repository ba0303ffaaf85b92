import { predicate } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./payload-missing.md";

/** Several tensors of a quantizer in one module, and no packed values. */
export const payloadMissing = fromFaults(["payload.missing"], {
  family: "quantization",
  title: "Scales are stored and the weight is not",
  message: ({ found }) => predicate(`has ${found} and no packed weight`),
  fix: "Export the weight again with its scales.",
  page,
});
