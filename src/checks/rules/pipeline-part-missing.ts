import { quoteForMessage } from "../../format/escape.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./pipeline-part-missing.md";

/** Parts of a pipeline that its description names, and that are not here or have no weights. */
export const pipelinePartMissing = fromFaults(["pipeline.part-missing", "pipeline.part-unlisted"], {
  family: "files",
  title: "A part of the pipeline is not here",
  needs: ["pipeline"],
  message: ({ fault: { kind, data } }) => {
    const part = quoteForMessage(data.part);
    if (kind === "pipeline.part-unlisted") return `leaves out ${part}, which is here: it is not loaded`;
    return data.lacks === "folder"
      ? `names ${part}, and there is no such folder`
      : `${part} has a configuration and no weights`;
  },
  fix: "Save the pipeline again with all of its parts, or say in its description that the part is left out.",
  page,
});
