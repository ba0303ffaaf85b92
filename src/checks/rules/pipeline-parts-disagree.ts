import { member } from "../../checkpoint/config.ts";
import type { Pipeline } from "../../checkpoint/pipeline.ts";
import { formatCount } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { findMisfits } from "../../kinds/pipeline/widths.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./pipeline-parts-disagree.md";

interface Misfit extends Seen {
  readonly text: string;
}

/** Parts of a pipeline that are not what its description says, or do not fit each other. */
export const pipelinePartsDisagree = defineCheck<Misfit>({
  id: "pipeline-parts-disagree",
  family: "config",
  severity: "error",
  title: "Parts of the pipeline do not fit each other",
  needs: ["pipeline"],
  find: ({ checkpoint: { pipeline }, isFirst }) =>
    pipeline == null || !isFirst ? [] : [...otherClasses(pipeline), ...otherWidths(pipeline)],
  message: ({ text }) => text,
  fix: "Put the part back that the pipeline was made with, or correct the description.",
  page,
});

function otherClasses({ file, parts }: Pipeline): Misfit[] {
  if (file === "modules.json") return [];
  return parts.flatMap(({ name, className, config }): Misfit[] => {
    const architectures = member(config, "architectures");
    const own =
      member(config, "_class_name") ?? (Array.isArray(architectures) ? architectures[0] : undefined);
    if (typeof own !== "string" || className === null || own === className) return [];
    const text = `loads ${quoteForMessage(name)} as ${quoteForMessage(className)}, its configuration is of ${quoteForMessage(own)}`;
    return [{ where: name, shard: file, expected: className, found: own, text }];
  });
}

function otherWidths(pipeline: Pipeline): Misfit[] {
  return findMisfits(pipeline).map(({ part, key, stated, expected, from }) => ({
    where: part,
    shard: `${part === "" ? "" : `${part}/`}config.json`,
    expected: formatCount(expected),
    found: formatCount(stated),
    text: `${quoteForMessage(part)} has ${key} ${formatCount(stated)}, ${from} makes ${formatCount(expected)}`,
  }));
}
