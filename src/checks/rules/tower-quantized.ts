import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { declaredModules } from "../declared-modules.ts";
import { placesOf } from "../places.ts";
import page from "./tower-quantized.md";

/** Schemes whose tools quantize all linear layers, towers included, and read them so. */
const WHOLE_MODEL = /^(?:mlx-|bnb-)/;

/** Towers that a quantizer was not kept away from. */
export const towerQuantized = defineCheck<Seen>({
  id: "tower-quantized",
  family: "quantization",
  severity: "warning",
  title: "A vision or audio tower is quantized",
  needs: ["whole", "quantized"],
  find: ({ component }) =>
    (declaredModules(component)?.modules ?? [])
      .filter(
        ({ isInTower, weight, declared }) =>
          isInTower &&
          weight.scheme !== "none" &&
          weight.scheme !== "unknown" &&
          declared.state !== "ignored" &&
          !WHOLE_MODEL.test(weight.scheme),
      )
      .map(({ parts, count, weight }) => ({
        ...placesOf([parts], count),
        expected: "none",
        found: weight.scheme,
      })),
  message: ({ where, found }) =>
    `${quoteForMessage(where ?? "")} is ${escapeForTerminal(found ?? "quantized")}`,
  fix: "Add the tower to the skip list and export again, unless you measured that it holds.",
  page,
});
