import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./name-doubled.md";

/** Prefixes of layer lists with an empty or a repeated segment. */
export const nameDoubled = defineCheck<Seen>({
  id: "name-doubled",
  family: "structure",
  severity: "warning",
  title: "A name has an empty or doubled segment before its layers",
  needs: ["layers"],
  find: ({ model }) =>
    model.stacks
      .filter(({ prefix }) => {
        const segments = prefix.split(".");
        return segments.some((segment, at) => segment === "" || segment === segments[at + 1]);
      })
      .map(({ prefix, groups }) => ({
        where: prefix,
        modules: [prefix],
        count: groups.reduce((sum, group) => sum + group.members.length, 0),
        found: prefix,
      })),
  message: ({ where }) => `${quoteForMessage(where ?? "")} has an empty or doubled segment before its layers`,
  fix: "Convert the names once, from the original; do not convert a converted checkpoint.",
  page,
});
