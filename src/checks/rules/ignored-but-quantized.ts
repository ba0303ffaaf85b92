import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { declaredModules } from "../declared-modules.ts";
import { placesOf } from "../places.ts";
import page from "./ignored-but-quantized.md";

interface Ignored extends Seen {
  readonly by: string;
}

/** Modules quantized against their own configuration. */
export const ignoredButQuantized = defineCheck<Ignored>({
  id: "ignored-but-quantized",
  family: "quantization",
  severity: "error",
  title: "A module that the skip list names is stored quantized",
  needs: ["whole", "quantized"],
  find: ({ component }) =>
    (declaredModules(component)?.modules ?? []).flatMap(({ parts, count, weight, declared }) => {
      if (declared.state !== "ignored" || weight.scheme === "none" || weight.scheme === "unknown") return [];
      return [
        {
          ...placesOf([parts], count, weight.parameter),
          expected: "none",
          found: weight.scheme,
          by: declared.by,
        },
      ];
    }),
  message: ({ where, found, by }) =>
    `${quoteForMessage(where ?? "")} is ${escapeForTerminal(found ?? "quantized")}, though ${quoteForMessage(by)} is in the skip list`,
  fix: "Take the module out of the skip list, or export it unquantized.",
  page,
});
