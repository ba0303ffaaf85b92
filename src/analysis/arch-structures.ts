import { type LayerFacts, readLayers } from "../architecture/layer-facts.ts";
import type { Stack } from "../architecture/layers.ts";
import { endsInNorm, type Model } from "../architecture/model.ts";
import { compareRoles } from "../architecture/roles.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import { Claims } from "../checkpoint/claims.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { writesTokens } from "../kinds/kind.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import { type Box, branchesOf, bucketOfRole, type Context } from "./arch-boxes.ts";
import { readLinear } from "./arch-linears.ts";
import { joinNodes, joinUnknown } from "./arch-shown.ts";
import type {
  Structure,
  StructureDraft,
  StructureEdge,
  StructureLinear,
  StructureNode,
} from "./arch-structure.ts";
import { feedForwardName, layerMixerName } from "./arch-words.ts";

/** Structures of the lists of one checkpoint; damaged ones may have hundreds. */
const MAX_STRUCTURES = 24;

/** A layer of each structure: of the main list first, then of every other one. */
export function drawStructures(model: Model): Structure[] {
  const { main, stacks } = model;
  const others = stacks.filter((stack) => stack !== main);
  return [...(main === undefined ? [] : [main]), ...others]
    .flatMap((stack) => structuresOf(stack, model))
    .slice(0, MAX_STRUCTURES);
}

/** The configuration speaks of the main list: what it says is held against no other. */
const NO_CLAIMS = new Claims(undefined);

function structuresOf(stack: Stack, model: Model): Structure[] {
  const isMain = stack === model.main;
  const claims = isMain ? model.claims : NO_CLAIMS;
  const width = isMain ? model.hidden : streamWidth(stack);
  const layers = isMain
    ? [...model.layers, ...model.mtpLayers.filter(({ group }) => stack.groups.includes(group))]
    : [false, true].flatMap((isMtp) =>
        readLayers(stack, model.weights, claims, width, isMtp, endsInNorm(model.tensorRoles, stack)),
      );
  const isWriter = isMain && writesTokens(model.component);
  const byKey = new Map<string, StructureDraft>();
  for (const layer of layers)
    for (const [window, members] of byWindow(layer, isMain ? model : null)) {
      const lists = listsOf(layer);
      const context: Context = { layer, model, claims, window, width, members, isWriter, lists };
      const nodes = nodesOf(context);
      const key = JSON.stringify([
        layer.group.scope,
        window,
        feedForwardName(layer),
        nodes.map(({ title, linears }) => [title, linears.map(({ stored: _, ...linear }) => linear)]),
      ]);
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, { context, members: [...members], nodes });
      else {
        known.members.push(...members);
        known.nodes = known.nodes.map((node, at) => joinNodes(node, nodes[at] as StructureNode));
      }
    }
  return joinUnknown([...byKey.values()])
    .map((draft) => toStructure(stack, draft))
    .sort((a, b) => Number.parseInt(a.layers, 10) - Number.parseInt(b.layers, 10));
}

/** What stands once in a layer stands once in the layer of each list. */
function listsOf({ members, group }: LayerFacts): number {
  const fewest = group.tensorRoles.reduce(
    (least, { count }) => Math.min(least, count),
    Number.POSITIVE_INFINITY,
  );
  return Number.isFinite(fewest) ? Math.max(1, Math.floor(fewest / members.length)) : 1;
}

function streamWidth(stack: Stack): number | null {
  const norm = stack.groups[0]?.tensorRoles.find(
    (tensorRole) => tensorRole.role.startsWith("norm.") && tensorRole.part === "weight",
  );
  return norm?.shape[0] ?? null;
}

/** Layers of one kind may still differ in how far they look back. */
function byWindow(layer: LayerFacts, model: Model | null): Map<number | null, number[]> {
  const hasCache = layer.mixers.some((mixer) => mixer.type === "attention");
  const found = new Map<number | null, number[]>();
  for (const index of layer.members) {
    const window = model !== null && hasCache ? model.schedule.window(index) : null;
    const members = found.get(window) ?? [];
    members.push(index);
    found.set(window, members);
  }
  return found;
}

function toStructure(stack: Stack, { context, members, nodes }: StructureDraft): Structure {
  const { layer, window, width } = context;
  const sum = (of: (node: StructureNode) => number) => nodes.reduce((total, node) => total + of(node), 0);
  return {
    stack: stack.prefix,
    scope: layer.group.scope,
    layers: formatIndexRanges(members.sort((a, b) => a - b)),
    count: members.length * context.lists,
    mixer: layer.mixers.map(layerMixerName).join(" + ") || "no mixer",
    feedForward: feedForwardName(layer),
    window,
    width,
    parametersEach: sum((node) => node.parametersEach),
    bytes: sum((node) => node.bytes),
    nodes,
    edges: edgesOf(nodes),
  };
}

/** Every tensor of the layer lies in exactly one box; what no box asks for makes up a last one. */
function nodesOf(context: Context): StructureNode[] {
  const { layer } = context;
  const add: Box = { kind: "add", title: "+", steps: [], holds: () => false };
  const boxes = branchesOf(context).flatMap((branch) => [...branch, add]);
  const slots = boxes.map((box) => ({ box, places: [] as TensorRole[] }));
  const rest: TensorRole[] = [];
  const normRoles = [
    ...new Set(
      layer.group.tensorRoles
        .filter((tensorRole) => bucketOfRole(tensorRole) === "norms")
        .map(({ role }) => role),
    ),
  ].sort(compareRoles);
  const normSlots = slots.filter(({ box }) => box.kind === "norm");
  const alike = (tensorRole: TensorRole) =>
    Math.max(1, Math.round(tensorRole.count / (layer.members.length * context.lists)));
  const firstOf = new Map<string, number>();
  const nextOf = new Map<string, number>();
  let next = 0;
  for (const role of normRoles) {
    const own = layer.group.tensorRoles.filter((each) => each.role === role && each.part === "weight");
    firstOf.set(role, next);
    next += Math.max(
      1,
      own.reduce((sum, each) => sum + alike(each), 0),
    );
  }
  for (const tensorRole of layer.group.tensorRoles) {
    const own = slots.find(({ box }) => box.holds(tensorRole));
    const isNorm = bucketOfRole(tensorRole) === "norms" && normSlots.length > 0;
    if (own !== undefined) own.places.push(tensorRole);
    else if (!isNorm) rest.push(tensorRole);
    // `norm2` and `norm3` are of one role, and two boxes: one place where they are alike.
    else
      for (let left = alike(tensorRole); left > 0; left--) {
        const key = `${tensorRole.role} ${tensorRole.part}`;
        const at = nextOf.get(key) ?? firstOf.get(tensorRole.role) ?? 0;
        nextOf.set(key, at + 1);
        const slot = normSlots[Math.min(at, normSlots.length - 1)];
        slot?.places.push({ ...tensorRole, count: tensorRole.count / alike(tensorRole) });
      }
  }
  const nodes = slots.map(({ box, places: tensorRoles }, at) => toNode(box, `n${at}`, tensorRoles, context));
  const hasRest = rest.length > 0;
  const restBox: Box = { kind: "rest", title: restTitle(rest), steps: [], holds: () => false };
  return hasRest ? [...nodes, toNode(restBox, "rest", rest, context)] : nodes;
}

function restTitle(rest: readonly TensorRole[]): string {
  const buckets = new Set<string>(rest.map(bucketOfRole));
  return [...buckets].map((bucket) => bucket.replaceAll("_", " ")).join(", ");
}

function toNode(
  { kind, title, steps }: Box,
  id: string,
  tensorRoles: readonly TensorRole[],
  context: Context,
): StructureNode {
  const { layer, members, lists } = context;
  const all = layer.members.length * lists;
  const sum = (of: (tensorRole: TensorRole) => number) =>
    tensorRoles.reduce((total, tensorRole) => total + of(tensorRole) * tensorRole.count, 0) / all;
  return {
    id,
    kind,
    title,
    parametersEach: sum((tensorRole) => tensorRole.parametersEach),
    bytes: sum((tensorRole) => tensorRole.bytesEach) * members.length * lists,
    linears: linearsOf(tensorRoles, context),
    steps,
  };
}

function linearsOf(
  tensorRoles: readonly TensorRole[],
  { layer, model, width, members, lists }: Context,
): StructureLinear[] {
  const quantization = quantizationOf(model.component);
  const rows = new Map<string, StructureLinear>();
  for (const tensorRole of tensorRoles.toSorted((a, b) => compareRoles(a.role, b.role))) {
    const linear = readLinear(
      tensorRole,
      { ...model, hidden: width },
      layer.feedForward.moe?.experts.value ?? null,
    );
    if (
      linear === undefined ||
      tensorRole.role === "attn.rel_bias" ||
      bucketOfRole(tensorRole) === "embedding"
    )
      continue;
    const { owner, parameter } = model.weights.tensor(tensorRole.node);
    const { weights } = quantization.module(model.component.kinds.kindOf(owner));
    const weight = weights.find((each) => each.parameter === parameter) ?? weights[0];
    const stored = {
      layers: formatIndexRanges(members),
      scheme: weight?.scheme ?? "none",
      dtype: weight?.payloadTensor.dtype ?? "?",
      bits: weight?.bits ?? null,
    };
    const key = JSON.stringify({ ...linear, perLayer: 0 });
    const known = rows.get(key);
    // Experts of one layer that differ among themselves: one linear, and each way it is stored.
    const ways = [...(known?.stored ?? []), stored];
    rows.set(key, {
      ...linear,
      perLayer: linear.perLayer / lists + (known?.perLayer ?? 0),
      stored: distinct(ways),
    });
  }
  return [...rows.values()];
}

function distinct(ways: StructureLinear["stored"]): StructureLinear["stored"] {
  return [...new Map(ways.map((way) => [JSON.stringify(way), way])).values()];
}

/** The stream runs through the branches in turn and past each of them to its sum. Mixers and MLPs of one branch are lanes. */
function edgesOf(nodes: readonly StructureNode[]): StructureEdge[] {
  const edges: StructureEdge[] = [];
  let stream = "in";
  let ends = ["in"];
  let lanes: string[] = [];
  const close = () => {
    if (lanes.length > 0) ends = lanes;
    lanes = [];
  };
  for (const { id, kind } of nodes) {
    if (kind === "rest") continue;
    const isLane = kind === "mixer" || kind === "mlp" || kind === "moe";
    if (!isLane) close();
    for (const from of ends) edges.push({ from, to: id, isResidual: false });
    if (isLane) lanes.push(id);
    else if (kind === "add") {
      edges.push({ from: stream, to: id, isResidual: true });
      stream = id;
      ends = [id];
    } else ends = [id];
  }
  edges.push({ from: stream, to: "out", isResidual: false });
  return edges;
}
