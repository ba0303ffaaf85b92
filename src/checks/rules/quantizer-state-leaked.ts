import { defineCheck, predicate, type Seen } from "../check.ts";
import { findTensors, tensorsAt } from "../places.ts";
import { isQuantizerState, mayHoldQuantizerState } from "../quantizer-state.ts";
import page from "./quantizer-state-leaked.md";

/** Names that no engine reads. */
export const quantizerStateLeaked = defineCheck<Seen>({
  id: "quantizer-state-leaked",
  family: "quantization",
  severity: "error",
  title: "Internal state of a quantizer was exported",
  needs: [],
  find: ({ component }) => {
    const { table } = component;
    if (!mayHoldQuantizerState(table.names)) return [];
    return findTensors(component, (row) => isQuantizerState(table.name(row))).map((group) =>
      tensorsAt(group),
    );
  },
  message: () => predicate(`is internal state of a quantizer`),
  fix: "Export with the tool's own function for checkpoints, which converts its state into scales.",
  page,
});
