import { formatPattern } from "../../checkpoint/repeats.ts";
import { fromDeclaration } from "../packing-findings.ts";
import type { Subject } from "../subject.ts";
import { coversPlaces } from "../written-places.ts";
import page from "./targeted-but-plain.md";

const SKIP_OR_QUANTIZE = "Add the module to the skip list, or export it quantized.";

/** A module is to be quantized by the configuration and is stored plain. */
export const targetedButPlain = fromDeclaration(
  ["CONFIG_QUANTIZED_BUT_PLAIN"],
  {
    id: "targeted-but-plain",
    family: "quantization",
    severity: "warning",
    title: "A module is to be quantized by the configuration and is stored plain",
    fix: SKIP_OR_QUANTIZE,
    page,
  },
  () => true,
  ({ module }, subject) =>
    isOfPrediction(subject, module)
      ? "Add the layers of multi-token prediction to the skip list, which forgets them, or export them quantized."
      : SKIP_OR_QUANTIZE,
);

/** What exporters forget most: the layers behind the last one (sglang#36158). */
function isOfPrediction({ model }: Subject, module: string): boolean {
  return model.places.some(
    ({ scope, parts }) => scope === "mtp" && coversPlaces(module, formatPattern(parts)),
  );
}
