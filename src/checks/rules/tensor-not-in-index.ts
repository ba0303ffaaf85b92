import { fromLoader } from "../loader-findings.ts";
import page from "./tensor-not-in-index.md";

/** A shard holds a tensor that the index leaves out. */
export const tensorNotInIndex = fromLoader(["TENSOR_NOT_IN_INDEX"], {
  id: "tensor-not-in-index",
  family: "index",
  severity: "warning",
  title: "A shard holds a tensor that the index leaves out",
  fix: "Write the index anew from the headers, or drop the tensors that are not meant to be there.",
  page,
});
