import type { StageChain, StageNode } from "../../../analysis/arch-stages.ts";
import { formatCount, formatQuantity } from "../../../format/count.ts";
import type { NodeData, StructureData } from "../../../page/data.ts";

/** Convolutions that are told of one stage. */
const MAX_TOLD = 24;

/** Chains of stages as they are drawn. */
export function stageData(
  chains: readonly StageChain[],
  titles: ReadonlyMap<string, string>,
): StructureData[] {
  return chains.map(({ path, parameters, nodes, edges }) => {
    const own = nodes.filter(({ kind }) => kind !== "beside");
    const places = new Map(nodes.map(({ id }, at) => [id, at]));
    return {
      stack: path === "" ? "." : path,
      layers: "",
      count: 1,
      title: `${path === "" ? "" : `${path}: `}${formatQuantity(own.length, "stage")}`,
      scope: "",
      facts: [
        path === "" ? "the model as a whole" : path,
        "order by names, widths by convolutions",
        ...(edges.some(({ isSkip }) => isSkip) ? ["what goes up takes in what went down, by its width"] : []),
      ],
      nodes: nodes.map((node) => toNode(node, titles)),
      parametersEach: parameters,
      skips: edges.flatMap(({ from, to, isSkip }) =>
        isSkip ? [[places.get(from) ?? 0, places.get(to) ?? 0] as const] : [],
      ),
    };
  });
}

function toNode(node: StageNode, titles: ReadonlyMap<string, string>): NodeData {
  const width = (channels: number | null) => (channels === null ? "?" : formatCount(channels));
  const isKnown = node.in !== null || node.out !== null;
  const made = node.blocks.map(({ word, count }) => (count === 1 ? word : formatQuantity(count, word)));
  const stored = node.stored.map(({ scheme, dtype }) =>
    scheme === "none" ? dtype : (titles.get(scheme) ?? scheme),
  );
  return {
    id: node.id,
    kind: node.kind === "beside" ? "rest" : "stage",
    title: `${node.module}${isKnown ? ` · ${width(node.in)} → ${width(node.out)}` : ""}`,
    note: made.join(", "),
    parametersEach: node.parameters,
    bytes: node.bytes,
    bits: node.stored.map(({ bits, parameters }) => [bits, parameters] as const),
    lanes: [
      ...made.map((word) => [null, [{ does: word, isClaim: false }]] as const),
      [
        null,
        [
          {
            does: `${formatCount(node.parameters)} parameters, ${[...new Set(stored)].join(", ") || "?"}`,
            isClaim: false,
          },
        ],
      ],
    ],
    linears: node.convolutions.slice(0, MAX_TOLD).map((convolution) => ({
      module: convolution.module,
      shape: `${formatCount(convolution.in)} → ${formatCount(convolution.out)}`,
      perLayer: convolution.count,
      stored: convolution.kernel.length === 0 ? "linear" : convolution.kernel.join("×"),
    })),
  };
}
