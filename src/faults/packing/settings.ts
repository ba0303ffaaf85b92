import type { PlaceSet } from "../../checkpoint/place-set.ts";
import type { Declaration } from "../../quantization/declaration.ts";
import type { DeclaredFor } from "../../quantization/declared.ts";
import {
  FP8_BLOCK_SCALE_SUFFIX,
  FP8_SCALE_SUFFIX,
  RENAMED_SUFFIXES,
  SCHEMES_OF_METHOD,
} from "../../quantization/methods.ts";
import type { Weight } from "../../quantization/module-weights.ts";
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
  if (says.state !== "quantized" || isExempt(weight, says.weight)) return [];
  return JUDGES.flatMap((judge) => judge(says.weight, weight, at));
}

const JUDGES: readonly ((declared: DeclaredWeight, weight: Weight, at: PlaceSet) => Fault[])[] = [
  judgeBits,
  judgeGroup,
  judgeStrategy,
  judgeSuffixes,
  judgeBlock,
];

/** Schemes of other bits that a method stores beside its own without saying so. */
function isExempt(weight: Weight, declared: DeclaredWeight): boolean {
  if (declared.method === "fp8" && (weight.scheme === "fp4-e8m0" || weight.scheme === "nvfp4")) return true;
  // compressed-tensors keeps 4-bit integers one a byte; ModelSlim does the same in places.
  return weight.scheme === "int8" && (declared.bits ?? 8) < 8;
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
function judgeStrategy(
  { strategy }: DeclaredWeight,
  { granularity, logicalShape }: Weight,
  at: PlaceSet,
): Fault[] {
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
