import type { BoxData, PackedBox, PackedBoxes, WordNumber } from "./data.ts";

/** Where a word is not known. */
const NONE = -1;

export function packBoxes(root: BoxData): PackedBoxes {
  const words = new Map<string, number>();
  const wordOf = (word: string | null): WordNumber => {
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
