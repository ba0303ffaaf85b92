import type { ModelGraph } from "../../../analysis/model-graph.ts";
import type { ModelNode } from "../../../analysis/model-node.ts";

/** Where a box of a model's graph stands, counted in boxes from the top left. */
export interface PlacedNode {
  readonly rank: number;
  readonly column: number;
}

export interface Layout {
  readonly places: ReadonlyMap<string, PlacedNode>;
  readonly columns: number;
  readonly ranks: number;
}

/** What the stream of the model runs through stands in the first column. */
const SPINE: ReadonlySet<ModelNode["kind"]> = new Set([
  "embedding",
  "input",
  "layers",
  "norm",
  "head",
  "output",
]);

/**
 * Ranks by the longest way in, what nothing leads into right before what it leads into; columns so that boxes of one rank
 * stand side by side, and a chain stays in its column.
 */
export function layOut(nodes: readonly ModelNode[], edges: ModelGraph["edges"]): Layout {
  const inner = edges.filter(({ from, to }) =>
    [from, to].every((id) => nodes.some((node) => node.id === id)),
  );
  const ranks = new Map<string, number>(nodes.map(({ id }) => [id, 0]));
  const rankOf = (id: string) => ranks.get(id) ?? 0;
  // As many rounds as there are boxes: longer no way is, and a ring would end.
  for (const _ of nodes)
    for (const { from, to } of inner)
      ranks.set(to, Math.min(nodes.length, Math.max(rankOf(to), rankOf(from) + 1)));
  for (const { id } of nodes) {
    const next = inner.filter(({ from }) => from === id).map(({ to }) => rankOf(to));
    if (next.length > 0 && !inner.some(({ to }) => to === id)) ranks.set(id, Math.min(...next) - 1);
  }
  const places = new Map<string, PlacedNode>();
  const taken = new Set<string>();
  const ordered = nodes.toSorted(
    (a, b) => rankOf(a.id) - rankOf(b.id) || Number(SPINE.has(b.kind)) - Number(SPINE.has(a.kind)),
  );
  for (const { id, kind } of ordered) {
    const rank = rankOf(id);
    const before = inner.find(({ to, from }) => to === id && !isOnSpine(nodes, from));
    let column = SPINE.has(kind) ? 0 : Math.max(1, places.get(before?.from ?? "")?.column ?? 1);
    while (taken.has(`${rank} ${column}`)) column++;
    taken.add(`${rank} ${column}`);
    places.set(id, { rank, column });
  }
  const all = [...places.values()];
  return {
    places,
    columns: 1 + Math.max(0, ...all.map(({ column }) => column)),
    ranks: 1 + Math.max(0, ...all.map(({ rank }) => rank)),
  };
}

function isOnSpine(nodes: readonly ModelNode[], id: string): boolean {
  return nodes.some((node) => node.id === id && SPINE.has(node.kind));
}
