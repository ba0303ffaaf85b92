import { fromFaults } from "../from-faults.ts";
import page from "./scale-layout-note.md";

/** A scale or packing deviates from the plain layout in a known way. */
export const scaleLayoutNote = fromFaults(
  ["scale.ragged", "scale.per-head", "scale.padded", "scale.stacked", "packing.old", "bias.suspect"],
  {
    family: "quantization",
    title: "A scale or packing deviates from the plain layout in a known way",
    fix: "Nothing, if your engine knows the layout.",
    page,
  },
);
