import { fromConfig } from "../from-config.ts";
import page from "./vocab-size-mismatch.md";

/** The embedding table has another number of rows than the vocabulary. */
export const vocabSizeMismatch = fromConfig(["shape.vocab", "shape.head_vocab", "key.vocab"], {
  title: "The embedding table has another number of rows than the vocabulary",
  fix: "Correct `vocab_size`, or export the table that belongs to the tokenizer.",
  page,
});
