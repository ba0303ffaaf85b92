import type { TensorNode, TreeNode } from "../../analysis/tree.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatQuantity, formatShortCount } from "../../format/count.ts";
import { formatIndexSummary } from "../../format/ranges.ts";
import { formatShape } from "../../format/shape.ts";
import type { Report } from "../report.ts";
import { drawBar } from "./bar.ts";
import type { Block, Column, OutlineRow, Span } from "./document.ts";
import { parametersPhrase, titleOf } from "./phrases.ts";
import { isLeaf, isOneWeight, memberOf, mergesTensors, shownChildren, soleWeight } from "./tree-nodes.ts";
import { ALL_ROWS, chooseRows, MAX_TREE_ROWS, type Unfolded } from "./tree-rows.ts";
import { bitsMeaning, storedSpans, weightSpans } from "./tree-weight-words.ts";

export interface TreeDocumentOptions {
  /** Every tensor on a line of its own. */
  readonly tensors: boolean;
  /** Weights as they are stored, tensor by tensor, in place of scheme and logical shape. */
  readonly stored: boolean;
  /** Shares of the parent with bars: where siblings stand by size. */
  readonly shares: boolean;
  /** All rows, however many there are. */
  readonly whole: boolean;
}

/** Columns of a bar that stands for the whole parent. */
const BAR_WIDTH = 8;

/** The module tree as people read it: folds on one line with their count, a weight as what it is, not as its tensors. */
export function treeDocument(report: Report<TreeNode>, options: TreeDocumentOptions): Block[] {
  const rows: OutlineRow[] = [];
  const childrenOf = (node: TreeNode) => shownChildren(node, options);
  const unfolded = options.whole ? ALL_ROWS : chooseRows(report.result, childrenOf, MAX_TREE_ROWS);
  addChildren(report.result, [], 1, rows, { options, unfolded });
  const total: Block = { kind: "lines", lines: [parametersPhrase(report, report.result.parameters)] };
  const columns: Column[] = [
    { title: "parameters", align: "right", meaning: "number", dropAt: 1 },
    { title: "bytes", align: "right", meaning: "muted", dropAt: 0 },
    ...(options.shares ? [{ title: "of parent", meaning: "accent" as const, dropAt: 2 }] : []),
    { title: "", align: "right", meaning: "muted", dropAt: 3 },
  ];
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

/** `times` is how many members the folds above stand for: figures below are those of one. */
function addChildren(
  node: TreeNode,
  last: readonly boolean[],
  times: number,
  rows: OutlineRow[],
  drawing: Drawing,
): void {
  const children = shownChildren(node, drawing.options);
  const most = drawing.unfolded.shown(node) ?? children.length;
  const shown = children.slice(0, most);
  const isCut = most > 0 && most < children.length;
  const { bytes } = memberOf(node);
  for (const [k, child] of shown.entries())
    addNode(child, bytes, last.concat(!isCut && k === shown.length - 1), times, rows, drawing);
  if (!isCut) return;
  const rest = children.slice(most);
  const sum = (of: (child: TreeNode) => number) => rest.reduce((total, child) => total + of(child), 0);
  rows.push({
    last: last.concat(true),
    label: [{ text: `… ${formatCount(rest.length)} more`, meaning: "muted" }],
    cells: cellsOf(
      sum((child) => child.parameters),
      sum((child) => child.bytes),
      bytes,
      times,
      drawing.options,
    ),
  });
}

function cellsOf(
  parameters: number,
  bytes: number,
  ofBytes: number,
  times: number,
  { shares }: TreeDocumentOptions,
): string[] {
  return [
    formatShortCount(parameters),
    formatBytes(bytes),
    ...(shares ? [shareCell(bytes, ofBytes)] : []),
    times === 1 ? "" : `×${formatCount(times)}`,
  ];
}

function shareCell(bytes: number, ofBytes: number): string {
  if (ofBytes === 0) return "";
  const rounded = Math.round((bytes / ofBytes) * 100);
  const percent = `${rounded === 0 && bytes > 0 ? "< 1" : rounded} %`.padStart(5);
  return `${drawBar(bytes / ofBytes, BAR_WIDTH).padEnd(BAR_WIDTH)} ${percent}`;
}

function addNode(
  node: TreeNode,
  ofBytes: number,
  last: readonly boolean[],
  times: number,
  rows: OutlineRow[],
  drawing: Drawing,
): void {
  const { options, unfolded } = drawing;
  const inner = memberOf(node);
  const isClosed = unfolded.shown(node) === 0 && shownChildren(node, options).length > 0;
  const isDefault = last.length === 1 && last[0] === true && node.path === "";
  const own = isDefault ? [] : last;
  rows.push({
    last: own,
    label: [...nameSpans(node), ...describe(inner, options, isClosed)],
    cells: cellsOf(node.parameters, node.bytes, ofBytes, times, options),
  });
  for (const remark of inner.differs ?? [])
    rows.push({ last: own, label: [{ text: remark, meaning: "warning" }], cells: [], isNote: true });
  addChildren(node, last, node.kind === "fold" ? times * node.count : times, rows, drawing);
}

function nameSpans(node: TreeNode): Span[] {
  if (node.kind !== "fold") return [{ text: node.name === "" ? '""' : node.name, meaning: "name" }];
  const stem = node.name.slice(0, node.name.length - node.members.length - 2);
  return [
    { text: `${stem}[${formatIndexSummary(parseRanges(node.members))}]`, meaning: "name" },
    { text: ` × ${formatCount(node.count)}`, meaning: "accent" },
    { text: `, each ${formatShortCount(node.parameters / node.count)}`, meaning: "muted", dropAt: 4 },
  ];
}

/** What stands behind a name: the weight that it is, what it does, then what was left out. */
function describe(node: TreeNode, options: TreeDocumentOptions, isClosed: boolean): Span[] {
  const spans: Span[] = [];
  if (node.adapts !== undefined && !options.tensors) spans.push(...adaptedSpans(node.adapts));
  else if (node.kind === "tensor")
    spans.push(
      { text: `  ${node.dtype}`, meaning: bitsMeaning({ dtype: node.dtype, bits: null }) },
      { text: ` ${formatShape(node.shape)}`, dropAt: 1 },
    );
  else if (!options.tensors) spans.push(...ownWeight(node, options));
  if (node.kind === "module" && node.about !== undefined)
    spans.push({ text: `  ${node.about}`, meaning: "accent", dropAt: 4 });
  const isOpen = spans.length > 0 && isOneWeight(node);
  if (node.kind === "module" && !isOpen && node.differs === undefined && (node.collapsed || isClosed))
    spans.push({ text: `  … ${formatQuantity(node.tensors, "tensor")}`, meaning: "muted" });
  return spans;
}

/** `LoRA r 16 [3,072 → 3,072]`: a side cut in its middle is another number, so both go together. */
function adaptedSpans(adapts: string): Span[] {
  const sides = adapts.indexOf(" [");
  if (sides < 0) return [{ text: `  ${adapts}`, meaning: "accent" }];
  return [
    { text: `  ${adapts.slice(0, sides)}`, meaning: "accent" },
    { text: adapts.slice(sides), meaning: "accent", dropAt: 1 },
  ];
}

function ownWeight(node: TreeNode, { stored }: TreeDocumentOptions): Span[] {
  const sole = soleWeight(node);
  const isMerged = mergesTensors(node);
  if (sole === undefined || !(isMerged || isOneWeight(node))) return isMerged ? looseSpans(node, []) : [];
  const held = tensorsBelow(node, "");
  const { weight, beside } = sole;
  const vectors = beside.flatMap(({ tensors: own }) => own.map(({ name }) => name));
  const own = weight.tensors.map(({ name }) => name);
  return [
    { text: "  " },
    ...(weight.parameter === "" || weight.parameter === node.name
      ? []
      : [{ text: `${weight.parameter} `, meaning: "muted" as const }]),
    ...(stored ? storedSpans(weight, (name) => held.get(name)) : weightSpans(weight)),
    ...vectors.map((name): Span => ({ text: ` + ${name}`, meaning: "muted", dropAt: 3 })),
    ...looseSpans(node, [...own, ...vectors]),
  ];
}

/** Tensors by their names from the module down: `weight._data` where values lie below what they are of. */
function tensorsBelow(node: TreeNode, prefix: string): Map<string, TensorNode> {
  const found = new Map<string, TensorNode>();
  for (const child of node.children) {
    const tensor = memberOf(child);
    if (tensor.kind === "tensor") found.set(`${prefix}${child.name}`, tensor);
    for (const [name, below] of tensorsBelow(tensor, `${prefix}${child.name}.`)) found.set(name, below);
  }
  return found;
}

/** Tensors of a module that belong to no weight of its: scales of a cache, buffers, scales that lost theirs. */
function looseSpans(node: TreeNode, known: readonly string[]): Span[] {
  const held = new Set(known);
  for (const { tensors } of node.kind === "module" ? (node.weights ?? []) : [])
    for (const { name } of tensors) held.add(name);
  return node.children
    .filter((child) => isLeaf(child) && !held.has(child.name))
    .map((child, k): Span => {
      const tensor = memberOf(child);
      const what = tensor.kind === "tensor" ? ` ${tensor.dtype} ${formatShape(tensor.shape)}` : "";
      return {
        text: `${k === 0 && held.size === 0 ? "  " : " + "}${child.name}${what}`,
        meaning: "muted",
        dropAt: 3,
      };
    });
}

function parseRanges(ranges: string): number[] {
  return ranges.split(",").flatMap((range) => {
    const [first, last] = range.split("-").map(Number) as [number, number | undefined];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, k) => first + k);
  });
}
