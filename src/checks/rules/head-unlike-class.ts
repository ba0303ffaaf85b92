import { quoteForMessage } from "../../format/escape.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./head-unlike-class.md";

/** The head that is stored is not that of the class which the configuration names. */
export const headUnlikeClass = fromFaults(["head.other", "head.lost"], {
  family: "config",
  title: "The stored head is not that of the named class",
  needs: ["whole", "config"],
  message: ({ fault: { kind, data, at } }) =>
    kind === "head.other"
      ? `${quoteForMessage(at.format() ?? "")} is stored, and ${quoteForMessage(data.className)} has no such head: loaders leave it out`
      : `${quoteForMessage(data.className)} is named and no head of its task is stored: loaders start one at random`,
  fix: "Name the class that the head is of in `architectures`, or export the head.",
  page,
});
