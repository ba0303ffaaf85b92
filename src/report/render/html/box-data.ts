import type { TreeNode } from "../../../analysis/tree.ts";
import type { BoxData } from "../../../page/data.ts";

/** Boxes of one page; of more, the deepest are left out, and the page says so. */
const MAX_BOXES = 1000;

/** The module tree as boxes that add up: folds are one box with the bytes of all, and what no module below has is a box too. */
export function boxData(tree: TreeNode, share = 1): BoxData {
  for (let depth = 64; ; depth = depth > 12 ? 12 : depth - 1) {
    const boxes = toBox(tree, 1, depth);
    if (depth <= 2 || countBoxes(boxes) <= MAX_BOXES * share) return boxes;
  }
}

function countBoxes(box: BoxData): number {
  return box.children.reduce((sum, child) => sum + countBoxes(child), 1);
}

/** `times`: how many there are of the node, as it is one member of folds above it. */
function toBox(node: TreeNode, times: number, depth: number): BoxData {
  const isFold = node.kind === "fold";
  const shown = isFold ? (node.children[0] as TreeNode) : node;
  const count = isFold ? times * node.count : times;
  const modules = shown.children.filter(({ kind, children }) => kind !== "tensor" || children.length > 0);
  const folds = modules.filter((child) => child.kind !== "fold" || child.children[0]?.kind !== "tensor");
  const isCut = depth <= 1 && folds.length > 0;
  const children = isCut ? [] : folds.map((child) => toBox(child, count, depth - 1));
  const own = {
    name: node.name,
    path: node.path,
    count,
    bytes: node.bytes * times,
    parameters: node.parameters * times,
    role: node.role,
    differs: node.differs === undefined ? null : node.differs.join("; "),
    ...packingOf(shown),
  };
  const rest = own.bytes - children.reduce((sum, child) => sum + child.bytes, 0);
  if (isCut) return { ...own, ...commonPacking(shown), children, isCut };
  if (children.length === 0 || rest <= 0) return { ...own, children };
  const below = children.reduce((sum, child) => sum + child.parameters, 0);
  const loose: BoxData = {
    ...own,
    name: "own tensors",
    path: own.path === "" ? "own tensors" : `${own.path}.own tensors`,
    differs: null,
    bytes: rest,
    parameters: own.parameters - below,
    children: [],
  };
  return { ...own, scheme: null, dtype: null, bits: null, children: [...children, loose] };
}

/** What lies below a box that is cut, where all of it is stored alike; an average would be what no module has. */
function commonPacking(node: TreeNode): Pick<BoxData, "scheme" | "dtype" | "bits"> {
  const ways = new Map<string, Pick<BoxData, "scheme" | "dtype" | "bits">>();
  const open = [node];
  for (let each = open.pop(); each !== undefined && ways.size < 2; each = open.pop()) {
    for (const { scheme, dtype, bits } of each.kind === "module" ? (each.weights ?? []) : [])
      ways.set(JSON.stringify([scheme, dtype, bits]), { scheme, dtype, bits });
    open.push(...each.children);
  }
  const [only] = ways.values();
  return only !== undefined && ways.size === 1 ? only : { scheme: null, dtype: null, bits: null };
}

/** How a module's weights are stored: the largest of them where it holds several. */
function packingOf(node: TreeNode): Pick<BoxData, "scheme" | "dtype" | "bits"> {
  const weights = node.kind === "module" ? (node.weights ?? []) : [];
  const [first] = weights.toSorted((a, b) => b.valueBytes - a.valueBytes);
  if (first === undefined) return { scheme: null, dtype: null, bits: null };
  return { scheme: first.scheme, dtype: first.dtype, bits: first.bits };
}
