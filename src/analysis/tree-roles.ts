import type { LayerFacts } from "../architecture/layer-facts.ts";
import { type Model, modelOf } from "../architecture/model.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { ROOT } from "../safetensors/tensor-names.ts";
import { attentionWords, known, mixerName } from "./arch-words.ts";

/** What the tree shows of the architecture: the role of a tensor, and a few words at the modules that have a shape of their own. */
export interface TreeRoles {
  role(node: number): string | null;
  words(node: number): string | null;
}

/** Roles are known by folded place; any member of a fold is found by its path without numbers and its kind. */
export function treeRolesOf(component: Component): TreeRoles {
  const model = modelOf(component);
  const { kinds } = component;
  const { names } = kinds.table;
  const keyOf = (node: number) => {
    const parts: string[] = [];
    for (let at = node; at !== ROOT; at = names.parent(at)) {
      const text = names.segments.text(names.segment(at));
      parts.push(/^\d+$/.test(text) ? "#" : text);
    }
    return `${kinds.kindOf(node)} ${parts.join("/")}`;
  };
  const roles = new Map(model.tensorRoles.map((tensorRole) => [keyOf(tensorRole.node), tensorRole.role]));
  const words = new Map<string, string>();
  for (const layer of [...model.layers, ...model.mtpLayers]) {
    for (const [node, text] of boxesOf(layer, model)) words.set(keyOf(node), text);
  }
  return {
    role: (node) => roles.get(keyOf(node)) ?? null,
    words: (node) => (words.size === 0 ? null : (words.get(keyOf(node)) ?? null)),
  };
}

/** Modules of a layer with words about them: attention, other mixers, feed-forward, experts. */
function boxesOf(layer: LayerFacts, model: Model): [number, string][] {
  const boxes: [number, string][] = [];
  const add = (prefix: string, words: string) => {
    const tensorRole = layer.group.tensorRoles.find((each) => each.role.startsWith(prefix));
    const node = tensorRole === undefined ? undefined : boxOf(tensorRole, model);
    if (node !== undefined && node !== layer.group.tensorRoles[0]?.layerNode) boxes.push([node, words]);
  };
  const { dense, moe } = layer.feedForward;
  for (const mixer of layer.mixers) {
    if (mixer.type === "attention") add("attn.q", attentionWords(mixer.facts));
    else if (mixer.type === "linear") add("lin.out", mixer.kind);
    else if (mixer.type === "ssm") add("ssm.out", `${mixerName(mixer)}, inner ${known(mixer.innerWidth)}`);
    else if (mixer.type === "recurrent") add("rec.out", mixer.kind);
    else if (mixer.type === "cross-attention") add("xattn.q", "cross-attention");
  }
  if (dense !== null) add("mlp.", `${dense.gated ? "gated " : ""}MLP, hidden ${known(dense.width)}`);
  if (moe !== null) {
    const picks = moe.topK.value === null ? "" : `${moe.topK.value} of `;
    add("moe.router", `${picks}${known(moe.experts.value)} experts, hidden ${known(moe.expertWidth)}`);
  }
  return boxes;
}

/** The module that holds a projection: `self_attn` for `self_attn.q_proj.weight`. */
function boxOf(tensorRole: TensorRole, { weights, component }: Model): number | undefined {
  if (tensorRole.inner.length < 2) return undefined;
  const { owner, parameter } = weights.tensor(tensorRole.node);
  return parameter === "" ? component.table.names.parent(owner) : owner;
}
