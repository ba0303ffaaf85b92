import type { LayerTensor } from "./layer-tensor.ts";
import {
  ACTIVATION_PARAMETERS,
  ATTENTION_BOXES,
  EXPERT_BOXES,
  MLP_BOXES,
  MLP_LEAVES,
  ROUTER_BIASES,
  ROUTER_PARENTS,
  SHARED_EXPERT_BOXES,
} from "./leaf-tables.ts";
import type { Neighbours, Segment } from "./name-path.ts";
import type { Role } from "./roles.ts";

/** Corrections of a router's scores, which have names of their own. */
export function routerBias(tensor: LayerTensor, neighbours: Neighbours): Role | undefined {
  const { names, part, rest } = tensor;
  if (names.some((name) => ROUTER_BIASES.has(name))) return "moe.router_bias";
  const isGate = names[names.length - 1] === "gate" && ROUTER_PARENTS.has(names[names.length - 2] ?? "");
  if (!isGate || part !== "bias") return undefined;
  // A bias of a router named `gate` corrects its scores (DeepSeek-V4) where experts stand beside it.
  return neighbours.beside((rest[rest.length - 1] as Segment).node).has("experts")
    ? "moe.router_bias"
    : undefined;
}

/** Names that mean a gate, a way up and a way down only where all three stand beside each other. */
export function threeLinears({ names, rest }: LayerTensor, neighbours: Neighbours): Role | undefined {
  const last = names[names.length - 1] as string;
  const beside = neighbours.beside((rest[rest.length - 1] as Segment).node);
  const linears = THREE_LINEARS.find((all) => all.includes(last) && all.every((name) => beside.has(name)));
  if (linears === undefined) return undefined;
  const role = (["mlp.gate", "mlp.up", "mlp.down"] as const)[linears.indexOf(last)];
  return names.some((name) => EXPERT_BOXES.has(name)) ? withPrefix("expert", role) : role;
}

const THREE_LINEARS: readonly (readonly string[])[] = [
  // Grok-1.
  ["linear", "linear_v", "linear_1"],
  // The tower of dots, whose first is the gate.
  ["fc1", "fc3", "fc2"],
];

/** Experts that every token uses. */
export function sharedExperts(tensor: LayerTensor): Role | undefined {
  const { names, hasExperts } = tensor;
  const isShared = names.some(
    (name) => SHARED_EXPERT_BOXES.has(name) || (name === "shared_mlp" && hasExperts),
  );
  if (!isShared) return undefined;
  return withPrefix("shared_expert", mlpLeaf(tensor));
}

/** Routed experts, numbered or stacked below a module of that name. */
export function experts(tensor: LayerTensor): Role | undefined {
  const box = tensor.names.findIndex((name) => EXPERT_BOXES.has(name));
  if (box > 0 && tensor.names.slice(0, box).some((name) => ATTENTION_BOXES.has(name)))
    return tensor.names.at(-1) === "router" ? "moe.router" : "attn.routed";
  if (!tensor.names.some((name) => EXPERT_BOXES.has(name))) return undefined;
  return withPrefix("expert", mlpLeaf(tensor));
}

/** What stands between the stream and the experts. */
export function moeExtras({ names }: LayerTensor): Role | undefined {
  const last = names[names.length - 1];
  if (last === "shared_expert_gate") return "moe.shared_gate";
  if (last === "linear_gate" && SHARED_EXPERT_BOXES.has(names.at(-2) ?? "")) return "moe.shared_gate";
  return LATENT_PROJECTIONS.has(last as string) ? "moe.latent" : undefined;
}

/** To the narrower width that experts work at, and back (Nemotron-H, Muse). */
const LATENT_PROJECTIONS: ReadonlySet<string> = new Set([
  "fc1_latent_proj",
  "fc2_latent_proj",
  "pre_expert_proj",
  "post_expert_proj",
]);

/** Experts as one 3-D tensor: Granite's Linear names, `gate_proj` straight below `moe`, or whatever stands beside a router. */
export function stackedExperts(tensor: LayerTensor, neighbours: Neighbours): Role | undefined {
  const { names, shape, rest } = tensor;
  if (shape.length !== 3 || names.length < 2) return undefined;
  const parent = names[names.length - 2];
  const isBox = parent === "block_sparse_moe" || parent === "moe";
  const node = (rest[rest.length - 1] as Segment).node;
  if (!isBox && !neighbours.beside(node).has("router")) return undefined;
  return withPrefix("expert", mlpLeaf(tensor));
}

/** What picks the experts; it may be named like a gate. */
export function router({ names, rest }: LayerTensor, neighbours: Neighbours): Role | undefined {
  const last = names[names.length - 1];
  // `router_norm` and `modality_router` of AltUp have been taken before.
  if (names.includes("router")) return "moe.router";
  if (last === "wg" && names.includes("gate")) return "moe.router";
  if (last !== "gate" || !ROUTER_PARENTS.has(names[names.length - 2] ?? "")) return undefined;
  // A gate beside `up` and `down` is a feed-forward gate of an unusual spelling.
  return neighbours.beside((rest[rest.length - 1] as Segment).node).has("up") ? undefined : "moe.router";
}

/** Qwen 1 calls its up projection w1 and its gate w2: the third is not w3 but c_proj. */
export function qwen1Mlp({ names, rest }: LayerTensor, neighbours: Neighbours): Role | undefined {
  const last = names[names.length - 1];
  if (last !== "w1" && last !== "w2") return undefined;
  if (!neighbours.beside((rest[rest.length - 1] as Segment).node).has("c_proj")) return undefined;
  return last === "w1" ? "mlp.up" : "mlp.gate";
}

/** A dense feed-forward block. */
export function mlp(tensor: LayerTensor): Role | undefined {
  if (
    !tensor.names.some((name) => MLP_BOXES.has(name) || name === "block_sparse_moe" || name === "shared_mlp")
  )
    return undefined;
  return mlpLeaf(tensor);
}

function mlpLeaf({ names }: LayerTensor): Role | undefined {
  for (let at = names.length - 1; at >= 0; at--) {
    const name = names[at] as string;
    // Apertus learns the shape of its activation, which works on what `up_proj` gives.
    if (name === "act_fn") return "mlp.up";
    if (ACTIVATION_PARAMETERS.has(name)) continue;
    if (name === "#" || name === "proj" || name === "layer" || name === "linear") continue;
    // Diffusers: `ff.net.0.proj` goes up, `ff.net.2` down.
    if (name === "net") return names[names.length - 1] === "proj" ? "mlp.up" : "mlp.down";
    const role = MLP_LEAVES.get(name);
    if (role !== undefined) return role;
    if (name === "gate") return "mlp.gate";
    return name === "up" ? "mlp.up" : name === "down" ? "mlp.down" : undefined;
  }
  return undefined;
}

function withPrefix(prefix: "expert" | "shared_expert", role: Role | undefined): Role | undefined {
  return role?.startsWith("mlp.") ? (`${prefix}.${role.slice(4)}` as Role) : undefined;
}
