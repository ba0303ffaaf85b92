import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { declaredModules } from "../declared-modules.ts";
import { placesOf } from "../places.ts";
import page from "./targeted-but-plain.md";

interface Plain extends Seen {
  readonly method: string;
}

/** Linear layers that were to be quantized. */
export const targetedButPlain = defineCheck<Plain>({
  id: "targeted-but-plain",
  family: "quantization",
  severity: "warning",
  title: "A module is to be quantized by the configuration and is stored plain",
  needs: ["whole", "quantized"],
  find: ({ component }) => {
    const found = declaredModules(component);
    if (found?.hasQuantized !== true) return [];
    const { method, ignored } = found.declaration;
    const severity = method === "fp8" && ignored.length === 0 ? "info" : "warning";
    return found.modules
      .filter(
        ({ declared, weight, isUsuallyPlain }) =>
          declared.state === "quantized" && weight.scheme === "none" && !isUsuallyPlain,
      )
      .map(({ parts, count, weight }) => ({
        ...placesOf([parts], count),
        severity,
        expected: method,
        found: weight.payloadTensor.dtype,
        method,
      }));
  },
  message: ({ where, found, method }) =>
    `${quoteForMessage(where ?? "")} is stored plain (${found}), though ${escapeForTerminal(method)} is declared for it`,
  fix: "Add the module to the skip list, or export it quantized.",
  page,
});
