import type { PlaceSet } from "../../checkpoint/place-set.ts";
import type { Declaration } from "../../quantization/declaration.ts";
import { classOf, type DeclaredShare } from "../../quantization/declared-split.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import { type Fault, fault, rowOf } from "../fault.ts";

/** Modules that quantizers leave alone, whether the configuration lists them or not. */
const NEVER_MIND =
  /(?:^|[._])(?:gate|router|shared_expert_gate|in_proj_(?:a|b|ba)|eh_proj|lm_head|head|embed_out|embed\w*|wte|wpe|tok_embeddings|word_embeddings|score|classifier|norm\w*)$|^output$|(?:^|\.)mtp\.fc$|(?:^|\.)(?:vision\w*|visual|audio\w*|multi_modal_projector|mm_projector|projector|image\w*|merger|patch_embed\w*)(?:\.|$)/;

/** Methods whose loaders quantize what has scales, and nothing else: an entry for all targets nothing by itself. */
const AS_STORED: ReadonlySet<string> = new Set(["mlx", "mxfp4"]);

/** A linear layer that is to be quantized by the configuration, and is stored plain. */
export function judgePlain(
  declaration: Declaration,
  weight: Weight,
  { example, says }: DeclaredShare,
  at: PlaceSet,
  isPrediction: () => boolean,
): Fault[] {
  if (weight.scheme !== "none" || classOf(example, weight) !== "Linear" || says.state !== "quantized")
    return [];
  const { method, ignored, overrides } = declaration;
  if (NEVER_MIND.test(example) || AS_STORED.has(method)) return [];
  const hasList = ignored.length > 0 || overrides.length > 0;
  // Where nothing can be listed, what is plain was left so on purpose.
  const severity = method === "fp8" && !hasList ? "info" : rowOf("declared.plain").severity;
  const data = { method, dtype: weight.payloadTensor.dtype, isPrediction: isPrediction() };
  return [fault("declared.plain", at, data, severity)];
}
