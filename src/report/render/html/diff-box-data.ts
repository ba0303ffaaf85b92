import type { DiffResult } from "../../../analysis/diff.ts";
import type { BoxData } from "../../../page/data.ts";
import { sizeOf } from "../../../page/ranges.ts";

/** Boxes of one page; of more, the smallest changes are left out, and the page says so. */
const MAX_BOXES = 400;

type PlaceRow = DiffResult["removed"][number]["places"][number];

/** A leaf before it has a place: weights that changed alike. */
interface Change {
  readonly place: PlaceRow;
  readonly count: number;
  /** Bytes after less bytes before. */
  readonly delta: number;
  readonly note: string;
}

interface Branch {
  readonly name: string;
  readonly path: string;
  readonly branches: Map<string, Branch>;
  readonly leaves: BoxData[];
}

/**
 * What a comparison changed as boxes: the area is the bytes by which a module grew or shrank, whichever it was. Null where
 * every change kept its size.
 */
export function diffBoxData(diff: DiffResult, share = 1): BoxData | null {
  const changes = changesOf(diff)
    .filter(({ delta }) => delta !== 0)
    .sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
  if (changes.length === 0) return null;
  const most = Math.ceil(MAX_BOXES * share);
  const root: Branch = { name: "", path: "", branches: new Map(), leaves: [] };
  for (const change of changes.slice(0, most)) put(root, change);
  const boxes = toBox(root);
  return changes.length > most ? { ...boxes, isCut: true } : boxes;
}

function changesOf({ removed, added, changed }: DiffResult): Change[] {
  const spread = (
    { places }: { readonly places: readonly PlaceRow[] },
    delta: number,
    note: string,
  ): Change[] => {
    const counts = places.map(countOf);
    const all = counts.reduce((sum, count) => sum + count, 0);
    return places.map((place, at) => {
      const count = counts[at] ?? 0;
      return { place, count, delta: (delta * count) / Math.max(1, all), note };
    });
  };
  return [
    ...removed.flatMap((row) => spread(row, -row.bytes, `removed: ${row.stored}`)),
    ...added.flatMap((row) => spread(row, row.bytes, `added: ${row.stored}`)),
    ...changed.flatMap((row) =>
      spread(row, row.bytes.after - row.bytes.before, `${row.before} → ${row.after}`),
    ),
  ];
}

/** Modules that a place stands for. */
function countOf({ layers, experts }: PlaceRow): number {
  return (layers === null ? 1 : sizeOf(layers)) * (experts === null ? 1 : sizeOf(experts));
}

function put(root: Branch, { place, count, delta, note }: Change): void {
  const { stack, layers, module, experts } = place;
  const own = experts === null ? module : (module?.replace(/(^|\.)#(?=\.|$)/, `$1{${experts}}`) ?? null);
  const path = [stack, layers === null ? null : `{${layers}}`, own].filter((part) => part !== null).join(".");
  // Sets of numbers hold no dots: a path is cut at its dots alone.
  const segments = path.split(".");
  const name = segments.pop() ?? "";
  let branch = root;
  for (const segment of segments) {
    const known = branch.branches.get(segment) ?? {
      name: segment,
      path: branch.path === "" ? segment : `${branch.path}.${segment}`,
      branches: new Map(),
      leaves: [],
    };
    branch.branches.set(segment, known);
    branch = known;
  }
  branch.leaves.push({
    name,
    path,
    count,
    bytes: Math.abs(delta),
    parameters: 0,
    role: delta > 0 ? "grown" : "shrunk",
    scheme: null,
    dtype: null,
    bits: null,
    differs: note,
    children: [],
  });
}

function toBox({ name, path, branches, leaves }: Branch): BoxData {
  const children = [...Array.from(branches.values(), toBox), ...leaves].sort((a, b) => b.bytes - a.bytes);
  return {
    name,
    path,
    count: 1,
    bytes: children.reduce((sum, child) => sum + child.bytes, 0),
    parameters: 0,
    role: "change",
    scheme: null,
    dtype: null,
    bits: null,
    differs: null,
    children,
  };
}
