import { formatCount, formatQuantity } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { type FaultSeen, fromFaults } from "../from-faults.ts";
import page from "./adapter-unlike-header.md";

const KINDS = ["adapter.other-base", "adapter.header-rank"] as const;

type Kinds = (typeof KINDS)[number];

/** What a trainer wrote into the header of an adapter, and its tensors say otherwise. */
export const adapterUnlikeHeader = fromFaults<Kinds>(KINDS, {
  family: "adapter",
  title: "The header of an adapter says otherwise than its tensors",
  message: ({ fault }) => tell(fault),
  fix: "Save the adapter again with the metadata of its own training, or correct the metadata.",
  page,
});

function tell({ kind, data }: FaultSeen<Kinds>["fault"]): string {
  switch (kind) {
    case "adapter.other-base":
      return `the header says ${quoteForMessage(data.words)}, and the modules are those of ${data.seen}`;
    case "adapter.header-rank": {
      const modules = formatQuantity(data.modules, "module");
      return `the header says rank ${formatCount(data.declared)}, which no module has: ${modules} of rank ${formatCount(data.rank)}`;
    }
  }
}
