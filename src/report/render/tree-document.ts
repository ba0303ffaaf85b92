import type { FoldNode, TensorNode, TreeNode } from "../../analysis/tree.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatQuantity, formatShortCount } from "../../format/count.ts";
import { formatIndexSummary } from "../../format/ranges.ts";
import { formatShape } from "../../format/shape.ts";
import type { Report } from "../report.ts";
import type { Block, OutlineRow, Span } from "./document.ts";
import { parametersPhrase, titleOf } from "./phrases.ts";

export interface TreeDocumentOptions {
  /** Every tensor on a line of its own. */
  readonly tensors: boolean;
}

/** The module tree as people read it: folds on one line with their count, a module's tensors on the module's line. */
export function treeDocument(report: Report<TreeNode>, options: TreeDocumentOptions): Block[] {
  const rows: OutlineRow[] = [];
  addChildren(report.result, [], rows, options);
  const total: Block = { kind: "lines", lines: [parametersPhrase(report, report.result.parameters)] };
  const columns = [
    { title: "parameters", align: "right", meaning: "number", dropAt: 1 },
    { title: "bytes", align: "right", meaning: "muted", dropAt: 2 },
  ] as const;
  return [titleOf(report), total, { kind: "outline", columns, rows }];
}

function addChildren(
  node: TreeNode,
  last: readonly boolean[],
  rows: OutlineRow[],
  options: TreeDocumentOptions,
): void {
  const shown = options.tensors ? node.children : node.children.filter((child) => !isMerged(node, child));
  for (const [k, child] of shown.entries())
    addNode(child, last.concat(k === shown.length - 1), rows, options);
}

function addNode(
  node: TreeNode,
  last: readonly boolean[],
  rows: OutlineRow[],
  options: TreeDocumentOptions,
): void {
  const label: Span[] = [...nameSpans(node)];
  const inner = node.kind === "fold" ? (node.children[0] as TreeNode) : node;
  label.push(...describe(inner, options));
  const isDefault = last.length === 1 && last[0] === true && node.path === "";
  rows.push({
    last: isDefault ? [] : last,
    label,
    cells: [formatShortCount(node.parameters), formatBytes(node.bytes)],
  });
  addChildren(inner, last, rows, options);
}

function nameSpans(node: TreeNode): Span[] {
  if (node.kind !== "fold") return [{ text: node.name === "" ? '""' : node.name, meaning: "name" }];
  const stem = node.name.slice(0, node.name.length - node.members.length - 2);
  return [
    { text: `${stem}[${formatIndexSummary(parseRanges(node.members))}]`, meaning: "name" },
    { text: ` × ${formatCount(node.count)}`, meaning: "accent" },
    { text: `, each ${formatShortCount(node.parameters / node.count)}`, meaning: "muted" },
  ];
}

/** What stands behind a name: its own tensors, then what makes it differ, then what was left out. */
function describe(node: TreeNode, options: TreeDocumentOptions): Span[] {
  const spans: Span[] = [];
  if (node.kind === "tensor") spans.push({ text: "  " }, ...tensorSpans(node));
  else if (!options.tensors) {
    const merged = node.children.filter((child): child is TensorNode | FoldNode => isMerged(node, child));
    for (const [k, child] of merged.entries())
      spans.push({ text: k === 0 ? "  " : " + ", meaning: "muted" }, ...mergedSpans(child));
  }
  if (node.kind === "module" && node.about !== undefined)
    spans.push({ text: `  ${node.about}`, meaning: "accent" });
  if (node.differs !== undefined) spans.push({ text: `  ${node.differs.join("; ")}`, meaning: "warning" });
  else if (node.kind === "module" && node.collapsed)
    spans.push({ text: `  … ${formatQuantity(node.tensors, "tensor")}`, meaning: "muted" });
  return spans;
}

function mergedSpans(child: TensorNode | FoldNode): Span[] {
  const tensor = (child.kind === "fold" ? child.children[0] : child) as TensorNode;
  // "weight" goes without saying; anything else is named.
  const name: Span[] = child.name === "weight" ? [] : [{ text: `${child.name} `, meaning: "muted" }];
  return [...name, ...tensorSpans(tensor)];
}

function tensorSpans(tensor: TensorNode): Span[] {
  return [{ text: tensor.dtype, meaning: "dtype" }, { text: ` ${formatShape(tensor.shape)}` }];
}

/** A module's own tensors share its line unless they have tensors below them. */
function isMerged(parent: TreeNode, child: TreeNode): boolean {
  if (parent.path === "" || parent.kind === "fold") return false;
  const tensor = child.kind === "fold" ? child.children[0] : child;
  const isLeaf = tensor !== undefined && tensor.kind === "tensor" && tensor.children.length === 0;
  return (
    isLeaf &&
    parent.children.every((each) => (each.kind === "fold" ? each.children[0] : each)?.kind === "tensor")
  );
}

function parseRanges(ranges: string): number[] {
  return ranges.split(",").flatMap((range) => {
    const [first, last] = range.split("-").map(Number) as [number, number | undefined];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, k) => first + k);
  });
}
