import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { placesOf } from "../places.ts";
import { findDeviants } from "../siblings.ts";
import { staticWithoutInputScales } from "../static-activations.ts";
import page from "./input-scale-missing.md";

interface Lacking extends Seen {
  readonly text: string;
}

/** Input scales are all there or none: some experts without one, or a static scheme without any. */
export const inputScaleMissing = defineCheck<Lacking>({
  id: "input-scale-missing",
  family: "quantization",
  severity: "error",
  title: "A weight has no input scale though its like have one",
  needs: ["whole", "quantized"],
  find: ({ component }) => {
    const uneven = findDeviants(component)
      .filter(({ difference }) => difference.about === "activation" && difference.state === "lacks")
      .map(({ parts, count, difference, list, usualCount }) => ({
        ...placesOf([parts], count, difference.path),
        expected: difference.usual,
        found: null,
        text: `is not stored, though ${usualCount} other ${list} have it: activations are divided by it`,
      }));
    const declared = staticWithoutInputScales(component);
    return declared === undefined
      ? uneven
      : [
          ...uneven,
          {
            severity: "warning" as const,
            where: "",
            count: 1,
            expected: "input scales",
            found: "none",
            text: `${declared} declares static activation scales, and no input scale is stored`,
          },
        ];
  },
  message: ({ where, text }) => (where === "" ? text : `${quoteForMessage(where ?? "")} ${text}`),
  fix: "Calibrate with data that reaches every expert, or give the missing ones the largest scale of their siblings.",
  page,
});
