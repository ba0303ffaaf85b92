import { linearShape } from "../architecture/linear-shape.ts";
import type { Model } from "../architecture/model.ts";
import { ROLE_BUCKETS, type Scope } from "../architecture/roles.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import { formatPattern } from "../checkpoint/repeats.ts";
import { compareNatural } from "../format/natural.ts";
import { writesTokens } from "../kinds/kind.ts";
import { storedShares } from "./arch-stored.ts";
import { linkNodes, type ModelEdge } from "./model-graph-edges.ts";
import type { ModelNode, NodeKind } from "./model-node.ts";

/**
 * A model around its lists of layers: what it reads with, towers and projectors, the lists, what it writes with. Every
 * tensor lies in one node. Empty for what has no list of layers, and for what runs through stages.
 */
export interface ModelGraph {
  readonly nodes: readonly ModelNode[];
  readonly edges: readonly ModelEdge[];
}

/** In the order in which they are told. */
const ORDER: readonly NodeKind[] = [
  ...(["embedding", "input", "condition", "tower", "projector", "layers"] as const),
  ...(["norm", "mtp", "head", "output", "other"] as const),
];

export const NO_GRAPH: ModelGraph = { nodes: [], edges: [] };

/** Parts of a model with a list of layers. `isTied`: whether the head is the embedding's table. */
export function drawModel(model: Model, isTied: boolean | null): ModelGraph {
  const { main } = model;
  if (main === undefined) return NO_GRAPH;
  const drafts = new Map<string, Draft>();
  for (const role of model.tensorRoles) {
    const place = placeOf(role, model);
    const key = JSON.stringify([place.kind, place.scope, place.stack]);
    const known = drafts.get(key) ?? { ...place, roles: [] };
    drafts.set(key, known);
    known.roles.push(role);
  }
  const held = [...drafts.values()].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const nodes = held.map((draft, at) => toNode(draft, `m${at}`, model));
  const table = nodes.find(({ kind }) => kind === "embedding");
  const tied = isTied === true && table !== undefined && !nodes.some(({ kind }) => kind === "head");
  const all = tied ? [...nodes, { ...table, ...TIED, in: table.out, out: table.in }] : nodes;
  return { nodes: all, edges: linkNodes(all, main.prefix, writesTokens(model.component)) };
}

const TIED = { id: "tied", kind: "head", parameters: 0, bytes: 0, stored: [], isTied: true } as const;

interface Place {
  readonly kind: NodeKind;
  readonly scope: Scope;
  /** The list of layers that makes up the node; a tower has its largest. */
  readonly stack: string | null;
}

interface Draft extends Place {
  readonly roles: TensorRole[];
}

function placeOf(role: TensorRole, { main, stacks, hidden }: Model): Place {
  const { scope, stack } = role;
  if (scope === "mtp") return { kind: "mtp", scope, stack: null };
  if (scope === "projector") return { kind: "projector", scope, stack: null };
  const isBody = scope === main?.scope || scope === "text";
  if (stack !== null && isBody) return { kind: "layers", scope, stack };
  if (!isBody) {
    const lists = stacks.filter((each) => each.scope === scope);
    const largest = lists.reduce<(typeof lists)[number] | undefined>(
      (most, each) => (most === undefined || each.parameters > most.parameters ? each : most),
      undefined,
    );
    return { kind: "tower", scope, stack: stack ?? largest?.prefix ?? null };
  }
  return { kind: kindOf(role, hidden), scope: main?.scope ?? scope, stack: null };
}

/** What stands outside of all layers, by its role. */
function kindOf({ role, shape, inner }: TensorRole, hidden: number | null): NodeKind {
  // One of another width is that of what comes in.
  if (role === "norm.final") return hidden === null || shape[0] === hidden ? "norm" : "other";
  if (role === "diff.time_embed" || role === "diff.cond_embed") return "condition";
  const isLast = inner.some((name) => /(?:^|_)(?:out|final)(?:_|$)/.test(name));
  if (role === "diff.mod") return isLast ? "output" : "condition";
  if (role === "diff.io") return isLast || (shape[1] === hidden && shape[0] !== hidden) ? "output" : "input";
  if (role === "embed.patch") return "input";
  const bucket = ROLE_BUCKETS[role];
  if (bucket === "embedding" || bucket === "ple") return "embedding";
  return bucket === "head" ? "head" : "other";
}

function toNode({ kind, scope, stack, roles }: Draft, id: string, model: Model): ModelNode {
  const sum = (of: (role: TensorRole) => number) =>
    roles.reduce((total, role) => total + of(role) * role.count, 0);
  const list = model.stacks.find(({ prefix }) => prefix === stack);
  const layers = list?.groups.reduce((count, { members, scope: own }) => {
    return own === "mtp" ? count : count + members.length;
  }, 0);
  return {
    id,
    kind,
    scope,
    modules: kind === "layers" && stack !== null ? [stack] : modulesOf(roles),
    layers: layers ?? null,
    ...sidesOf(
      kind,
      roles,
      stack === model.main?.prefix ? model.hidden : widthOf(roles, model.hidden),
      model,
    ),
    parameters: sum(({ parametersEach }) => parametersEach),
    bytes: sum(({ bytesEach }) => bytesEach),
    stored: storedShares(
      roles.map((role) => ({ role, share: 1 })),
      model,
    ),
    isTied: false,
  };
}

/** Names that are told of what has no module around it. */
const MAX_MODULES = 6;

/** The module around them all; without one, that around those below each name at the top. */
function modulesOf(roles: readonly TensorRole[]): string[] {
  const byTop = new Map<string, TensorRole["segments"]>();
  let all: TensorRole["segments"] | undefined;
  for (const { segments } of roles) {
    const path = segments.length > 1 ? segments.slice(0, -1) : segments;
    all = common(all, path);
    const top = formatPattern(segments.slice(0, 1));
    byTop.set(top, common(byTop.get(top), path));
  }
  if (all !== undefined && all.length > 0) return [formatPattern(all)];
  return [...byTop.values()].map(formatPattern).sort(compareNatural).slice(0, MAX_MODULES);
}

function common(
  known: TensorRole["segments"] | undefined,
  path: TensorRole["segments"],
): TensorRole["segments"] {
  if (known === undefined) return path;
  let at = 0;
  while (at < known.length && at < path.length && sameText(known[at], path[at])) at++;
  return known.slice(0, at);
}

type Part = TensorRole["segments"][number] | undefined;

function sameText(a: Part, b: Part): boolean {
  return a === b || (a !== undefined && b !== undefined && formatPattern([a]) === formatPattern([b]));
}

/** Width of a list's stream: what its norms are as long as; without norms the model's, where its matrices read that. */
function widthOf(roles: readonly TensorRole[], hidden: number | null): number | null {
  const inList = roles.filter(({ stack, part }) => stack !== null && part === "weight");
  const norm = inList.find(({ role }) => /^norm\.(?!other)/.test(role));
  const reads = inList.some(({ shape }) => shape.length === 2 && shape[1] === hidden);
  return norm?.shape[0] ?? (reads ? hidden : null);
}

type Sides = Pick<ModelNode, "in" | "out">;

function sidesOf(kind: NodeKind, roles: readonly TensorRole[], width: number | null, model: Model): Sides {
  const { hidden, weights } = model;
  const matrices = roles
    .filter(({ part, shape }) => (part === "weight" || part === "packed") && shape.length > 1)
    .sort((a, b) => compareNatural(formatPattern(a.segments), formatPattern(b.segments)));
  const linear = (role: TensorRole | undefined): Sides => {
    const shape = linearShape(role, weights, hidden);
    return { in: shape?.columns ?? null, out: shape?.rows ?? null };
  };
  const only = matrices.length === 1 ? matrices[0]?.shape : undefined;
  const [out = null, into = null] = only ?? [];
  switch (kind) {
    case "layers":
    case "tower":
      return { in: width, out: width };
    case "norm":
      return { in: hidden, out: hidden };
    case "embedding": {
      const table = linear(matrices.find(({ role }) => role === "embed.token"));
      return { in: table.out, out: table.in };
    }
    case "head":
      return linear(matrices.find(({ role }) => role === "head.lm") ?? matrices.at(-1));
    case "input":
    case "output":
      // Of a convolution over patches channels come in.
      return { in: into, out };
    case "projector": {
      const linears = matrices.filter(({ shape }) => shape.length === 2).map(linear);
      // The last of its linears gives what the layers read: of one that does not, no order is known.
      if (linears.at(-1)?.out !== hidden) break;
      return { in: linears[0]?.in ?? null, out: hidden };
    }
    default:
  }
  return { in: null, out: null };
}
