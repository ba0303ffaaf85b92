import type { BoxData } from "./data.ts";

/** Boxes as the page holds them: a list each, words by number, and no path, as names make it up. A tenth of the size. */
export interface PackedBoxes {
  readonly words: readonly string[];
  readonly root: PackedBox;
}

type Word = number;
type PackedBox = readonly [
  name: string,
  count: number,
  bytes: number,
  parameters: number,
  role: Word,
  scheme: Word,
  dtype: Word,
  bits: number | null,
  differs: string | 0,
  isCut: 0 | 1,
  children: readonly PackedBox[],
];

/** Where a word is not known. */
const NONE = -1;

export function packBoxes(root: BoxData): PackedBoxes {
  const words = new Map<string, number>();
  const wordOf = (word: string | null): Word => {
    if (word === null) return NONE;
    const known = words.get(word) ?? words.size;
    words.set(word, known);
    return known;
  };
  const pack = (box: BoxData): PackedBox => [
    box.name,
    box.count,
    box.bytes,
    box.parameters,
    wordOf(box.role),
    wordOf(box.scheme),
    wordOf(box.dtype),
    box.bits,
    box.differs ?? 0,
    box.isCut === true ? 1 : 0,
    box.children.map(pack),
  ];
  const packed = pack(root);
  return { words: [...words.keys()], root: packed };
}

export function unpackBoxes({ words, root }: PackedBoxes): BoxData {
  const unpack = (packed: PackedBox, above: string): BoxData => {
    const [name, count, bytes, parameters, role, scheme, dtype, bits, differs, isCut, children] = packed;
    const path = above === "" ? name : `${above}.${name}`;
    return {
      name,
      path,
      count,
      bytes,
      parameters,
      role: words[role] ?? null,
      scheme: words[scheme] ?? null,
      dtype: words[dtype] ?? null,
      bits,
      differs: differs === 0 ? null : differs,
      children: children.map((child) => unpack(child, path)),
      ...(isCut === 1 ? { isCut: true } : {}),
    };
  };
  return unpack(root, "");
}
