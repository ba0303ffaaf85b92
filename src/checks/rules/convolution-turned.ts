import { predicate } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./convolution-turned.md";

/** Convolutions whose sides lie in another order than the framework of the file has them. */
export const convolutionTurned = fromFaults(["convolution.turned"], {
  family: "structure",
  title: "The sides of a convolution lie in another order than its framework has them",
  message: ({ expected, found }) => predicate(`is ${found}; ${expected}`),
  fix: "Turn the weight once more on export: `[out, in, …]` for PyTorch, `[out, …, in]` for MLX.",
  page,
});
