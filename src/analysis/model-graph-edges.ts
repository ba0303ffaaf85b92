import type { ModelNode, NodeKind } from "./model-node.ts";

export interface ModelEdge {
  readonly from: string;
  readonly to: string;
}

/**
 * What leads into what, as the names of these parts stand for. What headers do not tell has no edge: two lists side by
 * side, a tower whose states nothing projects.
 */
export function linkNodes(
  nodes: readonly ModelNode[],
  mainStack: string,
  writesTokens: boolean,
): ModelEdge[] {
  const of = (...kinds: readonly NodeKind[]) => nodes.filter(({ kind }) => kinds.includes(kind));
  const edges: ModelEdge[] = [];
  const link = (froms: readonly ModelNode[], tos: readonly ModelNode[]) => {
    for (const from of froms) for (const to of tos) edges.push({ from: from.id, to: to.id });
  };
  const lists = of("layers");
  const main = lists.filter(({ modules }) => modules[0] === mainStack);
  const chain = inTurn(lists, mainStack);
  const [first] = chain;
  const last = chain.at(-1);
  if (first === undefined || last === undefined) return [];
  link(of("embedding", "input"), [first]);
  link(of("condition"), chain);
  for (const [at, list] of chain.slice(1).entries()) link(chain.slice(at, at + 1), [list]);
  const encoders = of("tower").filter(({ scope }) => scope === "encoder" && main[0]?.scope === "decoder");
  link(encoders, main);
  const projectors = of("projector");
  const towers = of("tower").filter(({ scope }) => scope !== "encoder");
  // Of several towers, or several projectors, no name says for sure which belongs to which.
  if (writesTokens && projectors.length === 1) {
    link(towers, projectors);
    link(projectors, encoders.length > 0 ? encoders : main);
  }
  const ends = of("head", "output");
  const norms = of("norm");
  link([last], norms);
  link(norms.length > 0 ? norms : [last], ends);
  const mtp = of("mtp");
  link([last], mtp);
  link(mtp, of("head"));
  return edges;
}

/** A list whose name says that it has one stream follows that of two; of all others only the main one has a place. */
function inTurn(lists: readonly ModelNode[], mainStack: string): ModelNode[] {
  const isSingle = ({ modules }: ModelNode) => /single/.test(modules[0] ?? "");
  const single = lists.filter(isSingle);
  const double = lists.filter((list) => !isSingle(list));
  if (lists.length === 2 && single.length === 1) return [...double, ...single];
  return lists.filter(({ modules }) => modules[0] === mainStack);
}
