import { fromFaults } from "../from-faults.ts";
import page from "./weight-shape-unknown.md";

/** Headers do not tell the shape of a packed weight. */
export const weightShapeUnknown = fromFaults(["bits.ambiguous", "shape.unstated"], {
  family: "quantization",
  title: "Headers do not tell the shape of a packed weight",
  fix: "Nothing is broken; a configuration that states bits and group size lets readers be exact.",
  page,
});
