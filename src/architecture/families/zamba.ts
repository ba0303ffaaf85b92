import { countSharedBlocks } from "../shared-blocks.ts";
import { type Family, type FamilyContext, hasBox, hasRole } from "./family.ts";

/** Zamba calls one attention block again and again: it is stored once for each of a few copies. */
export const ZAMBA: readonly Family[] = [
  {
    id: "zamba2",
    title: "Zamba2",
    modelTypes: ["zamba2"],
    matches: ({ tensorRoles }) =>
      hasBox(tensorRoles, "shared_transformer") || hasRole(tensorRoles, "adapter.inline"),
    remarks: shared,
  },
  {
    id: "zamba",
    title: "Zamba",
    modelTypes: ["zamba"],
    matches: ({ tensorRoles }) => hasRole(tensorRoles, "shared_block.link"),
    remarks: shared,
  },
];

function shared({ layers }: FamilyContext): string[] {
  const blocks = countSharedBlocks(layers);
  if (blocks === null) return [];
  const stored = blocks.stored === 1 ? "once" : `${blocks.stored} times`;
  return [`${blocks.calls} layers call a shared attention block that is stored ${stored}`];
}
