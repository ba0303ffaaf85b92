import { formatQuantity } from "../../format/count.ts";
import { predicate } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./token-without-row.md";

/** Words of the tokenizer whose ids lie behind the last row of the table. */
export const tokenWithoutRow = fromFaults(["tokens.without-row"], {
  family: "config",
  title: "The tokenizer adds words that the table has no row for",
  needs: ["whole"],
  message: ({ fault: { data }, expected, found }) =>
    predicate(
      `has ${found}; ${data.file} adds ${formatQuantity(data.ids.length, "word")} beyond them (${expected})`,
    ),
  fix: "Export the table that was trained with the added words, or take the words out of the tokenizer.",
  page,
});
