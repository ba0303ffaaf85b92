import type { Stack } from "../architecture/layers.ts";
import type { Model } from "../architecture/model.ts";
import type { Scope } from "../architecture/roles.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";

/** A part beside the main stack: an image encoder, an audio encoder, a projector, the encoder of a translation model. */
export interface Tower {
  readonly scope: Scope;
  /** Its list of layers, null for a part without one. */
  readonly stack: string | null;
  readonly layers: number;
  /** Width of its own stream, null where no norm tells. */
  readonly width: number | null;
  readonly parameters: number;
}

/** Parts with layers first, the larger before the smaller. */
export function describeTowers({ tensorRoles: places, stacks, main }: Model): Tower[] {
  const scopes = new Set(places.map((place) => place.scope));
  const towers = [...scopes].flatMap((scope): Tower[] => {
    if (scope === "mtp") return [];
    const isMain = scope === main?.scope;
    // Of the main scope, what stands beside the main stack: Flux's single blocks beside its double ones.
    const lists = stacks.filter((stack) => stack.scope === scope && stack !== main);
    if (isMain || lists.length === 0) {
      const own = places.filter((place) => place.scope === scope && place.stack === null);
      const isPart = !isMain && scope !== "text" && own.length > 0;
      return [...lists.map(towerOf), ...(isPart ? [{ ...NO_STACK, scope, parameters: sum(own) }] : [])];
    }
    const [first, ...rest] = lists.toSorted((a, b) => b.parameters - a.parameters) as [Stack, ...Stack[]];
    const all = sum(places.filter((place) => place.scope === scope));
    // The largest list stands for its scope, so that stems and heads around it are counted with it.
    const others = rest.reduce((total, stack) => total + stack.parameters, 0);
    return [{ ...towerOf(first), parameters: all - others }, ...rest.map(towerOf)];
  });
  return towers.sort((a, b) => Math.sign(b.layers) - Math.sign(a.layers) || b.parameters - a.parameters);
}

const NO_STACK = { stack: null, layers: 0, width: null } as const;

function towerOf(stack: Stack): Tower {
  return {
    scope: stack.scope,
    stack: stack.prefix,
    layers: stack.groups.reduce((count, group) => count + group.members.length, 0),
    width: widthOf(stack.groups[0]?.tensorRoles ?? []),
    parameters: stack.parameters,
  };
}

function sum(places: readonly TensorRole[]): number {
  return places.reduce((total, place) => total + place.parametersEach * place.count, 0);
}

function widthOf(places: readonly TensorRole[]): number | null {
  return places.find((place) => place.role.startsWith("norm.") && place.part === "weight")?.shape[0] ?? null;
}
