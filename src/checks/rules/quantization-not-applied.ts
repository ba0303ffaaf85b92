import { declaresWeights } from "../../quantization/declaration.ts";
import { findDeclarations } from "../../quantization/declared.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./quantization-not-applied.md";

interface Declared extends Seen {
  readonly file: string;
  readonly method: string;
}

/** Methods whose loaders quantize plain weights by the same configuration. */
const AT_LOAD_TIME: ReadonlySet<string> = new Set([
  "bitsandbytes",
  "torchao",
  "quanto",
  "hqq",
  "eetq",
  "fbgemm_fp8",
  "higgs",
]);

/** A promise of quantization without a quantized weight. */
export const quantizationNotApplied = defineCheck<Declared>({
  id: "quantization-not-applied",
  family: "quantization",
  severity: "error",
  title: "Quantization is declared and nothing is quantized",
  needs: ["whole"],
  find: ({ component, quantization }) => {
    const [declaration] = findDeclarations(component);
    if (declaration === undefined) return [];
    // The cache alone may be quantized: then no weight is to be.
    if (declaration.hasCacheScales && !declaresWeights(declaration)) return [];
    const { kinds } = component;
    for (let kind = 0; kind < kinds.count; kind++) {
      if ((quantization.counts[kind] as number) === 0) continue;
      const { weights } = quantization.module(kind);
      if (weights.some(({ scheme }) => scheme !== "none")) return [];
    }
    const { file, method } = declaration;
    const severity = AT_LOAD_TIME.has(method) ? "warning" : "error";
    return [{ severity, shard: file, expected: method, found: "none", file, method }];
  },
  message: ({ file, method }) => `${file} declares ${method}, and no weight is stored quantized`,
  fix: "Remove the declaration from the configuration, or export the quantized weights.",
  page,
});
