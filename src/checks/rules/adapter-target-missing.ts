import { formatCount, formatQuantity } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { PEFT_PREFIX } from "../../kinds/adapter/naming.ts";
import { type FaultSeen, fromFaults } from "../from-faults.ts";
import page from "./adapter-target-missing.md";

const KINDS = [
  "adapter.target-missing",
  "adapter.unsaved",
  "adapter.untargeted",
  "adapter.beyond-last",
  "adapter.of-memory",
  "adapter.no-prefix",
] as const;

type Kinds = (typeof KINDS)[number];

/** Targets without tensors, and tensors without a target. */
export const adapterTargetMissing = fromFaults<Kinds>(KINDS, {
  family: "adapter",
  title: "A target module of the adapter has no tensors",
  needs: ["whole", "adapter"],
  message: ({ fault }) => tell(fault),
  fix: "Correct `target_modules` in `adapter_config.json`, or train and save the missing modules.",
  page,
});

function tell({ kind, data }: FaultSeen<Kinds>["fault"]): string {
  switch (kind) {
    case "adapter.target-missing":
      return `adapter_config.json targets ${quoteForMessage(data.target)}, and no tensor is stored for it`;
    case "adapter.unsaved":
      return data.taskType === null
        ? `adapter_config.json saves ${quoteForMessage(data.module)} whole, and no tensor is stored for it`
        : `adapter_config.json says task_type ${data.taskType}, and no head for labels is stored: loaders start one at random`;
    case "adapter.untargeted": {
      const more = data.further === 0 ? "" : ` and ${formatQuantity(data.further, "further module")}`;
      return `${quoteForMessage(data.module)}${more}: adapted, and no target in adapter_config.json`;
    }
    case "adapter.beyond-last": {
      const [declared, layers] = [formatCount(data.declared), formatCount(data.layers)];
      return `adapter_config.json says num_layers ${declared}, and ${layers} layers are adapted: those before the last ${declared} are left out`;
    }
    case "adapter.of-memory":
      return `${quoteForMessage(data.name)} is called as in memory, with "${data.segment}": loaders of PEFT adapters put that in once more, and find nothing`;
    case "adapter.no-prefix":
      return `no name begins with "${PEFT_PREFIX}", first ${quoteForMessage(data.module)}: loaders of PEFT adapters find nothing and run the base model`;
  }
}
