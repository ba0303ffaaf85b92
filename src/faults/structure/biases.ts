import type { Role } from "../../architecture/roles.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { isWholeOfItsClass } from "../signature/find.ts";

const PROJECTIONS: ReadonlySet<Role> = new Set(["attn.q", "attn.k", "attn.v", "attn.qkv"]);

/** Runs of layers that have lost the biases which layers of the same make have. */
export function findUnevenBiases(scene: Scene): Fault[] {
  // Of an adapter no model is made: a folder may hold thousands.
  if (adapterOf(scene.component) !== null) return [];
  const { component, model } = scene;
  if (model.main === undefined || isWholeOfItsClass(component)) return [];
  const attention = model.tensorRoles.filter(({ role, scope }) => PROJECTIONS.has(role) && scope === "text");
  const biased = layersWithBias(attention);
  return attention.flatMap((tensorRole) =>
    lacking(tensorRole, biased.get(projectionOf(tensorRole)) ?? new Set()),
  );
}

/** One projection of all layers. */
function projectionOf({ stack, inner }: TensorRole): string {
  return `${stack} ${inner.join(".")}`;
}

function layersWithBias(tensorRoles: readonly TensorRole[]): ReadonlyMap<string, ReadonlySet<number>> {
  const biased = new Map<string, Set<number>>();
  for (const tensorRole of tensorRoles.filter(({ part }) => part === "bias")) {
    const known = biased.get(projectionOf(tensorRole)) ?? new Set();
    for (const layer of tensorRole.layers ?? []) known.add(layer);
    biased.set(projectionOf(tensorRole), known);
  }
  return biased;
}

function lacking({ part, segments, layers, count }: TensorRole, biased: ReadonlySet<number>): Fault[] {
  if ((part !== "weight" && part !== "packed") || layers === null || biased.size === 0) return [];
  const members = layers.filter((layer) => !biased.has(layer));
  if (members.length === 0) return [];
  const module = segments
    .slice(0, -1)
    .map((each) =>
      typeof each !== "string" && each.members.length === layers.length ? { ...each, members } : each,
    );
  const at = PlaceSet.modules([module], (count / layers.length) * members.length);
  return [fault("bias.uneven", at, { others: biased.size })];
}
