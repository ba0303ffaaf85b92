import { formatCount } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { type FaultSeen, fromFaults } from "../from-faults.ts";
import page from "./pipeline-parts-disagree.md";

const KINDS = [
  "pipeline.class-other",
  "pipeline.width-other",
  "pipeline.weight-other",
  "pipeline.weight-missing",
] as const;

type Kinds = (typeof KINDS)[number];

/** Parts of a pipeline that are not what its description says, or do not fit each other. */
export const pipelinePartsDisagree = fromFaults<Kinds>(KINDS, {
  family: "config",
  title: "Parts of the pipeline do not fit each other",
  needs: ["pipeline"],
  message: ({ fault }) => tell(fault),
  fix: "Put the part back that the pipeline was made with, or correct the description.",
  page,
});

function tell({ kind, data }: FaultSeen<Kinds>["fault"]): string {
  const part = quoteForMessage(data.part);
  switch (kind) {
    case "pipeline.class-other":
      return `loads ${part} as ${quoteForMessage(data.className)}, its configuration is of ${quoteForMessage(data.own)}`;
    case "pipeline.weight-other":
      return `${part} has ${data.key} ${formatCount(data.expected)}, side ${data.axis} of ${data.tensor} is ${formatCount(data.stored)}`;
    case "pipeline.weight-missing":
      return `${part} has no ${data.tensor}, and its configuration does not say ${data.key} false`;
    case "pipeline.width-other":
      return `${part} has ${data.key} ${formatCount(data.stated)}, ${data.from} makes ${formatCount(data.expected)}`;
  }
}
