import { quoteForMessage } from "../../format/escape.ts";
import { remark } from "../check.ts";
import { fromSignature } from "../from-signature.ts";
import page from "./weights-missing.md";

/** Tensors that the class has and nothing stores. */
export const weightsMissing = fromSignature(["weights.missing", "weights.renamed"], {
  family: "structure",
  title: "Tensors of the class are not stored",
  message: ({ fault: { kind, data }, found }) =>
    remark(
      kind === "weights.renamed"
        ? `not stored, though ${data.against} has it; ${quoteForMessage(found ?? "")} of the same shape is, which it does not know`
        : `not stored, though ${data.against} has it: loaders start it at random`,
    ),
  fix: "Export these tensors, under the names of the class.",
  page,
});
