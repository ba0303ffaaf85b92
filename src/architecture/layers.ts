import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import { isSideScope, type ModulePart, type Role, type Scope } from "./roles.ts";
import type { TensorRole } from "./tensor-roles.ts";

/** Layers of one stack that are alike in every tensor. */
export interface LayerGroup {
  readonly kind: number;
  readonly members: readonly number[];
  readonly scope: Scope;
  readonly tensorRoles: readonly TensorRole[];
  /** Logical parameters of one layer. */
  readonly parametersEach: number;
}

/** A list of layers, such as `model.layers` or a vision tower's `visual.blocks`. */
export interface Stack {
  readonly prefix: string;
  /** Scope of its layers; multi-token-prediction layers of a main stack have their own in `groups`. */
  readonly scope: Scope;
  /** In the order of their first members. */
  readonly groups: readonly LayerGroup[];
  readonly parameters: number;
}

/** Gathers places into layers of a kind, and those into stacks. */
export function findStacks(kinds: ModuleKinds, tensorRoles: readonly TensorRole[]): Stack[] {
  const stacks = new Map<string, Map<number, TensorRole[]>>();
  for (const tensorRole of tensorRoles) {
    if (tensorRole.stack === null) continue;
    const groups = getOrAdd(stacks, tensorRole.stack, () => new Map<number, TensorRole[]>());
    getOrAdd(groups, kinds.kindOf(tensorRole.layerNode), () => []).push(tensorRole);
  }
  return Array.from(stacks, ([prefix, groups]) => {
    const built = Array.from(groups, ([kind, members]) => buildGroup(kind, members)).sort(
      (a, b) => (a.members[0] as number) - (b.members[0] as number),
    );
    const parameters = built.reduce((sum, group) => sum + group.parametersEach * group.members.length, 0);
    const scope = built.find((group) => group.scope !== "mtp")?.scope ?? "mtp";
    return { prefix, scope, groups: built, parameters };
  });
}

function buildGroup(kind: number, tensorRoles: readonly TensorRole[]): LayerGroup {
  const members = [...new Set(tensorRoles.flatMap((tensorRole) => tensorRole.layers ?? []))].sort(
    (a, b) => a - b,
  );
  const parameters = tensorRoles.reduce(
    (sum, tensorRole) => sum + tensorRole.parametersEach * tensorRole.count,
    0,
  );
  const scope = tensorRoles[0]?.scope ?? "text";
  return { kind, members, scope, tensorRoles: tensorRoles, parametersEach: parameters / members.length };
}

/**
 * The stack that the model is about: of those beside towers, the one that shares its root with the token embedding,
 * of several the largest. An encoder-decoder model is about its decoder.
 */
export function findMainStack(
  stacks: readonly Stack[],
  tensorRoles: readonly TensorRole[],
  claimedLayers: number | undefined,
): Stack | undefined {
  const embedding = tensorRoles.find(
    (tensorRole) => tensorRole.role === "embed.token" && tensorRole.part !== "scale",
  );
  const root = embedding === undefined ? undefined : firstName(embedding.segments[0]);
  const own = stacks.filter((stack) => MAIN_SCOPES.has(stack.scope));
  // A file that is a tower and nothing else is about that tower.
  const isTower = tensorRoles.every(
    (tensorRole) => isSideScope(tensorRole.scope) || tensorRole.parametersEach === 0,
  );
  const candidates = own.length === 0 && isTower ? stacks : own;
  const rooted = candidates.filter((stack) => stack.prefix.split(".")[0] === root);
  const pool = rooted.length > 0 ? rooted : candidates;
  // Where no words are embedded (ViT-MAE), the decoder only serves to train what the configuration counts the layers of.
  const isAside = ({ scope, groups }: Stack): boolean =>
    scope !== "decoder" || (embedding === undefined && countLayers(groups) !== claimedLayers);
  const decoders = pool.filter((stack) => !isAside(stack));
  const counted = pool.filter(({ groups }) => countLayers(groups) === claimedLayers);
  const isCounted = decoders.length === 0 && embedding === undefined && counted.length > 0;
  return (decoders.length > 0 ? decoders : isCounted ? counted : pool).reduce<Stack | undefined>(
    (best, stack) => (best === undefined || stack.parameters > best.parameters ? stack : best),
    undefined,
  );
}

function countLayers(groups: readonly LayerGroup[]): number {
  return groups.reduce((sum, { members }) => sum + members.length, 0);
}

const MAIN_SCOPES: ReadonlySet<Scope> = new Set(["text", "encoder", "decoder", "diffusion"]);

function firstName(part: TensorRole["segments"][number] | undefined): string | undefined {
  return typeof part === "string" ? part : part?.prefix;
}

/** The place in a layer with this role: its weight, unless another part is asked for. */
export function findRole(
  tensorRoles: readonly TensorRole[],
  role: Role,
  options: { readonly leaf?: RegExp; readonly part?: ModulePart } = {},
): TensorRole | undefined {
  return tensorRoles.find(
    (tensorRole) =>
      tensorRole.role === role &&
      (options.part === undefined
        ? tensorRole.part === "weight" || tensorRole.part === "packed"
        : tensorRole.part === options.part) &&
      (options.leaf === undefined || options.leaf.test(tensorRole.leaf)),
  );
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
