import type { SchemeId } from "../../quantization/registry.ts";
import { type Ask, type Said, say } from "../ask.ts";
import { fusedOf, type Linear } from "../linears.ts";
import { distinctMoe } from "./split.ts";

/** Weights with a scale for each group of inputs: groups have to stay whole where inputs are cut, and kernels want their sizes. */
export function judgeGroups(ask: Ask): Said[] {
  if (!ask.isServing || ask.declared === null) return [];
  const said = ask.linears.flatMap((linear) =>
    linear.isExpert ? judgeExpert(ask, linear) : judgeDense(ask, linear),
  );
  return [...said, ...judgeMarlin(ask)];
}

/** Groups of scales that a format fixes. */
const FIXED: Readonly<Partial<Record<SchemeId, number>>> = {
  nvfp4: 16,
  "nvfp4-ct": 16,
  mxfp8: 32,
};

const INTEGER: ReadonlySet<string> = new Set(["gptq", "awq-gemm", "ct-pack-int"]);

/** Inputs of one GPU, undefined where they do not divide. */
function inputsPerRank({ plan }: Ask, { cut, inputs }: Linear): number | undefined {
  const slices = cut === "row" ? plan.tp : 1;
  return inputs === null || inputs % slices !== 0 ? undefined : inputs / slices;
}

function judgeDense(ask: Ask, linear: Linear): Said[] {
  const { weight, cut, at } = linear;
  const inputs = inputsPerRank(ask, linear);
  if (inputs === undefined || cut === "vocabulary") return [];
  const fixed = FIXED[weight.scheme];
  if (fixed !== undefined) {
    if (inputs % fixed === 0) return [];
    const isUnchecked =
      ask.engine === "vllm" && ask.declared?.method === "compressed-tensors" && fixed === 16;
    const values = { inputsPerRank: inputs, group: fixed, engine: ask.engine, scheme: weight.scheme };
    return [say(isUnchecked ? "fp4-inputs-unchecked" : "fp4-inputs", at, values)];
  }
  if (weight.scheme === "fp8-pb-wo" && weight.block !== null && inputs % weight.block[1] !== 0)
    return [say("block-row", at, { inputsPerRank: inputs, block: weight.block[1] })];
  if (!INTEGER.has(weight.scheme) || weight.group === null || weight.group <= 0) return [];
  if (weight.group >= (linear.inputs ?? 0) || inputs % weight.group === 0) return [];
  const isUnchecked = ask.engine === "vllm" && weight.scheme === "gptq";
  const phrase = weight.scheme === "awq-gemm" ? "awq" : "";
  const values = { inputsPerRank: inputs, group: weight.group, phrase };
  return [say(isUnchecked ? "group-row-unchecked" : "group-row", at, values)];
}

function judgeExpert(ask: Ask, linear: Linear): Said[] {
  const { weight, at } = linear;
  if (linear.cut !== "row") return [];
  const { tp, ep } = ask.plan;
  const slices = ep > 1 ? 1 : tp;
  return distinctMoe(ask).flatMap(({ width }) => {
    if (width === null || width % slices !== 0) return [];
    const widthPerRank = width / slices;
    const fixed = FIXED[weight.scheme];
    if (fixed !== undefined)
      return widthPerRank % fixed === 0
        ? []
        : [say("fp4-experts", at, { widthPerRank, group: fixed, scheme: weight.scheme })];
    if (!INTEGER.has(weight.scheme) || weight.group === null || weight.group <= 0) return [];
    return widthPerRank % weight.group === 0 ? [] : judgeCutExperts(ask, linear, widthPerRank, weight.group);
  });
}

/** The smallest group that the fallback for experts takes. */
const MIN_GROUP = 32;

function judgeCutExperts(ask: Ask, { weight, at }: Linear, widthPerRank: number, group: number): Said[] {
  // SGLang has the fallback for AWQ alone.
  if (weight.scheme === "ct-pack-int" || (ask.engine === "sglang" && weight.scheme !== "awq-gemm"))
    return [say("group-experts", at, { widthPerRank, group })];
  let smaller = group;
  while (smaller >= MIN_GROUP && (widthPerRank % smaller !== 0 || (ask.model.hidden ?? 0) % smaller !== 0))
    smaller /= 2;
  return smaller >= MIN_GROUP
    ? [say("group-experts-halved", at, { widthPerRank, group, smaller })]
    : [say("group-experts-small", at, { widthPerRank, group })];
}

/** Marlin's tiles: SGLang wants them whole, vLLM pads. */
function judgeMarlin(ask: Ask): Said[] {
  const groups = fusedOf(ask.component);
  const fused = new Map(groups.flatMap(({ parts }) => parts.map((part) => [part, parts] as const)));
  const told = new Set<readonly Linear[]>();
  return ask.linears.flatMap((linear): Said[] => {
    const { weight, cut, at, isExpert } = linear;
    if (isExpert || !INTEGER.has(weight.scheme) || cut === "vocabulary") return [];
    const inputs = inputsPerRank(ask, linear);
    const parts = fused.get(linear) ?? [linear];
    if (inputs === undefined || told.has(parts)) return [];
    told.add(parts);
    const outputs = parts.reduce((sum, part) => sum + (part.outputs ?? 0) / outputSlices(ask, part), 0);
    const isWhole = outputs % 64 === 0 && inputs % 128 === 0;
    if (isWhole) return [];
    if (ask.engine === "sglang")
      // Another kernel is left for AWQ, which computes in float16.
      return weight.scheme === "awq-gemm"
        ? []
        : [say("marlin-shape", at, { outputsPerRank: outputs, inputsPerRank: inputs })];
    const isTurned = outputs % 128 === 0 && inputs % 64 === 0;
    return isTurned ? [] : [say("marlin-padded", at, { outputsPerRank: outputs, inputsPerRank: inputs })];
  });
}

function outputSlices({ plan, claims }: Ask, { cut, role }: Linear): number {
  if (cut !== "column") return 1;
  const kvHeads = claims.integer("kvHeads")?.value ?? plan.tp;
  return role === "attn.k" || role === "attn.v" ? Math.min(plan.tp, Math.max(1, kvHeads)) : plan.tp;
}
