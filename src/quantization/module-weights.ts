import { DTYPE_BITS } from "../safetensors/dtype.ts";
import { fallbackScheme, packedPayload } from "./fallback.ts";
import { integerScales } from "./integer-scales.ts";
import type { ModuleTensor } from "./module-tensors.ts";
import { missing, type Observation } from "./observation.ts";
import { lostParts } from "./promised-parts.ts";
import { SCHEMES, type SchemeId } from "./registry.ts";
import type { Reading, Scheme, SchemeContext } from "./scheme.ts";
import { isBuffer, suffixOf, type TensorPart } from "./suffixes.ts";
import { isSymmetric } from "./symmetry.ts";
import { gatherWeightTensors, type WeightTensors } from "./weight-tensors.ts";
import { type ZeroPointConvention, zeroPointConvention } from "./zero-point-convention.ts";

/** A tensor and what it is to its weight. */
export interface WeightTensor {
  readonly suffix: string;
  readonly part: TensorPart;
  readonly tensor: ModuleTensor;
  /** Logical parameters that it holds: those of the weight for a payload, none for bookkeeping. */
  readonly parameters: number;
}

/** One weight of a module with everything that belongs to it, or a plain parameter. */
export interface Weight extends Reading {
  /** "" for `weight` and its like in the module, else the parameter's own name (`gate_up_proj`, `A_log`). */
  readonly parameter: string;
  readonly scheme: SchemeId;
  readonly payloadTensor: ModuleTensor;
  /** Every tensor of the weight, payload and bias included. */
  readonly tensors: readonly WeightTensor[];
  /** Whether values lie evenly about zero; null of floats and where nothing says. */
  readonly symmetric: boolean | null;
  /** How stored zero points are meant; null without any, of schemes with one way to store them, and where nothing says. */
  readonly zeroPoints: ZeroPointConvention | null;
  /** Bits of all tensors needed to rebuild the weight; bias, activation and KV-cache scales are not. */
  readonly storedBits: number;
}

export interface ModuleWeights {
  readonly weights: readonly Weight[];
  /** Tensors that belong to no weight here: scales without one, KV-cache scales of attention, buffers. */
  readonly loose: readonly WeightTensor[];
  /** About the loose ones. */
  readonly findings: readonly Observation[];
}

/** Parts that take no part in rebuilding a weight, and so count no bits. */
const NOT_NEEDED: ReadonlySet<TensorPart> = new Set([
  "bias",
  "parameter",
  "activation",
  "kv-cache",
  "derived",
  "low-rank",
  "scratch",
  "buffer",
]);

/** Scalars that describe a layout without which the values still stand; the formulas of their schemes leave them out. */
const NOT_COUNTED =
  /^(?:weight_format|comfy_quant|meta\.(?:nbits|group_size|shape|axis|packing)|nbits|group_size|axis|packing|shape|unpack_view_dtype|view_as_float|quant_scale|quant_zero|compute_dtype|offload_meta|encoded_state_dict|stores_quant_config|channel_wise|optimize|round_zero|codebook_id)$/;

/** Reads all weights of one module from its tensors. */
export function readModuleWeights(
  tensors: readonly ModuleTensor[],
  contextOf: (tensors: WeightTensors) => SchemeContext,
  rotations: ReadonlySet<string> = new Set(),
): ModuleWeights {
  if (isFrozenNorm(tensors)) return { weights: [], loose: tensors.map(asBuffer), findings: [] };
  const { stems, others } = gatherWeightTensors(tensors);
  const weights: Weight[] = [];
  const loose: WeightTensor[] = [];
  const findings: Observation[] = [];
  for (const stem of stems) readWeightTensors(stem, contextOf, { weights, loose, findings });
  // A codebook that is a running average (EnCodec): its average stands beside it.
  const isCodebook = others.some(({ name }) => name === "embed_avg");
  for (const tensor of others) {
    if (rotations.has(tensor.name.replace(/\.weight$/, "")))
      loose.push({ suffix: tensor.name, part: "rotation", tensor, parameters: 0 });
    else if (isCodebook && tensor.name === "embed") loose.push(asBuffer(tensor));
    else if (!QUANTIZER_INTERNAL.test(tensor.name)) addPlain(tensor, { weights, loose });
    else {
      loose.push({ suffix: tensor.name, part: "derived", tensor, parameters: 0 });
      findings.push({
        code: "ORPHAN_SCALE",
        suffix: tensor.name,
        wanted: { is: "no-internals" },
        stored: { is: "left-in" },
      });
    }
  }
  return { weights, loose, findings };
}

/** A batch norm that counts no batches is frozen: torch's, torchvision's and timm's hold buffers and no parameter. */
function isFrozenNorm(tensors: readonly ModuleTensor[]): boolean {
  return (
    tensors.length === FROZEN_NORM.size &&
    tensors.every(({ name, shape }) => FROZEN_NORM.has(name) && shape.length === 1)
  );
}

const FROZEN_NORM: ReadonlySet<string> = new Set(["weight", "bias", "running_mean", "running_var"]);

/** State of ModelOpt's quantizers that no loader knows (NVIDIA/Model-Optimizer#2038). */
const QUANTIZER_INTERNAL = /^(?:weight|input|output)_quantizer\./;

interface Sink {
  readonly weights: Weight[];
  readonly loose: WeightTensor[];
}

function readWeightTensors(
  tensors: WeightTensors,
  contextOf: (tensors: WeightTensors) => SchemeContext,
  into: Sink & { findings: Observation[] },
): void {
  const context = contextOf(tensors);
  if (packedPayload(tensors) === undefined) return readUnquantized(tensors, context, into);
  const scheme = recogniseScheme(tensors, context) ?? fallbackScheme(tensors, context);
  if (scheme !== undefined)
    into.weights.push(makeWeight(tensors, scheme.id, context, scheme.read(tensors, context)));
  else readUnquantized(tensors, context, into);
}

/** The first scheme of the decision table that a stem fits. */
export function recogniseScheme(
  tensors: WeightTensors,
  context: SchemeContext,
): Scheme<SchemeId> | undefined {
  return SCHEMES.find((scheme) => scheme.recognise(tensors, context));
}

function makeWeight(stem: WeightTensors, scheme: SchemeId, context: SchemeContext, reading: Reading): Weight {
  const tensors: WeightTensor[] = [];
  let storedBits = 0;
  for (const [suffix, tensor] of stem.tensors) {
    const part = suffix === reading.payload ? "payload" : partBeside(suffix);
    const parameters = part === "payload" ? reading.parameters : part === "bias" ? tensor.elements : 0;
    tensors.push({ suffix, part, tensor, parameters });
    if (!NOT_NEEDED.has(part) && !NOT_COUNTED.test(suffix))
      storedBits += tensor.elements * DTYPE_BITS[tensor.dtype];
  }
  const payloadTensor = stem.get(reading.payload) as ModuleTensor;
  const symmetric = isSymmetric(scheme, tensors, () => context.declared?.symmetric ?? null);
  return {
    ...reading,
    ...wholeRowGroup(reading, context),
    findings: [
      ...reading.findings,
      ...lostParts(stem, context.declared, reading.findings),
      ...integerScales(tensors, reading.findings),
    ],
    parameter: stem.parameter,
    scheme,
    symmetric,
    zeroPoints: zeroPointConvention(scheme, tensors, context.declared),
    payloadTensor,
    tensors: tensors,
    storedBits,
  };
}

/** Of a row that is no wider than a group, shapes do not tell one group from one scale a channel: the declaration does. */
function wholeRowGroup(
  { granularity, logicalShape }: Reading,
  context: SchemeContext,
): Pick<Reading, "granularity" | "group"> | undefined {
  if (granularity !== "channel") return undefined;
  const { group, strategy, method } = context.declared ?? {};
  // Blocks of torchao are those of the tensor as stored: a whole row is a channel.
  if (method === "torchao") return undefined;
  const input = logicalShape?.at(-1);
  if (group == null || strategy != null || input === undefined || group < input) return undefined;
  return { granularity: "group", group };
}

/** What a tensor beside a quantized payload is: a second payload (a master copy) counts no parameters. */
function partBeside(suffix: string): TensorPart {
  const part = suffixOf(suffix)?.part ?? "metadata";
  return part === "payload" ? "payload-part" : part;
}

/**
 * A stem without a quantized payload: plain weights, real parameters with a quantizer's name, and orphans. Beside scales of
 * keys, `q_scale` is that of queries; ExLlama packs scales of weights under this name.
 */
function readUnquantized(
  tensors: WeightTensors,
  context: SchemeContext,
  into: Sink & { findings: Observation[] },
): void {
  const bookkeeping =
    [...tensors.tensors.keys()].some((suffix) => isSureBookkeeping(suffix)) ||
    isAffinePair(tensors) ||
    isLeftOfMlx(tensors, context);
  const found: WeightTensor[] = [];
  for (const [suffix, tensor] of tensors.tensors) {
    const meaning = suffixOf(suffix);
    const isOfQueries = suffix === "q_scale" && tensors.has("k_scale");
    const part = isOfQueries ? "kv-cache" : (meaning?.part ?? "parameter");
    if (part === "bias" || part === "payload" || (!meaning?.sure && !bookkeeping)) {
      found.push({ suffix, part: part === "bias" ? "bias" : "payload", tensor, parameters: tensor.elements });
      continue;
    }
    into.loose.push({ suffix, part, tensor, parameters: 0 });
    if (part !== "kv-cache" && part !== "scratch")
      into.findings.push({
        ...missing("ORPHAN_SCALE", suffix, { is: "quantized-weight" }),
        tensor: tensor.name,
      });
  }
  const isTable = (part: WeightTensor) =>
    isBuffer(part.suffix, part.tensor.dtype, part.tensor.shape) && !looksPacked(part);
  // A buffer carries no bias: one beside it stands on its own.
  const main = found.find((part) => part.part === "payload" && !isTable(part));
  for (const part of found) {
    if (part.part === "bias" && main !== undefined) continue;
    if (isTable(part)) {
      into.loose.push({ ...part, part: "buffer", parameters: 0 });
      continue;
    }
    const own = part === main ? found.filter((other) => other === main || other.part === "bias") : [part];
    into.weights.push(
      plainWeight(part, tensors.parameter || (part.suffix === "weight" ? "" : part.suffix), own),
    );
  }
}

/** `scales` and `biases` of one shape and no weight: what is left of MLX's affine groups. */
function isAffinePair(tensors: WeightTensors): boolean {
  const [scales, biases] = [tensors.get("scales")?.shape, tensors.get("biases")?.shape];
  if (scales === undefined || biases === undefined || tensors.has("weight")) return false;
  return scales.length >= 2 && scales.join() === biases.join();
}

/** Scales alone, where MLX is declared: nothing else of its models is called so. */
function isLeftOfMlx(tensors: WeightTensors, context: SchemeContext): boolean {
  const scales = tensors.get("scales")?.shape ?? tensors.get("biases")?.shape ?? [];
  return scales.length >= 2 && !tensors.has("weight") && context.declared?.method === "mlx";
}

function isSureBookkeeping(suffix: string): boolean {
  const meaning = suffixOf(suffix);
  return meaning?.sure === true && meaning.part !== "payload" && meaning.part !== "bias";
}

/** Integer values of some quantizer, though we can't say which; `codes` or `indices` alone are tables. */
function looksPacked(part: WeightTensor): boolean {
  if (part.part !== "payload" || part.tensor.shape.length < 2) return false;
  return PACKED_NAME.test(part.suffix) && /^[IU](?:8|16|32)$/.test(part.tensor.dtype);
}

const PACKED_NAME = /^(?:weight|weight_packed|qweight|q_weight|W_q|blocks|embedding_quantized)$/;

function asBuffer(tensor: ModuleTensor): WeightTensor {
  return { suffix: tensor.name, part: "buffer", tensor, parameters: 0 };
}

function asParameter(tensor: ModuleTensor): Weight {
  const part: WeightTensor = { suffix: tensor.name, part: "parameter", tensor, parameters: tensor.elements };
  return plainWeight(part, tensor.name, [part]);
}

function addPlain(tensor: ModuleTensor, into: Sink): void {
  if (isBuffer(tensor.name, tensor.dtype, tensor.shape)) into.loose.push(asBuffer(tensor));
  else into.weights.push(asParameter(tensor));
}

function plainWeight(part: WeightTensor, parameter: string, tensors: readonly WeightTensor[]): Weight {
  const { tensor } = part;
  const isUnknown = isBuffer("", tensor.dtype, []);
  return {
    parameter,
    scheme: isUnknown ? "unknown" : "none",
    payload: part.suffix,
    payloadTensor: tensor,
    tensors: tensors,
    logicalShape: isUnknown ? null : tensor.shape,
    parameters: tensor.elements,
    bits: isUnknown ? null : DTYPE_BITS[tensor.dtype],
    symmetric: null,
    zeroPoints: null,
    scale: null,
    granularity: null,
    block: null,
    group: null,
    findings: [],
    storedBits: tensor.elements * DTYPE_BITS[tensor.dtype],
    ...(isUnknown ? { confidence: "guess" as const } : {}),
  };
}
