import { fromLoader } from "../loader-findings.ts";
import page from "./tensor-in-two-shards.md";

/** A tensor is stored in two shards. */
export const tensorInTwoShards = fromLoader(["TENSOR_IN_TWO_SHARDS"], {
  id: "tensor-in-two-shards",
  family: "index",
  severity: "warning",
  title: "A tensor is stored in two shards",
  fix: "Keep one copy, and have the index name it.",
  page,
});
