import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import type { PatternGroup, PatternSegment } from "../checkpoint/repeats.ts";
import { NONE } from "../safetensors/tensor-names.ts";

/** One dot-separated part of a name, with the node that the name reaches there. */
export interface Segment {
  /** Its text, or "#" for a number. */
  readonly name: string;
  /** The numbers that stand here, null for a name. */
  readonly members: readonly number[] | null;
  readonly node: number;
}

/** Names ending in a number are one list from three on, yet `norm1`, `norm2`, `norm3` mean three things. */
const MAX_EXPANDED = 64;

const DIGITS = /^(0|[1-9][0-9]{0,8})$/;

/** Who is beside and below a module: several rules ask, and a kind is answered once. */
export class Neighbours {
  private readonly kinds: ModuleKinds;
  private readonly namesOfKind = new Map<number, ReadonlySet<string>>();

  constructor(kinds: ModuleKinds) {
    this.kinds = kinds;
  }

  /** Names of the children of a node, numbers included. */
  below(node: number): ReadonlySet<string> {
    const kind = this.kinds.kindOf(node);
    if (kind === NONE) return NO_NAMES;
    let names = this.namesOfKind.get(kind);
    if (names === undefined) {
      names = new Set(
        Array.from({ length: this.kinds.childCount(kind) }, (_, at) => this.kinds.childName(kind, at)),
      );
      this.namesOfKind.set(kind, names);
    }
    return names;
  }

  /** Names of the siblings of a node, itself included. */
  beside(node: number): ReadonlySet<string> {
    return node === 0 ? NO_NAMES : this.below(this.kinds.table.names.parent(node));
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** The segments of a folded place, root first. */
export function segmentsOf(kinds: ModuleKinds, group: PatternGroup): Segment[] {
  const { names } = kinds.table;
  const segments: Segment[] = [];
  let node = group.node;
  for (let depth = group.segments.length - 1; depth >= 0; depth--) {
    segments.push(toSegment(group.segments[depth] as PatternSegment, node));
    node = names.parent(node);
  }
  return segments.reverse();
}

function toSegment(part: PatternSegment, node: number): Segment {
  if (typeof part !== "string") {
    // A long list of numbered names is nothing that a table knows: its first name stands for all.
    return part.prefix === ""
      ? { name: "#", members: part.members, node }
      : { name: `${part.prefix}${part.members[0]}`, members: null, node };
  }
  return DIGITS.test(part)
    ? { name: "#", members: [Number(part)], node }
    : { name: part, members: null, node };
}

/** The same place with lists of numbered names (`norm{1-3}`) taken apart; lists of plain numbers stay folded. */
export function expandPrefixes(kinds: ModuleKinds, group: PatternGroup): PatternGroup[] {
  const at = group.segments.findIndex(
    (part) => typeof part !== "string" && part.prefix !== "" && part.members.length <= MAX_EXPANDED,
  );
  if (at < 0) return [group];
  const part = group.segments[at] as Exclude<PatternSegment, string>;
  return part.members.flatMap((member) => {
    const segments = group.segments.with(at, `${part.prefix}${member}`);
    const node = renamed(kinds, group.node, group.segments.length - 1 - at, `${part.prefix}${member}`);
    return expandPrefixes(kinds, {
      ...group,
      segments,
      node,
      count: group.count / part.members.length,
    });
  });
}

/** The node whose name differs from that of `node` in the segment `up` steps above the last one. */
function renamed(kinds: ModuleKinds, node: number, up: number, name: string): number {
  const { names } = kinds.table;
  const below: number[] = [];
  let at = node;
  for (let k = 0; k < up; k++) {
    below.push(names.segment(at));
    at = names.parent(at);
  }
  at = names.findChild(names.parent(at), names.segments.find(name));
  for (const segment of below.reverse()) at = names.findChild(at, segment);
  return at;
}
