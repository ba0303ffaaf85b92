import { quoteForMessage } from "../../format/escape.ts";
import { predicate } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./dtype-uneven.md";

/** Large parts of one model in two float types. */
export const dtypeUneven = fromFaults(["dtype.uneven"], {
  family: "structure",
  title: "Large parts of one model are stored in two float types",
  message: ({ fault: { data } }) =>
    predicate(`is ${data.dtype}, and ${quoteForMessage(data.part)} is ${data.usual}`),
  fix: "Save all parts in one type, unless they are meant to differ.",
  page,
});
