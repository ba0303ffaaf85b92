import type { StructureDraft, StructureLinear, StructureNode } from "./arch-structure.ts";

/** Layers of which a lost scale or the like hides a shape, and nothing else is other, are of the structure that shows it. */
export function joinUnknown(drafts: readonly StructureDraft[]): readonly StructureDraft[] {
  const whole = drafts.filter(({ nodes }) => !nodes.some(isPartlyUnknown));
  return drafts.filter((draft) => {
    if (whole.includes(draft)) return true;
    const known = whole.find((other) => hidesOnly(draft, other));
    if (known === undefined) return true;
    known.members.push(...draft.members);
    known.nodes = known.nodes.map((node, at) => joinNodes(node, draft.nodes[at] as StructureNode));
    return false;
  });
}

const isPartlyUnknown = ({ title }: StructureNode) => title.includes("?");

function hidesOnly(hiding: StructureDraft, whole: StructureDraft): boolean {
  const [a, b] = [hiding, whole].map(({ context }) => context);
  if (a?.window !== b?.window || a?.layer.group.scope !== b?.layer.group.scope) return false;
  return (
    hiding.nodes.length === whole.nodes.length &&
    hiding.nodes.every((node, at) => {
      const other = whole.nodes[at] as StructureNode;
      const [before = ""] = node.title.split("?");
      const isSame = isPartlyUnknown(node) ? other.title.startsWith(before) : node.title === other.title;
      const isShown = ({ module, in: into, out }: StructureLinear) =>
        other.linears.some((each) => each.module === module && each.in === into && each.out === out);
      return isSame && node.parametersEach === other.parametersEach && node.linears.every(isShown);
    })
  );
}

/** The node of some layers with that of others of the same structure. */
export function joinNodes(a: StructureNode, b: StructureNode): StructureNode {
  const of = ({ module, in: into, out }: StructureLinear) =>
    b.linears.find((each) => each.module === module && each.in === into && each.out === out);
  return {
    ...a,
    bytes: a.bytes + b.bytes,
    linears: a.linears.map((linear) => ({
      ...linear,
      stored: [...linear.stored, ...(of(linear)?.stored ?? [])],
    })),
  };
}
