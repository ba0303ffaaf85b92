import { type Family, type FamilyContext, hasBox, hasRole } from "./family.ts";

/** Zamba calls one attention block again and again: it is stored once for each of a few copies. */
export const ZAMBA: readonly Family[] = [
  {
    id: "zamba2",
    title: "Zamba2",
    modelTypes: ["zamba2"],
    matches: ({ places }) => hasBox(places, "shared_transformer") || hasRole(places, "adapter.inline"),
    remarks: shared,
  },
  {
    id: "zamba",
    title: "Zamba",
    modelTypes: ["zamba"],
    matches: ({ places }) => hasRole(places, "shared_block.link"),
    remarks: shared,
  },
];

function shared({ layers }: FamilyContext): string[] {
  const hybrid = layers.filter((layer) =>
    layer.group.places.some((place) => place.role === "shared_block.link"),
  );
  const uses = hybrid.reduce((sum, layer) => sum + layer.members.length, 0);
  const stored = hybrid
    .filter((layer) => !layer.borrowsBlock)
    .reduce((sum, layer) => sum + layer.members.length, 0);
  return [
    `${uses} layers call a shared attention block that is stored ${stored === 1 ? "once" : `${stored} times`}`,
  ];
}
