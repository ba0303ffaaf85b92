import { PlaceSet } from "../../checkpoint/place-set.ts";
import { formatPattern } from "../../checkpoint/repeats.ts";
import type { Declaration } from "../../quantization/declaration.ts";
import { classOf, type DeclaredShare } from "../../quantization/declared-split.ts";
import { weightPath } from "../../quantization/folded-weights.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import { type Fault, fault, rowOf, type Severity } from "../fault.ts";

/** A weight that is to be quantized by the configuration, and is stored plain. */
export interface PlainWeight {
  readonly share: DeclaredShare;
  readonly weight: Weight;
  readonly severity: Severity;
  readonly isPrediction: boolean;
}

/** Routers: most engines build them plain whatever the configuration says, some as the list has it (Model-Optimizer#1858). */
const ROUTER = /(?:^|[._])(?:gate|router|router\.proj|shared_expert_gate)$/;

/** Modules that engines build plain whatever the configuration says. */
const NEVER_BUILT =
  /(?:^|[._])(?:lm_head|head|embed_out|embed\w*|wte|wpe|tok_embeddings|word_embeddings|score|classifier|norm\w*)$|^output$/;

/** Small projections and those of prediction layers: quantizers leave them alone, engines build them as the list says. */
const LEFT_ALONE = /(?:^|[._])(?:in_proj_(?:a|b|ba)|eh_proj)$|(?:^|\.)mtp\.fc$/;

/** Parts beside the language model, which quantizers are seldom meant to reach. */
const SIDE_PART =
  /(?:^|\.)(?:vision\w*|visual|audio\w*|multi_modal_projector|mm_projector|projector|image\w*|merger|patch_embed\w*)(?:\.|$)/;

const EXPERTS = /(?:^|\.)experts(?:\.|$)/;

/** Methods whose loaders quantize what has scales, and nothing else: an entry for all targets nothing by itself. */
const AS_STORED: ReadonlySet<string> = new Set(["mlx", "mxfp4"]);

/** Methods whose engines build every linear packed that the list does not name. */
const BUILT_BY_LIST: ReadonlySet<string> = new Set(["compressed-tensors", "modelopt", "awq", "gptq"]);

/** The name of a module without the numbers of its layers and experts. */
export function withoutNumbers(pattern: string): string {
  return pattern.replace(/\{[^}]*\}|(?<![^.])\d+(?![^.])/g, "#");
}

/**
 * How bad it is that a weight is plain; undefined where that is as it should be. `isPackedElsewhere`: whether the same module of
 * other layers is quantized.
 */
export function severityOfPlain(
  { method, ignored, overrides }: Declaration,
  weight: Weight,
  { example, says }: DeclaredShare,
  isPackedElsewhere: () => boolean,
): Severity | undefined {
  if (weight.scheme !== "none" || says.state !== "quantized" || classOf(example, weight) !== "Linear")
    return undefined;
  if (NEVER_BUILT.test(example) || AS_STORED.has(method)) return undefined;
  const usual = rowOf("declared.plain").severity;
  const isListed = ignored.length > 0 || (method === "gptq" && overrides.length > 0);
  const isBuilt = BUILT_BY_LIST.has(method) && isListed;
  if (ROUTER.test(example)) return isBuilt ? "info" : undefined;
  // AutoAWQ writes null where it was given no list, and engines then build the tower packed too.
  if (SIDE_PART.test(example)) return method === "awq" && !isListed ? usual : isBuilt ? "info" : undefined;
  if (LEFT_ALONE.test(example)) return isBuilt || method === "awq" ? usual : undefined;
  // Where nothing can be listed, what is plain in all layers was left so on purpose.
  if (method === "fp8" && !isListed && overrides.length === 0) return isPackedElsewhere() ? usual : "info";
  // Only linears are quantized at load; stacked experts are parameters of their module.
  return method === "bitsandbytes" && weight.payloadTensor.shape.length > 2 ? "info" : usual;
}

/** A fault for each, but one for all experts: whether they were left out is one question, and they are most of a model. */
export function plainFaults(method: string, plain: readonly PlainWeight[], parameters: number): Fault[] {
  const groups = new Map<string, PlainWeight[]>();
  for (const each of plain) {
    const { share, weight, severity, isPrediction } = each;
    const path = formatPattern(share.segments);
    const isExpert = EXPERTS.test(weightPath(path, weight));
    const place = isExpert ? "experts" : JSON.stringify([path, weight.parameter]);
    const key = JSON.stringify([place, weight.payloadTensor.dtype, severity, isPrediction]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [each]);
    else known.push(each);
  }
  return [...groups.values()].map((alike) => toFault(method, alike as [PlainWeight], parameters));
}

function toFault(method: string, alike: readonly [PlainWeight, ...PlainWeight[]], parameters: number): Fault {
  const [{ share, weight, severity, isPrediction }] = alike;
  const isExpert = EXPERTS.test(weightPath(formatPattern(share.segments), weight));
  const own = alike.reduce((sum, each) => sum + each.share.count * each.weight.parameters, 0);
  const at =
    alike.length === 1
      ? PlaceSet.tensors(share.segments, weight.parameter === "" ? null : weight.parameter, share.count)
      : PlaceSet.modules(
          alike.map((each) => [
            ...each.share.segments,
            ...(each.weight.parameter === "" ? [] : [each.weight.parameter]),
          ]),
          alike.reduce((sum, each) => sum + each.share.count, 0),
        );
  const data = {
    method,
    dtype: weight.payloadTensor.dtype,
    isPrediction,
    share: isExpert && parameters > 0 ? own / parameters : null,
  };
  return fault("declared.plain", at, data, severity);
}
