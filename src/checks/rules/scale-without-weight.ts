import { quoteForMessage } from "../../format/escape.ts";
import { quantizationOf } from "../../quantization/quantization.ts";
import { orphanedTogether } from "../orphans.ts";
import { fromPacking } from "../packing-findings.ts";
import { namesOfPattern } from "../places.ts";
import { isQuantizerState } from "../quantizer-state.ts";
import page from "./scale-without-weight.md";

/** A scale without a payload beside it. */
export const scaleWithoutWeight = fromPacking(
  ["ORPHAN_SCALE"],
  {
    id: "scale-without-weight",
    family: "quantization",
    severity: "error",
    title: "A scale has no weight to scale",
    message: ({ where }) => `${quoteForMessage(where ?? "")} belongs to no quantized weight`,
    fix: "Drop the scale, or export the weight that it was made for.",
    page,
  },
  ({ module, tensor }, component) => {
    if (isQuantizerState(tensor)) return false;
    const { kinds, table } = component;
    const [first] = namesOfPattern(module);
    const node = module === "" ? 0 : table.names.find(first ?? "");
    const kind = node < 0 ? -1 : kinds.kindOf(node);
    return kind < 0 || orphanedTogether(quantizationOf(component).module(kind)).length === 0;
  },
);
