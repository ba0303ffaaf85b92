import { predicate } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./adapter-unmerged.md";

/** Low-rank factors that were never added to the weights beside them. */
export const adapterUnmerged = fromFaults(["adapter.unmerged"], {
  family: "adapter",
  title: "Low-rank factors stand unmerged in a full model",
  message: ({ found }) => predicate(`has ${found} beside its weight: loaders of the model leave them out`),
  fix: "Merge the adapter into the weights (`merge_and_unload`), or save it as an adapter of its own.",
  page,
});
