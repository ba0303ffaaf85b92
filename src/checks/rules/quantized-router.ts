import { defineCheck, predicate, type Seen } from "../check.ts";
import { quantizedPlaces } from "../quantized-places.ts";
import page from "./quantized-router.md";

/** The router of a mixture of experts is quantized. */
export const quantizedRouter = defineCheck<Seen>({
  id: "quantized-router",
  family: "quantization",
  severity: "warning",
  title: "The router of a mixture of experts is quantized",
  needs: ["quantized"],
  find: (subject) =>
    quantizedPlaces(subject, ({ role }) => role === "moe.router").map(({ bits, ...seen }) => ({
      ...seen,
      severity: bits === null || bits < 8 ? "warning" : "info",
    })),
  message: ({ found }) => predicate(`is ${found}`),
  fix: "Add the routers to the ignore list and export again.",
  page,
});
