import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./scale-layout-note.md";

/** A scale or packing deviates from the plain layout in a known way. */
export const scaleLayoutNote = fromPacking(
  ["RAGGED_BLOCKS", "PER_HEAD_BLOCKS", "PADDED_SCALES", "OLD_PACKING", "ZERO_BIAS_SUSPECT"],
  {
    id: "scale-layout-note",
    family: "quantization",
    severity: "info",
    title: "A scale or packing deviates from the plain layout in a known way",
    message: tellExpected,
    fix: "Nothing, if your engine knows the layout.",
    page,
  },
);
