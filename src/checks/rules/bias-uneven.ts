import { predicate } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./bias-uneven.md";

/** Runs of layers that have lost the biases which layers of the same make have; single ones are told as odd ones out. */
export const biasUneven = fromFaults(["bias.uneven"], {
  family: "structure",
  title: "Some layers have biases that others of the same make lack",
  needs: ["whole", "layers"],
  message: ({ expected }) => predicate(`has no bias, though ${expected}`),
  fix: "Export the biases of these layers too.",
  page,
});
