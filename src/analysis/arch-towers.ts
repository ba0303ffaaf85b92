import type { Stack } from "../architecture/layers.ts";
import type { Model } from "../architecture/model.ts";
import type { Scope } from "../architecture/roles.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import { bodyScopeOf } from "./body-scope.ts";

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
export function describeTowers(model: Model): Tower[] {
  const body = bodyScopeOf(model);
  const towers = findTowers(model).flatMap((tower): Tower[] => {
    if (tower.scope !== "text") return [tower];
    // Beside a decoder, what lies in no list of the text's scope is embedding and head; an image model has a backbone there.
    return tower.stack === null && body === "text" ? [] : [{ ...tower, scope: body }];
  });
  return towers.sort((a, b) => Math.sign(b.layers) - Math.sign(a.layers) || b.parameters - a.parameters);
}

function findTowers({ tensorRoles, stacks, main }: Model): Tower[] {
  const scopes = new Set(tensorRoles.map((tensorRole) => tensorRole.scope));
  return [...scopes].flatMap((scope): Tower[] => {
    if (scope === "mtp") return [];
    const isMain = scope === main?.scope;
    // Of the main scope, what stands beside the main stack: Flux's single blocks beside its double ones.
    const lists = stacks.filter((stack) => stack.scope === scope && stack !== main && isOfBlocks(stack));
    if (isMain) return lists.map(towerOf);
    const all = sum(tensorRoles.filter((tensorRole) => tensorRole.scope === scope));
    const [first, ...rest] = lists.toSorted((a, b) => b.parameters - a.parameters);
    if (first === undefined) return [{ ...NO_STACK, scope, parameters: all }];
    // The largest list stands for its scope, so that stems and heads around it are counted with it.
    const others = rest.reduce((total, stack) => total + stack.parameters, 0);
    return [{ ...towerOf(first), parameters: all - others }, ...rest.map(towerOf)];
  });
}

/** Whether its members are blocks: a head of three numbered linears is no tower of three layers. */
function isOfBlocks({ groups }: Stack): boolean {
  return groups.some(({ tensorRoles }) => tensorRoles.some(({ inner }) => inner.length > 0));
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

function sum(tensorRoles: readonly TensorRole[]): number {
  return tensorRoles.reduce((total, tensorRole) => total + tensorRole.parametersEach * tensorRole.count, 0);
}

function widthOf(tensorRoles: readonly TensorRole[]): number | null {
  const norm = tensorRoles.find(
    ({ role, part, inner, leaf }) =>
      role.startsWith("norm.") && part === "weight" && ![...inner, leaf].some((name) => OF_HEADS.test(name)),
  );
  return norm?.shape[0] ?? null;
}

/** Norms of queries and keys are as wide as a head, not as the stream. */
const OF_HEADS = /^(?:query|key|q|k)_norm$|^norm_(?:q|k|added_q|added_k)$/;
