import { quoteForMessage } from "../../format/escape.ts";
import { fromSignature } from "../from-signature.ts";
import page from "./prefix-unlike-class.md";

/** Names one level off from those of the class. */
export const prefixUnlikeClass = fromSignature(["class.prefix"], {
  family: "structure",
  title: "Names are one level off from those of the class",
  message: ({ fault: { data } }) =>
    `names lie ${data.is === "lacking" ? "above" : "below"} ${quoteForMessage(data.prefix)}, and those of ${data.against} do not: its library repairs it on load, a head that is not stored starts at random`,
  fix: "Nothing for its own library; other engines may need names as the class has them.",
  page,
});
