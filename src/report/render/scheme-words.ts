import type { CacheFacts } from "../../analysis/activations.ts";
import type { PrecisionResult, RotationFacts, SchemeRow, SchemeVariant } from "../../analysis/precision.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";

interface NamedScheme {
  readonly scheme: string;
  readonly title: string;
  readonly bits: number | null;
  readonly symmetric: boolean | null;
  readonly zeroPoints: SchemeRow["zeroPoints"];
}

/** Titles that say of themselves what their values are shifted by. */
const AFFINE = /affine/i;

/** A scheme as one reads it: `GPTQ g128, 4 bits, symmetric`. Bits that the title holds are not said again. */
export function schemeName(
  { scheme, title, bits, symmetric, zeroPoints }: NamedScheme,
  granularity = "",
): string {
  const name = scheme === "int8" && bits !== null && bits !== 8 ? `INT${bits}, one a byte` : title;
  // Behind a title that ends in a remark (`torchao integers, one a byte`), what follows is one more.
  const joint = name.includes(", ") ? ", " : " ";
  const words = [granularity === "" ? name : `${name}${joint}${granularity}`];
  if (bits !== null && !name.includes(String(bits))) words.push(formatQuantity(bits, "bit"));
  if (symmetric !== null && !AFFINE.test(name)) words.push(symmetric ? "symmetric" : "asymmetric");
  if (zeroPoints === "less-one") words.push("zero points stored less one");
  // AWQ stores none in another way.
  if (zeroPoints === "as-is" && scheme === "gptq") words.push("zero points stored as they are");
  return words.join(", ");
}

/** What shares a scale: `128×128`, `g128`, `per channel`; nothing where the title says it. */
export function granularityWords(
  { granularity, block, group }: Pick<SchemeVariant, "granularity" | "block" | "group">,
  title = "",
): string {
  if (block !== null) return block.join("×");
  if (group !== null) return `g${group}`;
  if (granularity === null || granularity === "block" || granularity === "group") return "";
  const words = `per ${granularity}`;
  return title.includes(words) ? "" : words;
}

/** `FP8, dynamic, per token, on 252 weights`, several ways one after the other; null where nothing says. */
export function activationWords(
  activations: PrecisionResult["activations"],
  declared: string | null,
): string | null {
  if (activations === null) return declared === "none" ? "not quantized" : null;
  return (activations.variants ?? [activations])
    .map(({ dtype, dynamic, granularity, modules }) =>
      [
        dtype.toUpperCase(),
        ...(dynamic === null ? [] : [dynamic ? "dynamic" : "static"]),
        ...(granularity === null ? [] : [`per ${granularity}`]),
        `on ${formatQuantity(modules, "weight")}`,
      ].join(", "),
    )
    .join("; ");
}

/** `v_input, 2 matrices of F64, no parameters`. */
export function rotationWords({ names, matrices, dtype }: RotationFacts): string {
  const of = dtype === null ? "" : ` of ${dtype}`;
  return `${names.join(", ")}: ${formatCount(matrices)} ${matrices === 1 ? "matrix" : "matrices"}${of}, no parameters`;
}

/** `FP8, 6 scales in 3 layers, as declared`. */
export function cacheWords({ dtype, scales, layers, basis }: CacheFacts): string {
  const stored =
    scales === 0
      ? "no scales stored"
      : `${formatQuantity(scales, "scale")} in ${formatQuantity(layers, "layer")}`;
  const said = { both: ", as declared", declared: ", declared", stored: ", not declared" }[basis];
  return `${dtype === null ? "" : `${dtype.toUpperCase()}, `}${stored}${said}`;
}
