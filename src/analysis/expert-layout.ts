import type { Weight } from "../quantization/module-weights.ts";

/**
 * How routed experts are stored: each with weights of its own, one stack a projection (MLX), or stacks in which gate
 * and up are one (Transformers 5, gpt-oss).
 */
type Layout = "numbered" | "stacked" | "fused";

type Weights = ReadonlyMap<string, Weight>;

const NUMBERED = /^(.*\.)experts\.\d+\.(gate_proj|up_proj|down_proj|w1|w2|w3)$/;
const STACKED = /^(.*\.)(?:experts|switch_mlp)\.(gate_proj|up_proj|down_proj)$/;
const FUSED = /^(.*\.)experts\.gate_up_proj$/;

/** What Mixtral calls them. */
const PROJECTION: Readonly<Record<string, string>> = { w1: "gate_proj", w2: "down_proj", w3: "up_proj" };

/** Bytes of a weight with its scales and bias; of experts that were brought into one stack, those of all. */
export function weightBytes({ bytes, tensors }: Weight & { readonly bytes?: number }): number {
  return bytes ?? tensors.reduce((sum, { tensor }) => sum + tensor.bytes, 0);
}

/** Brings two checkpoints whose experts are stored in different layouts to the one that both can be told in. */
export function alignExperts(a: Weights, b: Weights): readonly [Weights, Weights] {
  const layouts = [layoutOf(a), layoutOf(b)];
  if (layouts[0] === layouts[1] || layouts.includes(undefined)) return [a, b];
  const isFused = layouts.includes("fused");
  return [restack(a, isFused), restack(b, isFused)];
}

function layoutOf(weights: Weights): Layout | undefined {
  let isStacked = false;
  for (const [name, { logicalShape }] of weights) {
    if (NUMBERED.test(name)) return "numbered";
    if (logicalShape?.length !== 3) continue;
    if (FUSED.test(name)) return "fused";
    isStacked ||= STACKED.test(name);
  }
  return isStacked ? "stacked" : undefined;
}

function restack(weights: Weights, isFused: boolean): Map<string, Weight> {
  const rest = new Map<string, Weight>();
  const stacks = new Map<string, Weight[]>();
  for (const [name, weight] of weights) {
    const [, prefix, projection] = NUMBERED.exec(name) ?? STACKED.exec(name) ?? [];
    if (prefix === undefined || projection === undefined) rest.set(name, weight);
    else {
      const stack = `${prefix}experts.${PROJECTION[projection] ?? projection}`;
      const members = stacks.get(stack);
      if (members === undefined) stacks.set(stack, [weight]);
      else members.push(weight);
    }
  }
  for (const [name, members] of stacks) rest.set(name, stackOf(members));
  if (isFused) fuse(rest);
  return rest;
}

/** Experts of one shape as one weight; of several shapes the shape is not told. */
function stackOf(members: readonly Weight[]): Weight & { readonly bytes?: number } {
  const first = members[0] as Weight;
  const shape = first.logicalShape;
  if (members.length === 1 || shape === null) return first;
  const isUniform = members.every(({ logicalShape }) => logicalShape?.join() === shape.join());
  const parameters = members.reduce((sum, member) => sum + member.parameters, 0);
  const bytes = members.reduce((sum, member) => sum + weightBytes(member), 0);
  return { ...first, parameters, bytes, logicalShape: isUniform ? [members.length, ...shape] : null };
}

/** Lays gate and up of each stack into one. */
function fuse(weights: Map<string, Weight>): void {
  for (const [name, gate] of [...weights]) {
    if (!name.endsWith(".experts.gate_proj")) continue;
    const box = name.slice(0, -"gate_proj".length);
    const up = weights.get(`${box}up_proj`);
    if (up === undefined || gate.logicalShape?.join() !== up.logicalShape?.join()) continue;
    weights.delete(name);
    weights.delete(`${box}up_proj`);
    const [experts, rows, columns] = gate.logicalShape ?? [];
    const logicalShape =
      experts === undefined || rows === undefined || columns === undefined
        ? null
        : [experts, 2 * rows, columns];
    const fused = {
      ...gate,
      parameters: gate.parameters + up.parameters,
      bytes: weightBytes(gate) + weightBytes(up),
      logicalShape,
    };
    weights.set(`${box}gate_up_proj`, fused);
  }
}
