import { formatCount } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { predicate } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./sides-unlike.md";

/** Two tensors of one module that no loader can put together. */
export const sidesUnlike = fromFaults(["sides.unlike"], {
  family: "structure",
  title: "Tensors of one module do not fit each other",
  message: ({ fault: { data } }) =>
    predicate(
      `has a side of ${formatCount(data.size)} (axis ${data.axis}), and ${quoteForMessage(data.other)} beside it makes ${formatCount(data.expected)}`,
    ),
  fix: "Export the module again: one of the two is of another model, or was cut.",
  page,
});
