import type { Component } from "../checkpoint/checkpoint.ts";
import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import { type ChildGroup, groupChildren } from "../checkpoint/repeats.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { withDots } from "../kinds/adapter/dotted-component.ts";
import { type Quantization, quantizationOf } from "../quantization/quantization.ts";
import { NONE, ROOT } from "../safetensors/tensor-names.ts";
import { adaptedWords } from "./adapted-words.ts";
import { type TreeMarks, treeMarksOf } from "./tree-marks.ts";
import { type TreeRoles, treeRolesOf } from "./tree-roles.ts";
import { SchemesBelow, type TreeWeight, treeWeights } from "./tree-weights.ts";

/** A module, a tensor, or a fold: numbered siblings of one kind, shown once. */
export type TreeNode = ModuleNode | TensorNode | FoldNode;

interface NodeBase {
  readonly name: string;
  /** Full path; of a fold with all its numbers: `model.layers.{0-61}`. */
  readonly path: string;
  /** Logical parameters below: packed weights unpacked, scales and other bookkeeping not counted. */
  readonly parameters: number;
  /** Stored elements below. */
  readonly elements: number;
  readonly bytes: number;
  readonly tensors: number;
  /** Role of a tensor, or of a module whose tensors share one. */
  readonly role: string | null;
  /** A few words on what the module is: `attention · GQA 6:1 · 48 × 128`. */
  readonly about?: string;
  readonly scheme: string | null;
  /** What an adapter adds to the module: `LoRA r 16 [3072 → 3072]`; its tensors are the children. */
  readonly adapts?: string;
  /** How a module that stands apart from its numbered siblings differs from them. */
  readonly differs?: readonly string[];
  readonly children: readonly TreeNode[];
}

export interface ModuleNode extends NodeBase {
  readonly kind: "module";
  /** Whether children were left out by `depth`, or as nothing but the difference matters. */
  readonly collapsed?: boolean;
  /** The weights that it holds itself; left out for a mere container. */
  readonly weights?: readonly TreeWeight[];
  /** Schemes of the weights below, with the number of them, where they differ. */
  readonly schemes?: Readonly<Record<string, number>>;
}

export interface TensorNode extends NodeBase {
  readonly kind: "tensor";
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly shard: string;
}

/** Totals are those of all members; the one child is the first member, with totals of its own. */
export interface FoldNode extends NodeBase {
  readonly kind: "fold";
  /** `0-61`, exact whatever the set. */
  readonly members: string;
  readonly count: number;
}

export interface TreeOptions {
  /** Levels of modules below the root; a fold and its member are one level. */
  readonly depth?: number;
  /** Paths shown in full, out of their fold. */
  readonly expand?: readonly string[];
  readonly fold?: boolean;
  /** Whether modules that stand apart from their siblings are shown with all below them. */
  readonly opensDeviants?: boolean;
  readonly sort?: "name" | "size";
}

/** Whether a path names a module or tensor of the component: what `expand` takes. */
export function hasPath(component: Component, path: string): boolean {
  const { table, kinds } = withDots(component);
  const node = table.names.find(path);
  return node !== NONE && kinds.kindOf(node) !== NONE;
}

/** The module tree of a component; its root has an empty name and path. Underscores of kohya's names nest as dots do. */
export function buildTree(component: Component, options: TreeOptions = {}): TreeNode {
  return new TreeBuilder(withDots(component), options).root();
}

/** A place below a module's weight: kind of the module, its child on the way, and the name from the module down. */
interface PartOfWeight {
  readonly module: number;
  readonly position: number;
  readonly name: string;
}

class TreeBuilder {
  private readonly component: Component;
  private readonly kinds: ModuleKinds;
  private readonly quantization: Quantization;
  private readonly options: TreeOptions;
  private readonly roles: TreeRoles;
  private readonly marks: TreeMarks;
  private readonly expanded: readonly string[];
  private readonly adapted: ReadonlyMap<string, string>;
  private readonly schemes: SchemesBelow;
  private readonly packings = new Map<number, Pick<ModuleNode, "weights" | "schemes">>();

  constructor(component: Component, options: TreeOptions) {
    this.component = component;
    this.kinds = component.kinds;
    this.quantization = quantizationOf(component);
    this.options = options;
    this.roles = treeRolesOf(component);
    this.marks = treeMarksOf(component);
    this.expanded = options.expand ?? [];
    this.adapted = adaptedWords(component);
    this.schemes = new SchemesBelow(this.kinds, this.quantization);
  }

  root(): TreeNode {
    const { root } = this.kinds;
    return this.node(root, ROOT, "", "", 0, this.quantization.parameters(root), undefined);
  }

  private node(
    kind: number,
    node: number,
    name: string,
    path: string,
    depth: number,
    parameters: number,
    inside: PartOfWeight | undefined,
  ): TreeNode {
    const differs = this.marks.of(node);
    const about = this.roles.words(node);
    const adapts = this.adapted.get(path);
    const hidden = this.isHidden(kind, path, depth, differs);
    const children = hidden ? [] : this.children(kind, node, path, depth, inside);
    const row = this.kinds.tensorRow(kind);
    const base = {
      parameters,
      ...this.stored(kind, 1),
      role: row === undefined ? sharedRole(children) : this.roles.role(node),
      scheme: this.quantization.scheme(kind),
      ...(about === null ? {} : { about }),
      ...(adapts === undefined ? {} : { adapts }),
      ...(differs ? { differs } : {}),
    };
    if (row === undefined)
      return {
        kind: "module",
        name,
        path,
        ...base,
        ...(hidden ? { collapsed: true } : {}),
        ...(inside === undefined ? this.packing(kind) : {}),
        children,
      };
    const { table } = this.component;
    const shard = this.component.shards[table.shards.data[table.rowAt(node) ?? row] as number];
    return {
      kind: "tensor",
      name,
      path,
      ...base,
      dtype: table.dtype(row),
      shape: table.shape(row),
      shard: shard?.path ?? "",
      children,
    };
  }

  /** Below the depth asked for, and below a deviant with no other in it: its difference is its story. Never along an expanded path. */
  private isHidden(
    kind: number,
    path: string,
    depth: number,
    differs: readonly string[] | undefined,
  ): boolean {
    if (this.kinds.childCount(kind) === 0) return false;
    if (
      this.expanded.some(
        (wanted) => wanted === path || wanted.startsWith(`${path}.`) || path.startsWith(`${wanted}.`),
      )
    )
      return false;
    if (depth >= (this.options.depth ?? Number.POSITIVE_INFINITY)) return true;
    if (this.options.opensDeviants === true) return false;
    return differs !== undefined && !this.marks.areBelow(kind);
  }

  private packing(kind: number): Pick<ModuleNode, "weights" | "schemes"> {
    let packing = this.packings.get(kind);
    if (packing === undefined) {
      const weights = treeWeights(this.quantization.module(kind).weights);
      const schemes = this.schemes.below(kind);
      packing = {
        ...(weights.length === 0 ? {} : { weights }),
        ...(schemes.size < 2 ? {} : { schemes: Object.fromEntries(schemes) }),
      };
      this.packings.set(kind, packing);
    }
    return packing;
  }

  private children(
    kind: number,
    node: number,
    path: string,
    depth: number,
    inside: PartOfWeight | undefined,
  ): TreeNode[] {
    const groups = this.groups(kind, path);
    const nodes = groups.map((group) => this.groupNode(kind, group, node, path, depth, inside));
    return this.options.sort === "size" ? nodes.sort((a, b) => b.bytes - a.bytes) : nodes;
  }

  private groupNode(
    parentKind: number,
    group: ChildGroup,
    node: number,
    path: string,
    depth: number,
    parent: PartOfWeight | undefined,
  ): TreeNode {
    const first = group.positions[0] as number;
    const segment = this.kinds.childSegment(parentKind, first);
    const firstName = this.kinds.childName(parentKind, first);
    const firstPath = path === "" ? firstName : `${path}.${firstName}`;
    const firstNode = this.kinds.table.names.findChild(node, segment);
    const inside = this.partOf(parentKind, first, firstName, parent);
    // The same tensor is a weight in one module and a scale in another: its module tells, also from further up.
    const { parameters } =
      inside === undefined
        ? this.quantization.childTotals(parentKind, first)
        : this.quantization.partTotals(inside.module, inside.position, inside.name);
    const member = this.node(group.kind, firstNode, firstName, firstPath, depth + 1, parameters, inside);
    if (group.members === null || group.positions.length === 1) return member;
    const members = formatIndexRanges(group.members);
    const name = `${group.prefix}{${members}}`;
    const foldPath = path === "" ? name : `${path}.${name}`;
    const count = group.positions.length;
    return {
      kind: "fold",
      name,
      path: foldPath,
      parameters: parameters * count,
      ...this.stored(group.kind, count),
      role: member.role,
      scheme: member.scheme,
      members,
      count,
      children: [member],
    };
  }

  /** Where a child lies within a weight of a module above it; undefined for a module. */
  private partOf(
    parentKind: number,
    position: number,
    name: string,
    parent: PartOfWeight | undefined,
  ): PartOfWeight | undefined {
    if (parent !== undefined) return { ...parent, name: `${parent.name}.${name}` };
    return this.quantization.isPart(parentKind, position)
      ? { module: parentKind, position, name }
      : undefined;
  }

  private groups(kind: number, path: string): readonly ChildGroup[] {
    if (this.options.fold === false) return singles(this.kinds, kind);
    const prefix = path === "" ? "" : `${path}.`;
    const wanted = new Set(
      this.expanded
        .filter((each) => each.startsWith(prefix))
        .map((each) => each.slice(prefix.length).split(".")[0]),
    );
    const groups = groupChildren(this.kinds, kind);
    return wanted.size === 0 ? groups : groups.flatMap((group) => splitOut(this.kinds, kind, group, wanted));
  }

  private stored(kind: number, count: number) {
    return {
      elements: this.kinds.elements(kind) * count,
      bytes: this.kinds.bytes(kind) * count,
      tensors: this.kinds.tensors(kind) * count,
    };
  }
}

/** The role that all children have, null where they differ or none was looked at. */
function sharedRole(children: readonly TreeNode[]): string | null {
  const [first] = children;
  const role = first?.role ?? null;
  return children.every((child) => child.role === role) ? role : null;
}

function singles(kinds: ModuleKinds, kind: number): ChildGroup[] {
  return Array.from({ length: kinds.childCount(kind) }, (_, position) => single(kinds, kind, position));
}

function single(kinds: ModuleKinds, kind: number, position: number): ChildGroup {
  return {
    kind: kinds.childKind(kind, position),
    positions: [position],
    prefix: kinds.childName(kind, position),
    members: null,
  };
}

/** Takes the wanted members out of a fold, each as a child of its own, at their place in the order. */
function splitOut(
  kinds: ModuleKinds,
  kind: number,
  group: ChildGroup,
  wanted: ReadonlySet<string | undefined>,
): ChildGroup[] {
  const { members } = group;
  if (members === null) return [group];
  const isWanted = (position: number) => wanted.has(kinds.childName(kind, position));
  const taken = group.positions.filter(isWanted);
  if (taken.length === 0) return [group];
  const rest = group.positions
    .map((position, k) => ({ position, member: members[k] as number }))
    .filter(({ position }) => !isWanted(position));
  const kept: ChildGroup[] =
    rest.length === 0
      ? []
      : [
          {
            ...group,
            positions: rest.map((each) => each.position),
            members: rest.map((each) => each.member),
          },
        ];
  return [...taken.map((position) => single(kinds, kind, position)), ...kept].sort(
    (a, b) => (a.positions[0] as number) - (b.positions[0] as number),
  );
}
