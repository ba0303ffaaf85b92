import { member } from "../../checkpoint/config.ts";
import { type Ask, type Said, say } from "../ask.ts";
import { rowNameOf } from "./activations.ts";
import { hasQuantizedExperts, quantizedOnes } from "./stored.ts";

/** The first compute capability that the packages hold code for (CUDA 13 builds). */
const OLDEST = 7.5;

/** Whether the GPU is new enough for the engine, for the method, and for the scheme of the weights. */
export function judgeGpu(ask: Ask): Said[] {
  const { plan, capability } = ask;
  const { gpu } = plan;
  if (gpu === null || !ask.isServing) return [];
  if (capability === null)
    return ask.declared === null ? [] : [say("gpu-other-maker", null, { gpu: gpu.name })];
  if (capability < OLDEST) return [say("gpu-below-all", null, { gpu: gpu.name, capability })];
  const ofMethod = minimumOfMethod(ask);
  if (ofMethod !== null && capability < ofMethod.minimum)
    return [say("gpu-below-method", null, { ...ofMethod, gpu: gpu.name, capability })];
  const ofScheme = minimumOfScheme(ask);
  if (ofScheme !== null && capability < ofScheme.minimum)
    return [say("gpu-below-scheme", null, { ...ofScheme, gpu: gpu.name, capability, engine: ask.engine })];
  return [...expertsOf(ask, gpu.name, capability), ...slowly(ask, gpu.name, capability)];
}

/** Where a method's class asks another number by what it is given. */
const SETTLED: Readonly<Record<string, number>> = { "sglang mxfp8": 10 };

function minimumOfMethod(ask: Ask): { readonly method: string; readonly minimum: number } | null {
  if (ask.declared === null || ask.serving === undefined) return null;
  const method = rowNameOf(ask);
  const row = Object.hasOwn(ask.serving.methods, method) ? ask.serving.methods[method] : undefined;
  const own = SETTLED[`${ask.engine} ${method}`];
  const minimum = own ?? (row?.capability === undefined ? null : row.capability / 10);
  return minimum === null ? null : { method, minimum };
}

/** Single schemes of a method that needs less. */
function minimumOfScheme(ask: Ask): { readonly scheme: string; readonly minimum: number } | null {
  const { declared, engine } = ask;
  if (declared === null) return null;
  const schemes = new Set(quantizedOnes(ask).map(({ weight }) => weight.scheme));
  if (declared.method === "compressed-tensors") {
    if (schemes.has("mxfp4-ct")) return { scheme: "MXFP4", minimum: 8 };
    const isIntegerFp8 = isIntegerWithFp8(declared.value);
    if (isIntegerFp8) return { scheme: "W4A8", minimum: 9 };
    if (engine === "sglang" && schemes.size > 0) return { scheme: [...schemes][0] ?? "", minimum: 8 };
  }
  if (declared.method === "quark" && [...schemes].some((scheme) => scheme.startsWith("fp8")))
    return { scheme: "Quark FP8", minimum: 8.9 };
  return null;
}

/** int4 weights with FP8 activations: a kernel of Hopper alone. */
export function isIntegerWithFp8(value: object): boolean {
  const groups = member(value, "config_groups");
  if (typeof groups !== "object" || groups === null) return false;
  return Object.values(groups).some((group) => {
    const weights = member(group, "weights");
    const inputs = member(group, "input_activations");
    return (
      member(weights, "type") === "int" &&
      member(weights, "num_bits") === 4 &&
      member(inputs, "type") === "float" &&
      member(inputs, "num_bits") === 8
    );
  });
}

/** SGLang runs FP8 experts by Triton, which has no such numbers below Ada. */
function expertsOf(ask: Ask, gpu: string, capability: number): Said[] {
  if (ask.engine !== "sglang" || capability >= 8.9) return [];
  const experts = ask.linears.find(
    ({ isExpert, weight }) => isExpert && /^fp8-(?:block|tensor|channel)$/.test(weight.scheme),
  );
  return experts === undefined || !hasQuantizedExperts(ask)
    ? []
    : [say("gpu-fp8-experts", experts.at, { gpu, capability })];
}

/** First compute capability whose own units multiply numbers of a scheme. */
const NATIVE: readonly (readonly [scheme: RegExp, name: string, from: number])[] = [
  [/^fp8-/, "FP8", 8.9],
  [/^(?:nvfp4|mxfp4)/, "FP4", 10],
  [/^mxfp8$/, "MXFP8", 10],
];

function slowly(ask: Ask, gpu: string, capability: number): Said[] {
  const first = quantizedOnes(ask)[0];
  const row = first && NATIVE.find(([scheme]) => scheme.test(first.weight.scheme));
  if (row === undefined || first === undefined || capability >= row[2]) return [];
  return [say("weight-only", first.at, { scheme: row[1], gpu, capability, native: row[2] })];
}
