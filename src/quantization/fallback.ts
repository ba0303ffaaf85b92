import { SCHEME_OF_FORMAT, SCHEMES_OF_METHOD } from "./methods.ts";
import type { ModuleTensor } from "./module-tensors.ts";
import { type SchemeId, schemeById } from "./registry.ts";
import type { Scheme, SchemeContext } from "./scheme.ts";
import { suffixOf } from "./suffixes.ts";
import type { WeightTensors } from "./weight-tensors.ts";

/** The tensor of a stem that holds values of some quantizer: by suffix, or a `weight` in an integer or 8-bit dtype. */
export function packedPayload(
  tensors: WeightTensors,
): { readonly suffix: string; readonly tensor: ModuleTensor } | undefined {
  for (const [suffix, tensor] of tensors.tensors) {
    if (suffixOf(suffix)?.part !== "payload") continue;
    if (suffix === "weight" && !PACKED_DTYPE.test(tensor.dtype) && !isLentDtype(tensors)) continue;
    if (tensor.dtype === "BOOL") continue;
    return { suffix, tensor };
  }
  return undefined;
}

const PACKED_DTYPE = /^(?:F8_E[45]M[0-9A-Z]+|F4|F6_|[IU](?:8|16|32)$)/;

/** bitsandbytes keeps its bytes in any dtype: `bnb_4bit_quant_storage: bfloat16`, so that FSDP shards them (QLoRA). */
function isLentDtype(tensors: WeightTensors): boolean {
  const { shape = [] } = tensors.get("weight") ?? {};
  const isFlat = shape.length === 2 && shape.includes(1);
  return isFlat && tensors.has("weight.absmax") && tensors.has("weight.quant_map");
}

/** What the payload of a stem looks like, to find others like it. */
export function payloadSignature(tensors: WeightTensors): string | undefined {
  const payload = packedPayload(tensors);
  return payload === undefined ? undefined : `${payload.suffix} ${payload.tensor.dtype}`;
}

/**
 * The scheme of a weight that no scheme recognises, as something is missing: as the configuration says, else as the
 * same module of other layers has it, else by a payload that only one scheme writes. Never plain.
 */
export function fallbackScheme(tensors: WeightTensors, context: SchemeContext): Scheme<SchemeId> | undefined {
  const payload = packedPayload(tensors);
  if (payload === undefined) return undefined;
  const accepts = (id: string) => {
    const scheme = schemeById(id);
    return (
      scheme?.payload.suffixes.some((suffix) => suffix === payload.suffix) === true &&
      (scheme.payload.dtypes === "any" || scheme.payload.dtypes.includes(payload.tensor.dtype))
    );
  };
  const declared = declaredSchemes(context).filter(accepts);
  const neighbour =
    context.neighbour !== undefined && accepts(context.neighbour) ? context.neighbour : undefined;
  if (declared.length === 1) return schemeById(declared[0] as string);
  if (neighbour !== undefined) return schemeById(neighbour);
  const byLooks = schemeByLooks(tensors, payload.suffix, payload.tensor, context);
  return byLooks !== undefined && accepts(byLooks) ? schemeById(byLooks) : undefined;
}

function declaredSchemes({ declared }: SchemeContext): readonly string[] {
  if (declared === undefined) return [];
  if (declared.format !== null && Object.hasOwn(SCHEME_OF_FORMAT, declared.format))
    return SCHEME_OF_FORMAT[declared.format] ?? [];
  if (declared.method === "fp8" && declared.block !== null) return ["fp8-block"];
  if (declared.method !== null && Object.hasOwn(SCHEMES_OF_METHOD, declared.method))
    return SCHEMES_OF_METHOD[declared.method] ?? [];
  return [];
}

/** Payloads that say their scheme alone, or nearly so. */
function schemeByLooks(
  tensors: WeightTensors,
  suffix: string,
  tensor: ModuleTensor,
  context: SchemeContext,
): SchemeId | undefined {
  switch (`${suffix} ${tensor.dtype}`) {
    case "weight_packed I32":
      return "ct-pack-int";
    case "weight_packed U8":
      return tensors.has("weight_global_scale") ? "nvfp4-ct" : undefined;
    case "weight U8":
      if (tensors.has("weight_scale_2")) return "nvfp4";
      return context.declared?.bits === 6 ? "mxfp6" : undefined;
    case "weight U32":
      return "mlx-affine";
    case "qweight I32": {
      const zeros = tensors.get("qzeros")?.shape.at(-1);
      return zeros !== undefined && zeros === tensor.shape.at(-1) ? "awq-gemm" : "gptq";
    }
    case "B I32":
      return tensors.has("workspace") ? "marlin-v1" : undefined;
    case "q_weight I32":
      return "exl2";
    case "trellis I16":
      return "exl3";
    default:
      return tensor.dtype.startsWith("F8_") && context.declared?.method != null ? "fp8-tensor" : undefined;
  }
}
