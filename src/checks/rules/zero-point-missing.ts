import type { Component } from "../../checkpoint/checkpoint.ts";
import { quantizationOf } from "../../quantization/quantization.ts";
import { gatherWeightModules, tensorPath } from "../../quantization/weight-groups.ts";
import { defineCheck, type Seen } from "../check.ts";
import { packingFindings, tellExpected } from "../packing-findings.ts";
import { namesOfPattern } from "../places.ts";
import page from "./zero-point-missing.md";

/** Asymmetric weights without their zero points: by the format, or by what the configuration says of them. */
export const zeroPointMissing = defineCheck<Seen>({
  id: "zero-point-missing",
  family: "quantization",
  severity: "error",
  title: "An asymmetric weight has no zero point",
  needs: ["whole"],
  find: ({ component }) => [...byFormat(component), ...byDeclaration(component)],
  message: tellExpected,
  fix: "Export the zero points, or declare the weights symmetric if they are.",
  page,
});

function byFormat(component: Component): Seen[] {
  return packingFindings(component)
    .scales.filter(({ code }) => code === "MISSING_ZERO_POINT")
    .map(({ tensor, count, expected, found }) => seenAt(tensor, count, expected, found));
}

/** compressed-tensors stores a zero point only where the configuration says that weights are not symmetric. */
function byDeclaration(component: Component): Seen[] {
  const quantization = quantizationOf(component);
  const [lookup] = quantization.declarations;
  if (lookup === undefined) return [];
  return gatherWeightModules(quantization).flatMap((group) => {
    const weight = group.weights.find(({ scheme }) => scheme === "ct-pack-int");
    if (weight === undefined || weight.parts.some(({ part }) => part === "zero-point")) return [];
    const says = lookup.lookup(group.example);
    if (says.state !== "quantized" || says.weight.symmetric !== false) return [];
    const tensor = tensorPath(group.pattern, "weight_zero_point");
    return [seenAt(tensor, group.count, "a zero point: declared not symmetric", "none")];
  });
}

function seenAt(tensor: string, count: number, expected: string, found: string): Seen {
  return { where: tensor, modules: namesOfPattern(tensor), count, expected, found };
}
