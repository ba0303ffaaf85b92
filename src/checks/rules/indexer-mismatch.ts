import { fromConfig } from "../from-config.ts";
import page from "./indexer-mismatch.md";

/** Shapes of the sparse-attention indexer, and the layers that have one. */
export const indexerMismatch = fromConfig(["indexer.shape", "indexer.layers", "key.indexer"], {
  title: "The indexer of sparse attention contradicts the configuration",
  fix: "Correct the numbers of the indexer in `config.json`, or export the missing indexers.",
  page,
});
