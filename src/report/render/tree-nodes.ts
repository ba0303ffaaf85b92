import type { FoldNode, ModuleNode, TensorNode, TreeNode } from "../../analysis/tree.ts";
import type { TreeWeight } from "../../analysis/tree-weights.ts";

export interface ShownOptions {
  /** Every tensor on a line of its own. */
  readonly tensors: boolean;
}

/** Children with a row of their own, of a fold those of its member; a module's tensors stand on its own row or on one a weight. */
export function shownChildren(outer: TreeNode, { tensors }: ShownOptions): readonly TreeNode[] {
  const node = memberOf(outer);
  if (tensors) return node.children;
  if (node.adapts !== undefined || isOneWeight(node)) return [];
  if (!mergesTensors(node)) return node.children;
  const rows = weightRows(node);
  return rows.length > 0 ? rows : node.children.filter((child) => !isLeaf(child));
}

/** Whether all that a module holds is one weight, however deep its parts lie: bitsandbytes has `weight.absmax`, quanto `weight._data`. */
export function isOneWeight(node: TreeNode): boolean {
  const sole = soleWeight(node);
  if (sole === undefined) return false;
  const own = [sole.weight, ...sole.beside].reduce((sum, { tensors }) => sum + tensors.length, 0);
  return node.tensors <= own;
}

/** Whether a module's own tensors share its line: where it has nothing but tensors, those without tensors below them. */
export function mergesTensors({ path, kind, children }: TreeNode): boolean {
  return path !== "" && kind !== "fold" && children.every((child) => memberOf(child).kind === "tensor");
}

export function isLeaf(child: TreeNode): child is TensorNode | FoldNode {
  const tensor = memberOf(child);
  return tensor.kind === "tensor" && tensor.children.length === 0;
}

export function memberOf(node: TreeNode): TreeNode {
  return node.kind === "fold" ? (node.children[0] as TreeNode) : node;
}

/** The weight that a module is, with vectors beside it that have no row of their own; undefined where it has several. */
export function soleWeight(
  node: TreeNode,
): { weight: TreeWeight; beside: readonly TreeWeight[] } | undefined {
  const weights = node.kind === "module" ? (node.weights ?? []) : [];
  const matrices = weights.filter(isMatrix);
  const [weight] = matrices.length > 0 ? matrices : weights;
  if (weight === undefined || matrices.length > 1) return undefined;
  if (matrices.length === 0 && weights.length > 1) return undefined;
  return { weight, beside: weights.filter((each) => each !== weight) };
}

/** Rows of a module that holds several weights: stacked experts have `gate_up_proj` and `down_proj`. */
function weightRows(node: TreeNode): ModuleNode[] {
  if (node.kind !== "module" || node.weights === undefined || soleWeight(node) !== undefined) return [];
  const ranks = new Map(node.children.map(({ name }, rank) => [name, rank]));
  return node.weights.map((weight) => {
    const { bias, parameter, valueBytes, auxiliaryBytes } = weight;
    const name = parameter === "" ? "weight" : parameter;
    return {
      kind: "module",
      name,
      path: `${node.path}.${name}`,
      parameters: weight.parameters + (bias?.parameters ?? 0),
      elements: 0,
      bytes: valueBytes + auxiliaryBytes + (bias?.bytes ?? 0),
      tensors: weight.tensors.length,
      role: null,
      scheme: weight.scheme,
      weights: [weight],
      children: weight.tensors
        .flatMap(({ name: own }) => ranks.get(own) ?? [])
        .sort((a, b) => a - b)
        .map((rank) => node.children[rank] as TreeNode),
    };
  });
}

/** Norms, biases and correction terms are vectors; a weight of a linear, a convolution, a stack is none. */
function isMatrix({ logicalShape, title }: TreeWeight): boolean {
  return title !== null || (logicalShape !== null && logicalShape.length > 1);
}
