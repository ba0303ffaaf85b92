import { linearShape } from "../architecture/linear-shape.ts";
import { type Model, modelOf } from "../architecture/model.ts";
import type { Role } from "../architecture/roles.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { PlaceSet } from "../checkpoint/place-set.ts";
import { formatPattern, type PatternSegment } from "../checkpoint/repeats.ts";
import type { Weight } from "../quantization/module-weights.ts";
import { quantizationOf } from "../quantization/quantization.ts";

/** Which side of a matrix is split among GPUs: outputs, inputs, rows of a vocabulary, or neither. */
export type Cut = "column" | "row" | "vocabulary" | "whole";

/** What engines do with a projection, by its role. Roles without a row are no projections that an engine splits. */
const CUTS: Partial<Record<Role, Cut>> = {
  "embed.token": "vocabulary",
  "head.lm": "vocabulary",
  "attn.q": "column",
  "attn.k": "column",
  "attn.v": "column",
  "attn.qkv": "column",
  "attn.gate": "column",
  "attn.q_b": "column",
  "attn.kv_b": "column",
  "attn.o": "row",
  "attn.q_a": "whole",
  "attn.kv_a": "whole",
  "xattn.q": "column",
  "xattn.k": "column",
  "xattn.v": "column",
  "xattn.o": "row",
  "lin.in": "column",
  "lin.gate": "column",
  "lin.out": "row",
  "ssm.in": "column",
  "ssm.out": "row",
  "mlp.gate": "column",
  "mlp.up": "column",
  "mlp.gate_up": "column",
  "mlp.down": "row",
  "shared_expert.gate": "column",
  "shared_expert.up": "column",
  "shared_expert.gate_up": "column",
  "shared_expert.down": "row",
  "expert.gate": "column",
  "expert.up": "column",
  "expert.gate_up": "column",
  "expert.down": "row",
  "moe.router": "whole",
};

/** A projection of the model: equal ones of all layers together. */
export interface Linear {
  readonly tensorRole: TensorRole;
  readonly role: Role;
  readonly cut: Cut;
  readonly weight: Weight;
  /** The module, or the parameter where a module holds several. */
  readonly at: PlaceSet;
  readonly path: readonly PatternSegment[];
  /** Path of the first, with plain numbers. */
  readonly name: string;
  /** Last name of the path: `q_proj`. */
  readonly leaf: string;
  readonly layers: readonly number[] | null;
  readonly isExpert: boolean;
  /** Of one matrix, one expert's; null where headers don't tell. */
  readonly outputs: number | null;
  readonly inputs: number | null;
}

/** All projections of a component's text model. Vision towers and prediction layers are not among them. */
export function linearsOf(component: Component): readonly Linear[] {
  return component.analyses.get(gather);
}

function gather(component: Component): readonly Linear[] {
  const model = modelOf(component);
  return model.tensorRoles.flatMap((tensorRole) => toLinear(component, model, tensorRole) ?? []);
}

const SCOPES: ReadonlySet<string> = new Set(["text", "decoder", "encoder"]);

function toLinear(component: Component, model: Model, tensorRole: TensorRole): Linear | undefined {
  const cut = CUTS[tensorRole.role];
  if (cut === undefined || !SCOPES.has(tensorRole.scope)) return undefined;
  if (tensorRole.part !== "weight" && tensorRole.part !== "packed") return undefined;
  const quantization = quantizationOf(component);
  const { owner, parameter, shape: stored } = model.weights.tensor(tensorRole.node);
  // Numbers that an activation learns (Apertus' `act_fn.alpha_p`) are no projections.
  if (stored !== null && stored.length < 2) return undefined;
  const weight = quantization
    .module(quantization.kinds.kindOf(owner))
    .weights.find((each) => each.parameter === parameter);
  if (weight === undefined) return undefined;
  const owned = component.table.names.name(owner).split(".").length;
  const path = tensorRole.segments.slice(0, parameter === "" ? owned : owned + parameter.split(".").length);
  const shape = linearShape(tensorRole, model.weights, model.hidden);
  const name = nameOf(path);
  return {
    tensorRole,
    role: tensorRole.role,
    cut,
    weight,
    at: PlaceSet.modules([path], tensorRole.count),
    path,
    name,
    leaf: name.slice(name.lastIndexOf(".") + 1),
    layers: tensorRole.layers,
    isExpert: tensorRole.role.startsWith("expert."),
    outputs: shape?.rows ?? null,
    inputs: shape?.columns ?? null,
  };
}

/** The first path that a pattern stands for. */
function nameOf(path: readonly PatternSegment[]): string {
  return path.map((part) => (typeof part === "string" ? part : `${part.prefix}${part.members[0]}`)).join(".");
}

/** Paths of all modules of a linear, at most `most`; of experts the list's, as engines keep them in one module. */
export function namesOf(linear: Linear, most: number): string[] {
  return linear.at.names(most);
}

/** Parts that engines compute as one module, in the order in which they lie in it. */
const FUSED: readonly { readonly name: string; readonly roles: readonly Role[] }[] = [
  { name: "qkv_proj", roles: ["attn.q", "attn.k", "attn.v"] },
  { name: "gate_up_proj", roles: ["mlp.gate", "mlp.up"] },
  { name: "gate_up_proj", roles: ["shared_expert.gate", "shared_expert.up"] },
  { name: "fused_qkv_a_proj", roles: ["attn.q_a", "attn.kv_a"] },
];

/** Parts of one fused module, of the layers that have them alike. */
export interface FusedGroup {
  readonly name: string;
  readonly parts: readonly Linear[];
  /** Place of the fused module: the parts' own, as the fused one is stored nowhere. */
  readonly at: PlaceSet;
  readonly layers: readonly number[];
}

/** Fused modules of at least two parts, as the engines build them. */
export function fusedOf(component: Component): readonly FusedGroup[] {
  return component.analyses.get(gatherFused);
}

function gatherFused(component: Component): readonly FusedGroup[] {
  const groups = new Map<string, { name: string; parts: Linear[]; layers: number[] }>();
  for (const { name, roles } of FUSED) {
    const members = linearsOf(component).filter((each) => roles.includes(each.role) && each.layers !== null);
    for (const [layer, parts] of byLayerAndParent(members)) {
      if (parts.length < 2 || parts.length > roles.length) continue;
      const sorted = [...parts].sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
      const key = `${name} ${sorted.map((each) => formatPattern(each.path)).join(" ")}`;
      const known = groups.get(key);
      if (known === undefined) groups.set(key, { name, parts: sorted, layers: [layer] });
      else known.layers.push(layer);
    }
  }
  return Array.from(groups.values(), ({ name, parts, layers }) => ({
    name,
    parts,
    layers,
    at: PlaceSet.modules(parts.map(({ path }) => narrowPath(path, layers))),
  }));
}

/** Linears of one layer and one parent module, with the layer's number. */
function byLayerAndParent(linears: readonly Linear[]): [number, Linear[]][] {
  const found = new Map<string, [number, Linear[]]>();
  for (const linear of linears) {
    const parent = linear.tensorRole.inner.slice(0, -1).join(".");
    for (const layer of linear.layers ?? []) {
      const key = `${linear.tensorRole.stack} ${layer} ${parent}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, [layer, [linear]]);
      else known[1].push(linear);
    }
  }
  return [...found.values()];
}

/** A path with some of its layers alone: the first list of a path is that of its layers. */
export function narrowPath(path: readonly PatternSegment[], layers: readonly number[]): PatternSegment[] {
  let isDone = false;
  return path.map((part) => {
    if (isDone || typeof part === "string" || !layers.every((layer) => part.members.includes(layer)))
      return part;
    isDone = true;
    return { ...part, members: layers };
  });
}
