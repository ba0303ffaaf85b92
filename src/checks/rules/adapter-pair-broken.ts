import { predicate } from "../check.ts";
import { type FaultSeen, fromFaults } from "../from-faults.ts";
import page from "./adapter-pair-broken.md";

const KINDS = [
  "adapter.unpaired",
  "adapter.ranks",
  "adapter.declared-rank",
  "adapter.magnitude",
  "adapter.incomplete",
  "adapter.other-method",
  "adapter.declared-size",
] as const;

type Kinds = (typeof KINDS)[number];

/** Pairs of low-rank matrices, and their ranks. */
export const adapterPairBroken = fromFaults<Kinds>(KINDS, {
  family: "adapter",
  title: "A LoRA matrix has no counterpart, or the ranks differ",
  message: ({ fault }) => predicate(tell(fault)),
  fix: "Save the adapter again with both matrices of every module.",
  page,
});

function tell({ kind, data }: FaultSeen<Kinds>["fault"]): string {
  switch (kind) {
    case "adapter.unpaired":
      return `has no counterpart ${data.leaf}`;
    case "adapter.ranks":
      return `has rank ${data.rank}, its counterpart ${data.other}`;
    case "adapter.declared-rank":
      return `has rank ${data.rank}, adapter_config.json says ${data.declared}`;
    case "adapter.incomplete":
      return `has no ${data.leaf}, which most modules of the adapter have`;
    case "adapter.other-method":
      return `has tensors of ${data.stored}, and adapter_config.json says peft_type ${data.declared}: loaders look for other names`;
    case "adapter.declared-size":
      return `has a side of ${data.stored}, ${data.key} in adapter_config.json makes ${data.declared}`;
    case "adapter.magnitude":
      return data.lacks === "magnitude"
        ? "has no magnitude vector, and adapter_config.json says use_dora"
        : data.lacks === "pair"
          ? "has a magnitude vector, and no pair that it scales"
          : "has a magnitude vector, and adapter_config.json says use_dora false: loaders leave it out";
  }
}
