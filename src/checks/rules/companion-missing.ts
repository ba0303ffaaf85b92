import { predicate } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./companion-missing.md";

/** One of several tensors that belong together, and the others without it. */
export const companionMissing = fromFaults(["companion.missing"], {
  family: "structure",
  title: "A tensor is not stored that others are worth nothing without",
  message: ({ fault }) => predicate(`is not stored, and ${fault.data.beside} is`),
  fix: "Export it again, with all tensors of the module.",
  page,
});
