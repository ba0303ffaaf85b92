import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { orphanedTogether } from "../orphans.ts";
import { findModules, placesOf } from "../places.ts";
import page from "./payload-missing.md";

/** Several tensors of a quantizer in one module, and no packed values. */
export const payloadMissing = defineCheck<Seen>({
  id: "payload-missing",
  family: "quantization",
  severity: "error",
  title: "Scales are stored and the weight is not",
  needs: ["whole"],
  find: ({ component, quantization }) =>
    findModules(component, (kind) => orphanedTogether(quantization.module(kind)).length > 0).map((group) => ({
      ...placesOf(group.patterns, group.count),
      expected: "a packed weight",
      found: orphanedTogether(quantization.module(group.kind)).join(", "),
    })),
  message: ({ where, found }) => `${quoteForMessage(where ?? "")} has ${found} and no packed weight`,
  fix: "Export the weight again with its scales.",
  page,
});
