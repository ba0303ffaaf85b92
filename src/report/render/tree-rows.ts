import type { TreeNode } from "../../analysis/tree.ts";

/** Rows of a tree that are read: one screen. More depth is a question of its own. */
export const MAX_TREE_ROWS = 50;

/** What is shown of a tree that has more rows than are read: whose children are, and how many of them. */
export interface Unfolded {
  /** How many of a node's children are shown; undefined for all. */
  shown(node: TreeNode): number | undefined;
  /** Rows that are not. */
  readonly hidden: number;
}

export const ALL_ROWS: Unfolded = { shown: () => undefined, hidden: 0 };

/**
 * Chooses the nodes whose children are shown within a number of rows. Upper levels come before lower ones, of one level the
 * larger before the smaller, and whatever leads to a mark before all of them: a difference is what people came for.
 */
export function chooseRows(
  root: TreeNode,
  childrenOf: (node: TreeNode) => readonly TreeNode[],
  most: number,
): Unfolded {
  const all = countRows(root, childrenOf, most);
  if (all.count <= most) return ALL_ROWS;
  const chosen = new Map<TreeNode, number>();
  let rows = 0;
  const open = (node: TreeNode, room: number): boolean => {
    const count = childrenOf(node).length;
    if (chosen.has(node) || count === 0) return true;
    if (count > room) return false;
    chosen.set(node, count);
    rows += count;
    return true;
  };
  const top = childrenOf(root).length;
  chosen.set(root, Math.min(top, most - 1));
  rows += Math.min(top, most - 1) + (top > most - 1 ? 1 : 0);
  openMarked(root, childrenOf, (node) => open(node, Number.POSITIVE_INFINITY));
  let level = childrenOf(root).slice(0, chosen.get(root));
  while (level.length > 0) {
    const bySize = [...level].sort((a, b) => b.parameters - a.parameters);
    const opened = new Set(bySize.filter((node) => open(node, most - rows)));
    level = level.filter((node) => opened.has(node)).flatMap((node) => childrenOf(node));
  }
  return { shown: (node) => chosen.get(node) ?? 0, hidden: all.total() - rows };
}

/** Counting stops a little above what is shown; the whole number is made when it is told. */
function countRows(root: TreeNode, childrenOf: (node: TreeNode) => readonly TreeNode[], most: number) {
  const count = (node: TreeNode, limit: number): number => {
    let rows = 0;
    for (const child of childrenOf(node)) {
      rows += 1 + count(child, limit - rows);
      if (rows > limit) break;
    }
    return rows;
  };
  return { count: count(root, most), total: () => count(root, Number.POSITIVE_INFINITY) };
}

function openMarked(
  node: TreeNode,
  childrenOf: (node: TreeNode) => readonly TreeNode[],
  open: (node: TreeNode) => void,
): boolean {
  const isAbove = childrenOf(node).filter((child) => openMarked(child, childrenOf, open)).length > 0;
  if (isAbove) open(node);
  const member = node.kind === "fold" ? node.children[0] : node;
  return isAbove || node.differs !== undefined || member?.differs !== undefined;
}
