/** A name's pattern and the indices that make the name of it. */
export interface Match {
  readonly pattern: string;
  readonly indices: readonly number[];
}

interface Node {
  readonly children: Map<string, Node>;
  /** Members of a list: any number. */
  list: Node | undefined;
  /** The index of the list's number in the pattern. */
  variable: number;
  pattern: string | undefined;
}

/**
 * Reads names as patterns. A number that stands in a pattern itself goes before an index, as `layers.0` may be a row of
 * its own. Steps: the segments of the name, whatever the number of patterns.
 */
export function buildMatcher(patterns: Iterable<string>): (name: string) => Match | undefined {
  const root = newNode();
  for (const pattern of patterns) {
    let node = root;
    for (const segment of pattern.split(".")) node = childOf(node, segment);
    node.pattern = pattern;
  }
  return (name) => {
    const indices: number[] = [];
    const node = walk(root, name.split("."), 0, indices);
    return node?.pattern === undefined ? undefined : { pattern: node.pattern, indices };
  };
}

function newNode(): Node {
  return { children: new Map(), list: undefined, variable: -1, pattern: undefined };
}

function childOf(node: Node, segment: string): Node {
  const index = /^\{(\d+)\}$/.exec(segment);
  if (index !== null) {
    node.list ??= newNode();
    node.variable = Number(index[1]);
    return node.list;
  }
  let child = node.children.get(segment);
  if (child === undefined) {
    child = newNode();
    node.children.set(segment, child);
  }
  return child;
}

function walk(node: Node, segments: readonly string[], at: number, indices: number[]): Node | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.pattern === undefined ? undefined : node;
  const child = node.children.get(segment);
  const found = child && walk(child, segments, at + 1, indices);
  if (found !== undefined || node.list === undefined || !/^(0|[1-9]\d{0,8})$/.test(segment)) return found;
  indices[node.variable] = Number(segment);
  return walk(node.list, segments, at + 1, indices);
}
