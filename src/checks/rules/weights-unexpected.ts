import { remark } from "../check.ts";
import { fromSignature } from "../from-signature.ts";
import page from "./weights-unexpected.md";

/** Tensors that the class does not have. */
export const weightsUnexpected = fromSignature(["weights.unexpected"], {
  family: "structure",
  title: "Tensors are stored that the class does not have",
  message: ({ fault: { data } }) => remark(`stored, and not of ${data.against}: loaders pass it over`),
  fix: "Nothing, if another program reads them; else leave them out of the export.",
  page,
});
