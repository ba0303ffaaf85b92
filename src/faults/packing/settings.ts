import type { PlaceSet } from "../../checkpoint/place-set.ts";
import type { Declaration } from "../../quantization/declaration.ts";
import type { DeclaredFor } from "../../quantization/declared.ts";
import {
  FP8_BLOCK_SCALE_SUFFIX,
  FP8_SCALE_SUFFIX,
  RENAMED_SUFFIXES,
  SCHEMES_OF_METHOD,
  STORED_AS,
} from "../../quantization/methods.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import { packingDoubt } from "../../quantization/packing-doubt.ts";
import type { SchemeId } from "../../quantization/registry.ts";
import type { DeclaredWeight } from "../../quantization/scheme.ts";
import { type Fault, fault } from "../fault.ts";

/** A quantized weight against what the configuration says of it: whether at all, by which method, with which numbers. */
export function judgeQuantized(
  declaration: Declaration,
  weight: Weight,
  says: DeclaredFor,
  at: PlaceSet,
): Fault[] {
  const { scheme } = weight;
  if (says.state === "ignored") return [fault("skip.quantized", at, { by: says.by, stored: scheme })];
  const allowed = Object.hasOwn(SCHEMES_OF_METHOD, declaration.method)
    ? SCHEMES_OF_METHOD[declaration.method]
    : undefined;
  if (allowed !== undefined && !allowed.includes(scheme))
    return [fault("declared.method", at, { declared: declaration, stored: scheme })];
  if (says.state === "untargeted" && declaration.listing !== null)
    return [fault("declared.unlisted", at, { listing: declaration.listing, stored: scheme })];
  if (says.state !== "quantized") return [];
  const other = judgeFormat(says.weight, weight, at);
  if (other.length > 0 || isExempt(weight, says.weight)) return other;
  // Bits and groups that are read by a lost or misshapen scale are none to hold a configuration to.
  if (packingDoubt(weight) === "damaged") return judgeSuffixes(says.weight, weight, at);
  return JUDGES.flatMap((judge) => judge(says.weight, weight, at));
}

/** Packed values of a declared method that none of its schemes reads: nothing is known of them, and engines load none. */
export function judgeUnnamed(
  { method }: Declaration,
  { payloadTensor }: Weight,
  says: DeclaredFor,
  at: PlaceSet,
): Fault[] {
  const isKnown = Object.hasOwn(SCHEMES_OF_METHOD, method);
  if (!isKnown || says.state !== "quantized" || payloadTensor.shape.length < 2) return [];
  return [fault("declared.unnamed", at, { method, dtype: payloadTensor.dtype })];
}

/** A format or a type of values that these tensors cannot be: told once, as nothing else of the entry can be right then. */
function judgeFormat(declared: DeclaredWeight, { scheme }: Weight, at: PlaceSet): Fault[] {
  const { format, type, method } = declared;
  const formats = STORED_AS[method ?? ""];
  const own =
    format !== null && formats !== undefined && Object.hasOwn(formats, format) ? formats[format] : undefined;
  const isOfFamily = Object.values(formats ?? {}).some((schemes) => schemes.includes(scheme));
  if (format !== null && own !== undefined && isOfFamily && !own.includes(scheme))
    return [fault("declared.format", at, { declared: format, stored: scheme })];
  const types = TYPES_OF[scheme];
  if (type === null || types === undefined || types.includes(type)) return [];
  return [fault("declared.type", at, { declared: type, stored: scheme })];
}

/** Schemes whose tensors are values of one type. */
const TYPES_OF: Readonly<Partial<Record<SchemeId, readonly string[]>>> = {
  "ct-pack-int": ["int"],
  int8: ["int"],
  "int4-outpacked": ["int"],
  "quark-awq": ["int"],
  gptq: ["int"],
  "awq-gemm": ["int"],
  "nvfp4-ct": ["float"],
  nvfp4: ["float"],
  "mxfp4-ct": ["float"],
  mxint4: ["mx-int"],
  "mxfp4-u8": ["float"],
  mxfp6: ["float"],
  mxfp8: ["float"],
  "fp8-tensor": ["float"],
  "fp8-channel": ["float"],
  "fp8-block": ["float"],
};

/** Zero points that the declaration knows nothing of are not read: the values come out shifted. */
function judgeSymmetry({ method, symmetric }: DeclaredWeight, weight: Weight, at: PlaceSet): Fault[] {
  // Others store zero points whatever is said.
  if (method !== "compressed-tensors" || symmetric !== true) return [];
  const zero = weight.tensors.find(({ part }) => part === "zero-point");
  return zero === undefined ? [] : [fault("declared.symmetric", at, { suffix: zero.suffix })];
}

const JUDGES: readonly ((declared: DeclaredWeight, weight: Weight, at: PlaceSet) => Fault[])[] = [
  judgeBits,
  judgeGroup,
  judgeStrategy,
  judgeSuffixes,
  judgeBlock,
  judgeSymmetry,
];

/** Schemes that a method stores beside its own without saying so. */
function isExempt({ scheme }: Weight, { method }: DeclaredWeight): boolean {
  return method === "fp8" && (scheme === "fp4-e8m0" || scheme === "nvfp4");
}

/** Formats whose configuration holds an average of bits. */
const EXACT_BITS_UNTOLD: ReadonlySet<string> = new Set([
  "exl2",
  "exl3",
  "aqlm",
  "vptq",
  "quip-sharp",
  "spqr",
  "torchao-intx",
]);

function judgeBits({ bits: declared }: DeclaredWeight, { bits, scheme }: Weight, at: PlaceSet): Fault[] {
  if (declared === null || bits === null || !Number.isInteger(bits)) return [];
  if (EXACT_BITS_UNTOLD.has(scheme) || declared === bits) return [];
  // compressed-tensors keeps 4-bit integers one a byte; ModelSlim does the same in places.
  if (scheme === "int8" && declared < 8) return [];
  return [fault("declared.bits", at, { declared, stored: bits })];
}

/** Formats whose scales show whether there are groups. */
const SHOWS_GROUPS: ReadonlySet<string> = new Set(["gptq", "awq-gemm", "ct-pack-int"]);

function judgeGroup({ group: declared }: DeclaredWeight, weight: Weight, at: PlaceSet): Fault[] {
  if (declared === null || declared <= 0) return [];
  const { granularity, group, scheme } = weight;
  if (granularity === "group" && group !== null && group > 0 && declared !== group)
    return [fault("declared.group", at, { declared, stored: group })];
  const isRow = granularity === "channel" && SHOWS_GROUPS.has(scheme) && isWiderThan(weight, declared);
  return isRow ? [fault("declared.group", at, { declared, stored: null })] : [];
}

function isWiderThan({ logicalShape }: Weight, group: number): boolean {
  const input = logicalShape?.at(-1);
  return input !== undefined && input > group;
}

/** One scale, or one for each row: kernels that expect the one take the first of the others for all (vllm#20076). */
function judgeStrategy({ strategy }: DeclaredWeight, weight: Weight, at: PlaceSet): Fault[] {
  const { granularity, logicalShape, tensors, scale } = weight;
  // Of a scale that is lost nobody knows how many values it had.
  if (tensors.every(({ suffix }) => suffix !== scale)) return [];
  if (strategy === null || strategy === granularity || (logicalShape?.at(-2) ?? 1) === 1) return [];
  if (granularity !== "tensor" && granularity !== "channel") return [];
  return [fault("declared.strategy", at, { declared: strategy, stored: granularity })];
}

/** Engines look scales up by the spelling of the declared method. */
function judgeSuffixes({ method, block }: DeclaredWeight, weight: Weight, at: PlaceSet): Fault[] {
  const usual = method === "fp8" && block !== null ? FP8_BLOCK_SCALE_SUFFIX : FP8_SCALE_SUFFIX[method ?? ""];
  const isFp8 = weight.payloadTensor.dtype.startsWith("F8_");
  const lookedUp = (suffix: string) => {
    if (isFp8 && (suffix === "weight_scale" || suffix === "weight_scale_inv")) return usual ?? suffix;
    return Object.hasOwn(RENAMED_SUFFIXES, suffix) ? (RENAMED_SUFFIXES[suffix] ?? suffix) : suffix;
  };
  return weight.tensors
    .map(({ suffix }) => ({ declared: lookedUp(suffix), stored: suffix }))
    .filter(({ declared, stored }) => declared !== stored)
    .map((data) => fault("declared.suffix", at, data));
}

function judgeBlock({ block: declared }: DeclaredWeight, weight: Weight, at: PlaceSet): Fault[] {
  const { block, granularity } = weight;
  if (declared === null || block === null || granularity !== "block") return [];
  if (declared[0] === block[0] && declared[1] === block[1]) return [];
  return [fault("declared.block", at, { declared, stored: block })];
}
