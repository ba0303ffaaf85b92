import { formatQuantity } from "../../format/count.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./quantization-undeclared.md";

/** Quantized weights that nobody announces. */
export const quantizationUndeclared = fromFaults(["declared.nothing"], {
  family: "quantization",
  title: "Weights are quantized and the configuration does not say so",
  message: ({ fault }) =>
    `${fault.data.schemes.join(", ")} is stored in ${formatQuantity(fault.at.count, "module")}, and nothing declares it`,
  fix: "Write `quantization_config` into `config.json`: `unfold declare` prints one that describes the weights.",
  page,
});
