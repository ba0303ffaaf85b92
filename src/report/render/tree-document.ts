import type { FoldNode, TensorNode, TreeNode } from "../../analysis/tree.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatQuantity, formatShortCount } from "../../format/count.ts";
import { formatIndexSummary } from "../../format/ranges.ts";
import { formatShape } from "../../format/shape.ts";
import type { Report } from "../report.ts";
import type { Block, OutlineRow, Span } from "./document.ts";
import { parametersPhrase, titleOf } from "./phrases.ts";
import { ALL_ROWS, chooseRows, MAX_TREE_ROWS, type Unfolded } from "./tree-rows.ts";

export interface TreeDocumentOptions {
  /** Every tensor on a line of its own. */
  readonly tensors: boolean;
  /** All rows, however many there are. */
  readonly whole: boolean;
}

/** The module tree as people read it: folds on one line with their count, a module's tensors on the module's line. */
export function treeDocument(report: Report<TreeNode>, options: TreeDocumentOptions): Block[] {
  const rows: OutlineRow[] = [];
  const childrenOf = (node: TreeNode) => shownChildren(node, options);
  const unfolded = options.whole ? ALL_ROWS : chooseRows(report.result, childrenOf, MAX_TREE_ROWS);
  addChildren(report.result, [], rows, { options, unfolded });
  const total: Block = { kind: "lines", lines: [parametersPhrase(report, report.result.parameters)] };
  const columns = [
    { title: "parameters", align: "right", meaning: "number", dropAt: 1 },
    { title: "bytes", align: "right", meaning: "muted", dropAt: 2 },
  ] as const;
  return [titleOf(report), total, { kind: "outline", columns, rows }, ...leftOut(unfolded.hidden)];
}

function leftOut(hidden: number): Block[] {
  if (hidden <= 0) return [];
  const text = `${formatQuantity(hidden, "row")} more: --expand PATH, --expand all, or --depth for another level`;
  return [{ kind: "lines", lines: [{ text, meaning: "muted" }] }];
}

/** What is drawn, and how much of it. */
interface Drawing {
  readonly options: TreeDocumentOptions;
  readonly unfolded: Unfolded;
}

/** Children with a row of their own, of a fold those of its member. */
function shownChildren(outer: TreeNode, { tensors }: TreeDocumentOptions): readonly TreeNode[] {
  const node = outer.kind === "fold" ? (outer.children[0] as TreeNode) : outer;
  if (tensors) return node.children;
  if (node.adapts !== undefined) return [];
  return mergesTensors(node) ? node.children.filter((child) => !isLeaf(child)) : node.children;
}

function addChildren(node: TreeNode, last: readonly boolean[], rows: OutlineRow[], drawing: Drawing): void {
  const children = shownChildren(node, drawing.options);
  const most = drawing.unfolded.shown(node) ?? children.length;
  const shown = children.slice(0, most);
  const isCut = most > 0 && most < children.length;
  for (const [k, child] of shown.entries())
    addNode(child, last.concat(!isCut && k === shown.length - 1), rows, drawing);
  if (isCut) rows.push(restRow(children.slice(most), last));
}

function restRow(rest: readonly TreeNode[], last: readonly boolean[]): OutlineRow {
  const sum = (of: (node: TreeNode) => number) => rest.reduce((total, node) => total + of(node), 0);
  return {
    last: last.concat(true),
    label: [{ text: `… ${formatCount(rest.length)} more`, meaning: "muted" }],
    cells: [formatShortCount(sum((node) => node.parameters)), formatBytes(sum((node) => node.bytes))],
  };
}

function addNode(node: TreeNode, last: readonly boolean[], rows: OutlineRow[], drawing: Drawing): void {
  const { options, unfolded } = drawing;
  const label: Span[] = [...nameSpans(node)];
  const inner = node.kind === "fold" ? (node.children[0] as TreeNode) : node;
  const isClosed = unfolded.shown(node) === 0 && shownChildren(node, options).length > 0;
  label.push(...describe(inner, options, isClosed));
  const isDefault = last.length === 1 && last[0] === true && node.path === "";
  rows.push({
    last: isDefault ? [] : last,
    label,
    cells: [formatShortCount(node.parameters), formatBytes(node.bytes)],
  });
  addChildren(node, last, rows, drawing);
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
function describe(node: TreeNode, options: TreeDocumentOptions, isClosed: boolean): Span[] {
  const spans: Span[] = [];
  if (node.adapts !== undefined && !options.tensors)
    spans.push({ text: `  ${node.adapts}`, meaning: "accent" });
  else if (node.kind === "tensor") spans.push({ text: "  " }, ...tensorSpans(node));
  else if (!options.tensors) {
    const merged = mergesTensors(node) ? node.children.filter(isLeaf) : [];
    for (const [k, child] of merged.entries())
      spans.push({ text: k === 0 ? "  " : " + ", meaning: "muted" }, ...mergedSpans(child));
  }
  if (node.kind === "module" && node.about !== undefined)
    spans.push({ text: `  ${node.about}`, meaning: "accent" });
  if (node.differs !== undefined) spans.push({ text: `  ${node.differs.join("; ")}`, meaning: "warning" });
  else if (node.kind === "module" && (node.collapsed || isClosed))
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

/** Whether a module's own tensors share its line: where it has nothing but tensors, those without tensors below them. */
function mergesTensors({ path, kind, children }: TreeNode): boolean {
  return path !== "" && kind !== "fold" && children.every((child) => memberOf(child)?.kind === "tensor");
}

function isLeaf(child: TreeNode): child is TensorNode | FoldNode {
  const tensor = memberOf(child);
  return tensor?.kind === "tensor" && tensor.children.length === 0;
}

function memberOf(node: TreeNode): TreeNode | undefined {
  return node.kind === "fold" ? node.children[0] : node;
}

function parseRanges(ranges: string): number[] {
  return ranges.split(",").flatMap((range) => {
    const [first, last] = range.split("-").map(Number) as [number, number | undefined];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, k) => first + k);
  });
}
