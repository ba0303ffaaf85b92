import { fromLoader } from "../loader-findings.ts";
import page from "./tensor-copies-differ.md";

/** Two shards hold different tensors of one name. */
export const tensorCopiesDiffer = fromLoader(["TENSOR_COPIES_DIFFER"], {
  id: "tensor-copies-differ",
  family: "index",
  severity: "error",
  title: "Two shards hold different tensors of one name",
  fix: "Keep the right one, and have the index name it.",
  page,
});
