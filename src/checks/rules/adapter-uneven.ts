import { predicate } from "../check.ts";
import { type FaultSeen, fromFaults } from "../from-faults.ts";
import page from "./adapter-uneven.md";

const KINDS = [
  "adapter.alphas",
  "adapter.alpha-shape",
  "adapter.namings",
  "adapter.odd-end",
  "adapter.vectors",
] as const;

type Kinds = (typeof KINDS)[number];

/** Modules of one adapter that are stored in two ways. */
export const adapterUneven = fromFaults<Kinds>(KINDS, {
  family: "adapter",
  title: "Modules of an adapter are stored in two ways, or under names that no base has",
  message: ({ fault }) => predicate(tell(fault)),
  fix: "Save the adapter once more with one tool, with an alpha for every module or for none.",
  page,
});

function tell({ kind, data }: FaultSeen<Kinds>["fault"]): string {
  switch (kind) {
    case "adapter.alphas":
      return `has no alpha, and ${data.others} other ${data.others === 1 ? "module has" : "modules have"} one`;
    case "adapter.alpha-shape":
      return "has an alpha that is no single number: loaders fail on it, or scale each row otherwise";
    case "adapter.vectors":
      return `has ${data.vectors} vectors, the other encoder's part ${data.other}`;
    case "adapter.odd-end":
      return "has a name that ends in an underscore: no module of a base is called so, and loaders leave it out";
    case "adapter.namings":
      return `has a name as of ${data.naming}, most modules as of ${data.usual}`;
  }
}
