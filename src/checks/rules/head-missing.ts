import { fromConfig } from "../from-config.ts";
import page from "./head-missing.md";

/** The configuration unties the head and none is stored. */
export const headMissing = fromConfig(["tie.missing", "key.tie"], {
  title: "The configuration unties the head and none is stored",
  message: ({ expected }) =>
    `the configuration unties the head from the embedding: ${expected}; and no head such as lm_head.weight is stored`,
  fix: "Export `lm_head.weight`, or set `tie_word_embeddings` to true if the head is tied.",
  page,
});
