import type { PatternSegment } from "../checkpoint/repeats.ts";
import type { Box } from "./boxes.ts";

/** A name's pattern and the indices that make the name of it. */
export interface Match {
  readonly pattern: string;
  readonly indices: readonly number[];
}

/** Patterns as a tree of their segments. */
export interface PatternTree {
  readonly children: Map<string, PatternTree>;
  /** Members of lists, any number, by what stands before it: nothing for `4`, `expert_` for `expert_4`. */
  readonly lists: Map<string, List>;
  pattern: string | undefined;
}

/**
 * Reads names as patterns. A number that stands in a pattern itself goes before an index, as `layers.0` may be a row of
 * its own. Steps: the segments of the name, whatever the number of patterns.
 */
export function buildMatcher(patterns: Iterable<string>): (name: string) => Match | undefined {
  const tree = buildTree(patterns);
  return (name) => {
    const [placed] = placeSegments(tree, name.split(".")).placed;
    if (placed === undefined) return undefined;
    return { pattern: placed.pattern, indices: placed.box.map(([index]) => index as number) };
  };
}

interface List {
  readonly members: PatternTree;
  /** The index of the list's number in the pattern. */
  readonly variable: number;
}

export function buildTree(patterns: Iterable<string>): PatternTree {
  const root = newTree();
  for (const pattern of patterns) {
    let node = root;
    for (const segment of pattern.split(".")) node = childOf(node, segment);
    node.pattern = pattern;
  }
  return root;
}

/** Where folded names stand: in which pattern, at which indices; and what of them stands in none. */
export interface Placing {
  readonly placed: readonly { readonly pattern: string; readonly box: Box }[];
  readonly strays: readonly (readonly PatternSegment[])[];
}

/** Places names that differ in numbers only, all at once: the lists of the folded name become indices of the pattern. */
export function placeSegments(tree: PatternTree, segments: readonly PatternSegment[]): Placing {
  const placed: { pattern: string; box: Box }[] = [];
  const strays = walk(tree, segments, 0, []);
  return { placed, strays };

  /** Returns what found no place, as whole names. */
  function walk(
    node: PatternTree,
    names: readonly PatternSegment[],
    at: number,
    box: Box,
  ): readonly (readonly PatternSegment[])[] {
    const segment = names[at];
    if (segment === undefined) {
      if (node.pattern === undefined) return [names];
      placed.push({ pattern: node.pattern, box });
      return [];
    }
    if (typeof segment === "string") return walkOne(node, names, segment, at, box);
    // Members that the patterns name themselves go their own ways, the others together.
    const own = segment.members.filter((member) => node.children.has(`${segment.prefix}${member}`));
    const rest = segment.members.filter((member) => !own.includes(member));
    return [
      ...own.flatMap((member) => {
        const name = `${segment.prefix}${member}`;
        return walkOne(node, names.with(at, name), name, at, box);
      }),
      ...(rest.length === 0 ? [] : walkList(node, names.with(at, { ...segment, members: rest }), at, box)),
    ];
  }

  function walkOne(
    node: PatternTree,
    names: readonly PatternSegment[],
    segment: string,
    at: number,
    box: Box,
  ): readonly (readonly PatternSegment[])[] {
    const child = node.children.get(segment);
    const left = child === undefined ? [names] : walk(child, names, at + 1, box);
    return left.length === 0 || memberOf(segment) === undefined
      ? left
      : left.flatMap((each) => walkList(node, each, at, box));
  }

  function walkList(
    { lists }: PatternTree,
    names: readonly PatternSegment[],
    at: number,
    box: Box,
  ): readonly (readonly PatternSegment[])[] {
    const segment = names[at] as PatternSegment;
    const named = typeof segment === "string" ? memberOf(segment) : segment;
    const list = named === undefined ? undefined : lists.get(named.prefix);
    if (named === undefined || list === undefined) return [names];
    return walk(list.members, names, at + 1, withIndex(box, list.variable, named.members));
  }
}

/** A member of a list by its name: a number, or a word and a number, as also in `weight_ih_l0` of recurrent layers. */
function memberOf(segment: string): Exclude<PatternSegment, string> | undefined {
  const [, prefix, number] = /^((?:\w*_|(?:weight|bias)_[ih]h_l)?)(0|[1-9]\d{0,8})$/.exec(segment) ?? [];
  return prefix === undefined ? undefined : { prefix, members: [Number(number)] };
}

function withIndex(box: Box, variable: number, members: readonly number[]): Box {
  const own = [...box];
  own[variable] = members;
  return own;
}

function newTree(): PatternTree {
  return { children: new Map(), lists: new Map(), pattern: undefined };
}

function childOf(node: PatternTree, segment: string): PatternTree {
  const [, prefix, variable] = /^(.*)\{(\d+)\}$/.exec(segment) ?? [];
  if (prefix !== undefined) {
    const list = node.lists.get(prefix) ?? { members: newTree(), variable: Number(variable) };
    node.lists.set(prefix, list);
    return list.members;
  }
  let child = node.children.get(segment);
  if (child === undefined) {
    child = newTree();
    node.children.set(segment, child);
  }
  return child;
}
