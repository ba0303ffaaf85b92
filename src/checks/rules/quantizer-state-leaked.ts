import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { findTensors, placesOf } from "../places.ts";
import page from "./quantizer-state-leaked.md";

/** What calibration keeps for itself (ModelOpt); exporters turn it into scales. */
const INTERNAL = /^(?:_amax|amax|_double_scale|_pre_quant_scale)$/;
const QUANTIZER = /(?:^|\.)(?:weight|input|output)_quantizer\.[^.]+$/;

/** Names that no engine reads. */
export const quantizerStateLeaked = defineCheck<Seen>({
  id: "quantizer-state-leaked",
  family: "quantization",
  severity: "error",
  title: "Internal state of a quantizer was exported",
  needs: [],
  find: ({ component }) => {
    const { table } = component;
    const isInternal = (row: number, name: string) => INTERNAL.test(name) || QUANTIZER.test(table.name(row));
    return findTensors(component, isInternal).map((group) => placesOf(group.patterns, group.count));
  },
  message: ({ where }) => `${quoteForMessage(where ?? "")} is internal state of a quantizer`,
  fix: "Export with the tool's own function for checkpoints, which converts its state into scales.",
  page,
});
