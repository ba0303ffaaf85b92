import { countByDtype } from "../../checkpoint/dtype-census.ts";
import { formatShare } from "../../format/count.ts";
import { quantizationOf } from "../../quantization/quantization.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./dtype-unlike-config.md";

interface Other extends Seen {
  readonly share: number;
}

/** torch's names of the floating dtypes that configurations use. */
const TORCH: Readonly<Record<string, string>> = {
  float32: "F32",
  bfloat16: "BF16",
  float16: "F16",
  float64: "F64",
};

/** The usual dtype against the declared one. */
export const dtypeUnlikeConfig = defineCheck<Other>({
  id: "dtype-unlike-config",
  family: "config",
  severity: "info",
  title: "Most weights have another dtype than the configuration says",
  needs: ["whole", "config"],
  find: ({ component, model }) => {
    const said = model.claims.word("dtype")?.value.replace("torch.", "") ?? "";
    const declared = Object.hasOwn(TORCH, said) ? TORCH[said] : undefined;
    const stored = countByDtype(component);
    // Packed words hold several parameters each: those count, not the words.
    const parameters = quantizationOf(component).parameters(component.kinds.root);
    const total = Math.max(
      parameters,
      stored.reduce((sum, { elements }) => sum + elements, 0),
    );
    const floats = stored.filter(
      ({ dtype, elements }) => elements > 0 && Object.values(TORCH).includes(dtype),
    );
    const { dtype: most, elements = 0 } = floats.sort((a, b) => b.elements - a.elements)[0] ?? {};
    // A small share of floats beside quantized weights says nothing about how the model was saved.
    if (declared === undefined || most === undefined || most === declared || elements * 2 < total) return [];
    const severity = most === "F32" && declared !== "F64" ? "warning" : "info";
    return [{ severity, expected: declared, found: most, share: elements / total }];
  },
  message: ({ expected, found, share }) =>
    `config.json says ${expected}, ${formatShare(share)} of the elements are ${found}`,
  fix: "Cast before saving, or correct `dtype` (`torch_dtype`) in `config.json`.",
  page,
});
