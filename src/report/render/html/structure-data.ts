import type { Structure, StructureLinear, StructureNode } from "../../../analysis/arch-structure.ts";
import { formatCount, formatQuantity } from "../../../format/count.ts";
import type { LinearData, NodeData, StepData, StructureData } from "../../../page/data.ts";

/** Structures as they are drawn. */
export function structureData(
  structures: readonly Structure[],
  titles: ReadonlyMap<string, string>,
): StructureData[] {
  const name = ({ count, mixer, feedForward }: Structure) =>
    `${formatCount(count)} × ${mixer} · ${feedForward}`;
  return structures.map((structure) => ({
    stack: structure.stack,
    layers: structure.layers,
    count: structure.count,
    scope: structure.scope,
    title: structures.some((other) => other.stack !== structure.stack && name(other) === name(structure))
      ? `${aroundOf(structure.stack)}: ${name(structure)}`
      : name(structure),
    facts: [
      `${structure.stack}, ${structure.count === 1 ? "layer" : "layers"} ${structure.layers}`,
      structure.width === null ? "width not known" : `${formatCount(structure.width)} wide`,
      ...(structure.window === null
        ? []
        : [`looks back over ${formatQuantity(structure.window, "token")} (config.json)`]),
    ],
    parametersEach: structure.parametersEach,
    nodes: structure.nodes.map((node) => toNode(node, titles)),
  }));
}

/** What a list of layers lies in tells it from others that are built alike. */
function aroundOf(stack: string): string {
  return stack.includes(".") ? stack.slice(0, stack.lastIndexOf(".")) : stack;
}

function toNode(node: StructureNode, titles: ReadonlyMap<string, string>): NodeData {
  return {
    id: node.id,
    kind: node.kind,
    title: node.title,
    parametersEach: node.parametersEach,
    bytes: node.bytes,
    bits: bitsOf(node),
    lanes: lanesOf(node),
    linears: node.linears.map((linear) => toLinear(linear, titles)),
  };
}

/** Bits of the linears, by the parameters of each; layers of one structure that are stored unlike share them. */
function bitsOf({ linears }: StructureNode): NodeData["bits"] {
  const sums = new Map<number | null, number>();
  for (const linear of linears) {
    const parameters = linear.in * linear.out * linear.perLayer;
    for (const { bits } of linear.stored)
      sums.set(bits, (sums.get(bits) ?? 0) + parameters / linear.stored.length);
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

/** Steps of a lane together, those of the whole after the lanes that they follow. */
function lanesOf({ steps }: StructureNode): NodeData["lanes"] {
  const lanes: [string | null, StepData[]][] = [];
  for (const { lane, does, isClaim } of steps) {
    const known = lane === null ? lanes.at(-1) : lanes.find(([name]) => name === lane);
    if (known !== undefined && known[0] === lane) known[1].push({ does, isClaim });
    else lanes.push([lane, [{ does, isClaim }]]);
  }
  return lanes;
}

function toLinear(linear: StructureLinear, titles: ReadonlyMap<string, string>): LinearData {
  const word = ({ scheme, dtype }: StructureLinear["stored"][number]) =>
    scheme === "none" ? dtype : (titles.get(scheme) ?? scheme);
  const byWord = new Map<string, string[]>();
  for (const way of linear.stored) {
    const layers = byWord.get(word(way)) ?? [];
    layers.push(way.layers);
    byWord.set(word(way), layers);
  }
  const stored =
    byWord.size === 1
      ? ([...byWord.keys()][0] as string)
      : [...byWord].map(([name, layers]) => `${name} (layers ${layers.join(",")})`).join(" · ");
  return {
    module: linear.module,
    shape: `${formatCount(linear.in)} → ${formatCount(linear.out)}`,
    perLayer: linear.perLayer,
    stored,
  };
}
