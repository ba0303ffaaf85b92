import type { SchemeId } from "./registry.ts";
import type { DeclaredWeight } from "./scheme.ts";
import type { TensorPart } from "./suffixes.ts";

/** How a stored zero point is meant: itself, or less by one than what is subtracted from a value. */
export type ZeroPointConvention = "as-is" | "less-one";

/** AWQ's kernels subtract what is stored; nothing of the configuration changes that. */
const AS_IS: ReadonlySet<SchemeId> = new Set(["awq-gemm", "awq-gemv", "awq-gemv-fast"]);

/**
 * What is to be made of a weight's zero points. GPTQ's first format stores them less one, and only `checkpoint_format:
 * "gptq_v2"` (GPTQModel) does not: headers are the same, so without a declaration it is not known. Null where no zero point is
 * stored, and of schemes with one way to store it.
 */
export function zeroPointConvention(
  scheme: SchemeId,
  tensors: readonly { readonly part: TensorPart }[],
  declared: DeclaredWeight | undefined,
): ZeroPointConvention | null {
  if (!tensors.some(({ part }) => part === "zero-point")) return null;
  if (AS_IS.has(scheme)) return "as-is";
  if (scheme !== "gptq" || declared === undefined || !OF_GPTQ.has(declared.method ?? "")) return null;
  return declared.format !== null && /(?:^|[_:])(?:gptq_)?v2$/.test(declared.format) ? "as-is" : "less-one";
}

/** Methods whose `qzeros` follow GPTQ's formats. */
const OF_GPTQ: ReadonlySet<string> = new Set(["gptq", "auto-round"]);
