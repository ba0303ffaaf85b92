import { member } from "../../checkpoint/config.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./adapter-target-missing.md";

interface Target extends Seen {
  readonly target: string;
}

/** Targets without a pair of matrices. */
export const adapterTargetMissing = defineCheck<Target>({
  id: "adapter-target-missing",
  family: "adapter",
  severity: "warning",
  title: "A target module of the adapter has no tensors",
  needs: ["whole", "adapter"],
  find: ({ component: { table, configs } }) => {
    const targets = member(configs.get("adapter_config.json"), "target_modules");
    if (!Array.isArray(targets)) return [];
    const adapted = new Set<string>();
    for (let row = 0; row < table.count; row++) {
      const module = /^(.*)\.lora_(?:embedding_)?A(?:\.|$)/.exec(table.name(row))?.[1];
      for (const ending of endingsOf(module ?? "")) adapted.add(ending);
    }
    if (adapted.size === 0) return [];
    return targets
      .filter((target): target is string => typeof target === "string" && !adapted.has(target))
      .map((target) => ({ where: target, expected: "lora_A and lora_B", found: "none", target }));
  },
  message: ({ target }) =>
    `adapter_config.json targets ${quoteForMessage(target)}, and no tensor is stored for it`,
  fix: "Correct `target_modules` in `adapter_config.json`, or train and save the missing modules.",
  page,
});

/** A target is the end of a module's path, of any length: all of them, so that each target is one look-up. */
function* endingsOf(module: string): Generator<string> {
  for (let at = module.length; at > 0; ) {
    at = module.lastIndexOf(".", at - 1);
    yield module.slice(at + 1);
    if (at <= 0) return;
  }
}
