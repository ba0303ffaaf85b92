import { formatQuantity } from "../../format/count.ts";
import { declaresWeights } from "../../quantization/declaration.ts";
import { findDeclarations } from "../../quantization/declared.ts";
import { defineCheck, type Seen } from "../check.ts";
import { findModules, placesOf } from "../places.ts";
import page from "./quantization-undeclared.md";

interface Undeclared extends Seen {
  readonly schemes: readonly string[];
  readonly count: number;
}

/** Quantized weights that nobody announces. */
export const quantizationUndeclared = defineCheck<Undeclared>({
  id: "quantization-undeclared",
  family: "quantization",
  severity: "error",
  title: "Weights are quantized and the configuration does not say so",
  needs: ["whole"],
  find: ({ component, quantization }) => {
    if (findDeclarations(component).some(declaresWeights)) return [];
    const schemesOf = (kind: number) =>
      quantization
        .module(kind)
        .weights.map(({ scheme }) => scheme as string)
        .filter((scheme) => scheme !== "none" && scheme !== "unknown");
    const groups = findModules(component, (kind) => schemesOf(kind).length > 0);
    const schemes = [...new Set(groups.flatMap(({ kind }) => schemesOf(kind)))];
    if (schemes.length === 0) return [];
    const isRaw = schemes.every((scheme) => scheme === "fp8-unscaled");
    const isConfigured = component.configs.has("config.json");
    const severity = !isConfigured ? "info" : isRaw ? "warning" : "error";
    const count = groups.reduce((sum, group) => sum + group.count, 0);
    return [
      {
        ...placesOf(
          groups.flatMap(({ patterns }) => patterns),
          count,
        ),
        where: null,
        count,
        severity,
        expected: "a declaration",
        found: "none",
        schemes,
      },
    ];
  },
  message: ({ schemes, count }) =>
    `${schemes.join(", ")} is stored in ${formatQuantity(count, "module")}, and nothing declares it`,
  fix: "Write `quantization_config` into `config.json`, as the exporting tool does.",
  page,
});
