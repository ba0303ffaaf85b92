import type { Component } from "../../checkpoint/checkpoint.ts";
import { NONE, ROOT } from "../../safetensors/tensor-names.ts";
import { declaredAdapter } from "./declared.ts";
import { type AdapterPart, DIRECTION_BOX, DIRECTIONS, GLORA, LEAVES, type LeafRow } from "./leaves.ts";

/** One tensor of what adapts a module. */
export interface PartTensor {
  readonly row: number;
  readonly shape: readonly number[];
  readonly leaf: LeafRow;
}

/** What is stored for one module of the base. */
export interface AdaptedModule {
  /** Name as stored, without what the tensors are called. */
  readonly name: string;
  readonly kind: string;
  readonly parts: ReadonlyMap<PartKey, PartTensor>;
}

/** Of parts that have no name of their own a module may hold several. */
export type PartKey = AdapterPart | `more ${number}`;

/** A module of the base, and what is added to it. */
export interface AdapterModule extends Pick<AdaptedModule, "name" | "kind" | "parts"> {
  /** Its name with dots, where it is stored with underscores. */
  readonly path: string;
  readonly rank: number | null;
  /** Inputs and outputs of the linear of the base, null is not known. */
  readonly in: number | null;
  readonly out: number | null;
}

/** All of an adapter's tensors: those that adapt modules, those that all modules share, and those that are saved whole. */
export interface AdapterTensors {
  readonly modules: readonly AdaptedModule[];
  readonly shared: readonly PartTensor[];
  readonly tokens: readonly PartTensor[];
  /** Rows of tensors that are no part of an adapter: saved whole. */
  readonly whole: readonly number[];
  /** Modules that are stored with their base weight: an embedding in an adapter, all of them in a model not merged. */
  readonly withBase: number;
  /** Whether the file carries the mark of a ControlNet stored as low-rank differences. */
  readonly isControl: boolean;
}

interface Draft {
  readonly node: number;
  /** Name that is cut from a segment: `to_q` of `processor.to_q_lora`; null where the node is the module. */
  readonly cut: string | null;
  readonly parts: Map<PartKey, PartTensor>;
  hasWeight: boolean;
}

/**
 * Sorts the tensors of a component by the modules that they adapt; undefined where none adapts any. Steps: one a tensor, and
 * none at all where no segment is a name of an adapter's.
 */
export function readAdapterTensors(component: Component): AdapterTensors | undefined {
  const { table } = component;
  const { names } = table;
  const declared = declaredMethod(component);
  if (declared === null && !TELLING.some((name) => names.segments.find(name) >= 0)) return undefined;
  const reader = new Reader(names, declared);
  const isControl = table.rowNamed("lora_controlnet") !== undefined;
  const drafts = new Map<string, Draft>();
  const shared: PartTensor[] = [];
  const tokens: PartTensor[] = [];
  const companions: { readonly row: number; readonly at: Place }[] = [];
  const plain: { readonly row: number; readonly node: number }[] = [];
  for (let row = 0; row < table.count; row++) {
    const node = table.nodes.data[row] as number;
    const at = reader.place(node, isControl);
    if (at === undefined) {
      plain.push({ row, node });
      continue;
    }
    const tensor = { row, shape: table.shape(row), leaf: at.leaf };
    if (at.leaf.part === "shared") shared.push(tensor);
    else if (at.leaf.part === "tokens") tokens.push(tensor);
    else if (at.leaf.isCompanion === true) companions.push({ row, at });
    else add(drafts, at, tensor);
  }
  if (drafts.size === 0 && shared.length === 0 && tokens.length === 0) return undefined;
  for (const { row, at } of companions) {
    const draft = drafts.get(at.key);
    if (draft === undefined) plain.push({ row, node: table.nodes.data[row] as number });
    else if (!draft.parts.has(at.leaf.part))
      draft.parts.set(at.leaf.part, { row, shape: table.shape(row), leaf: at.leaf });
  }
  const whole: number[] = [];
  for (const { row, node } of plain) {
    const parent = names.parent(node);
    const draft = drafts.get(keyOf(parent, null));
    const text = names.segments.text(names.segment(node));
    if (draft?.parts.has("mark") === true && text === "weight")
      draft.parts.set("whole", { row, shape: table.shape(row), leaf: WHOLE });
    else {
      if (draft !== undefined && text === "weight") draft.hasWeight = true;
      whole.push(row);
    }
  }
  const modules = Array.from(drafts.values(), (draft) => finish(draft, names));
  const withBase = [...drafts.values()].filter(
    ({ hasWeight, parts }) => hasWeight || parts.has("base"),
  ).length;
  return { modules, shared, tokens, whole, withBase, isControl };
}

/** Segments of which an adapter has one at least: a model of 100,000 tensors that has none is not walked. */
const TELLING: readonly string[] = [
  ...Array.from(LEAVES)
    .filter(([, { isCompanion }]) => isCompanion !== true)
    .map(([name]) => name),
  ...DIRECTIONS.keys(),
  ...GLORA,
];

/** Steps from a tensor up to the name that tells what it is; `shadow_update_gate.default.0.weight` has most. */
const MAX_BOXED = 2;

/** The method that a configuration of PEFT names, as its tensors begin with it. */
function declaredMethod(component: Component): string | null {
  const { type, from, scale } = declaredAdapter(component);
  return type === null || from !== "adapter_config.json" || scale !== null ? null : type.toLowerCase();
}

const WHOLE: LeafRow = { kind: "ia3", part: "whole" };

interface Place {
  readonly key: string;
  readonly node: number;
  readonly cut: string | null;
  readonly leaf: LeafRow;
}

function keyOf(node: number, cut: string | null): string {
  return cut === null ? String(node) : `${node} ${cut}`;
}

function add(drafts: Map<string, Draft>, { key, node, cut, leaf }: Place, tensor: PartTensor): void {
  let draft = drafts.get(key);
  if (draft === undefined) {
    draft = { node, cut, parts: new Map(), hasWeight: false };
    drafts.set(key, draft);
  }
  const isFurther = leaf.part === "more" && draft.parts.has("more");
  const part: PartKey = isFurther ? `more ${tensor.row}` : leaf.part;
  if (!draft.parts.has(part)) draft.parts.set(part, tensor);
}

function childNamed(names: Component["table"]["names"], node: number, name: string): number {
  const segment = names.segments.find(name);
  const child = segment < 0 ? NONE : names.findChild(node, segment);
  return child === NONE ? ROOT : child;
}

function finish({ node, cut, parts }: Draft, names: Component["table"]["names"]): AdaptedModule {
  const own = names.name(node);
  const name = cut === null ? own : own === "" ? cut : `${own}.${cut}`;
  turnTucker(parts);
  return { name, kind: kindOfParts(parts), parts };
}

/** Beside a core of their own (Tucker) the factors that write have the rank in front too. */
const CORES = [
  ["t1", "w1a"],
  ["t2", "w2a"],
] as const;

function turnTucker(parts: Map<PartKey, PartTensor>): void {
  for (const [core, part] of CORES) {
    const tensor = parts.has(core) ? parts.get(part) : undefined;
    if (tensor !== undefined) parts.set(part, { ...tensor, leaf: { ...tensor.leaf, rank: 0 } });
  }
}

/** The most telling part names the method: a magnitude makes a LoRA a DoRA. */
function kindOfParts(parts: ReadonlyMap<PartKey, PartTensor>): string {
  if (parts.has("spectrum")) return "adalora";
  if (parts.has("whole")) return "ia3";
  let first: string | undefined;
  let telling: string | undefined;
  let isLora = false;
  for (const { leaf } of parts.values()) {
    if (leaf.kind === "") continue;
    first ??= leaf.kind;
    if (leaf.kind !== "dora" && leaf.kind !== "full") telling ??= leaf.kind;
    isLora ||= leaf.kind === "lora";
  }
  if (isLora && parts.has("magnitude")) return "dora";
  const blocks = parts.get("more");
  // LyCORIS calls the blocks of both the same; those of BOFT have one axis more, for the butterflies.
  if (first === "oft" && blocks !== undefined && blocks.shape.length === 4) return "boft";
  return telling ?? first ?? "other";
}

/** Reads names from their ends. What a segment means is looked up once. */
class Reader {
  private readonly names: Component["table"]["names"];
  private readonly declared: string | null;
  private readonly bySegment = new Map<number, LeafRow | null>();

  constructor(names: Component["table"]["names"], declared: string | null) {
    this.names = names;
    this.declared = declared;
  }

  /** Where a tensor of an adapter belongs; undefined for any other tensor. */
  place(node: number, isControl: boolean): Place | undefined {
    const { names } = this;
    let at = node;
    let text = this.text(at);
    let isBias = false;
    // `lora_A.weight`, `lora_A.default.weight`, `lora_B.bias`.
    if (text === "weight" || text === "bias" || text === "default") {
      isBias = text === "bias";
      at = names.parent(at);
      if (at !== ROOT && this.text(at) === "default") at = names.parent(at);
      text = at === ROOT ? "" : this.text(at);
    }
    if (at === ROOT) return undefined;
    const direction = DIRECTIONS.get(text);
    if (direction !== undefined) return this.directed(at, node, direction, isControl, isBias);
    const held = this.holderOf(at);
    if (held === undefined) return undefined;
    const { leaf, holder } = held;
    if (leaf.part === "base") return isBias ? undefined : this.at(names.parent(holder), null, leaf);
    const part: LeafRow = isBias ? { kind: leaf.kind, part: leaf.part === "b" ? "b-bias" : "more" } : leaf;
    let module = names.parent(holder);
    if (leaf.part === "tokens" && module !== ROOT && this.text(module) === "token_adapter")
      module = names.parent(module);
    // Directly under `base_model` stands what all modules share.
    const isShared = this.declared !== null && part.part === "more" && this.isTop(module);
    return this.at(module, null, isShared ? { ...part, part: "shared" } : part);
  }

  /** The name that tells what a tensor is: its own, or one further up, as in `osf_svd_params.S_low`, `poly_router.module_logits`. */
  private holderOf(at: number): { readonly leaf: LeafRow; readonly holder: number } | undefined {
    const own = this.leafOf(at);
    if (own !== undefined) return { leaf: own, holder: at };
    let holder = at;
    for (let step = 0; step < MAX_BOXED; step++) {
      holder = this.names.parent(holder);
      if (holder === ROOT) return undefined;
      const leaf = this.leafOf(holder);
      if (leaf === undefined) continue;
      if (leaf.part !== "more" && leaf.part !== "shared") return undefined;
      return { leaf: LEAVES.get(`${this.text(holder)}.${this.text(at)}`) ?? leaf, holder };
    }
    return undefined;
  }

  private directed(
    at: number,
    node: number,
    leaf: LeafRow,
    isControl: boolean,
    isBias: boolean,
  ): Place | undefined {
    const { names } = this;
    const box = names.parent(at);
    if (isControl && at === node) return this.at(box, null, leaf);
    if (box === ROOT || isBias) return undefined;
    const match = DIRECTION_BOX.exec(this.text(box));
    if (match === null) return undefined;
    const own = match[1];
    const above = names.parent(box);
    return own === undefined
      ? this.at(above, null, leaf)
      : this.at(above, `${own}${match[2] === "" ? "" : `#${match[2]}`}`, leaf);
  }

  private at(node: number, cut: string | null, leaf: LeafRow): Place {
    return { key: keyOf(node, cut), node, cut, leaf };
  }

  private leafOf(node: number): LeafRow | undefined {
    const segment = this.names.segment(node);
    let leaf = this.bySegment.get(segment);
    if (leaf === undefined) {
      leaf =
        LEAVES.get(this.names.segments.text(segment)) ??
        this.gloraOf(node) ??
        this.declaredLeaf(node) ??
        null;
      this.bySegment.set(segment, leaf);
    }
    return leaf ?? undefined;
  }

  /** `a1`, `a2`, `b1`, `b2` are GLoRA where all four stand together. */
  private gloraOf(node: number): LeafRow | undefined {
    const text = this.text(node);
    if (!(GLORA as readonly string[]).includes(text)) return undefined;
    const parent = this.names.parent(node);
    const isAll = GLORA.every((name) => childNamed(this.names, parent, name) !== ROOT);
    return isAll ? { kind: "glora", part: "more", ...(text === "a2" ? { rank: 0 } : {}) } : undefined;
  }

  private isTop(node: number): boolean {
    return node === ROOT || this.names.parent(node) === ROOT;
  }

  /** PEFT begins the names of a method's tensors with the method, also those of methods that are younger than this table. */
  private declaredLeaf(node: number): LeafRow | undefined {
    const { declared } = this;
    if (declared === null || !this.text(node).startsWith(`${declared}_`)) return undefined;
    return { kind: declared.replaceAll("_", "-"), part: "more" };
  }

  private text(node: number): string {
    return this.names.segments.text(this.names.segment(node));
  }
}
