import { fromConfig } from "../from-config.ts";
import page from "./head-although-tied.md";

/** A head is stored although it is tied. */
export const headAlthoughTied = fromConfig(["tie.stored", "key.tied"], {
  title: "A head is stored although it is tied",
  fix: "Drop the head to save its bytes, or set `tie_word_embeddings` to false if it is of its own.",
  page,
});
