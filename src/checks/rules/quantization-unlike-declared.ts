import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import { SCHEMES_OF_METHOD } from "../../quantization/methods.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import type { DeclaredWeight } from "../../quantization/scheme.ts";
import { defineCheck, type Seen } from "../check.ts";
import { declaredModules } from "../declared-modules.ts";
import { placesOf } from "../places.ts";
import page from "./quantization-unlike-declared.md";

/** What is stored against what is said, module by module. */
export const quantizationUnlikeDeclared = defineCheck<Seen>({
  id: "quantization-unlike-declared",
  family: "quantization",
  severity: "error",
  title: "A module is quantized otherwise than declared",
  needs: ["whole", "quantized"],
  find: ({ component }) => {
    const found = declaredModules(component);
    return (found?.modules ?? []).flatMap(({ parts, count, weight, declared }) => {
      if (declared.state !== "quantized" || weight.scheme === "none" || weight.scheme === "unknown")
        return [];
      const differs = differences(weight, declared.weight, found?.declaration.method ?? "");
      return differs === undefined ? [] : [{ ...placesOf([parts], count, weight.parameter), ...differs }];
    });
  },
  message: ({ where, expected, found }) =>
    `${quoteForMessage(where ?? "")}: stored ${escapeForTerminal(found ?? "")}, declared ${escapeForTerminal(expected ?? "")}`,
  fix: "Correct the configuration, or export again: engines go by the configuration.",
  page,
});

function differences(
  weight: Weight,
  declared: DeclaredWeight,
  method: string,
): { readonly expected: string; readonly found: string } | undefined {
  const family = Object.hasOwn(SCHEMES_OF_METHOD, method) ? SCHEMES_OF_METHOD[method] : undefined;
  if (family !== undefined && !family.includes(weight.scheme))
    return { expected: method, found: weight.scheme };
  const pairs = [
    ["bits", declared.bits, weight.bits],
    [
      "group",
      declared.group !== null && declared.group > 0 ? declared.group : null,
      weight.granularity === "group" ? weight.group : null,
    ],
    ["block", declared.block?.join("×") ?? null, weight.block?.join("×") ?? null],
  ] as const;
  const differing = pairs.filter(([, said, stored]) => said !== null && stored !== null && said !== stored);
  if (differing.length === 0) return undefined;
  return {
    expected: differing.map(([what, said]) => `${what} ${said}`).join(", "),
    found: differing.map(([what, , stored]) => `${what} ${stored}`).join(", "),
  };
}
