import { member } from "../../checkpoint/config.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./adapter-target-missing.md";

interface Target extends Seen {
  readonly text: string;
}

/** What PEFT puts before the name of every module that it adapts, and looks for when it loads. */
const PEFT_PREFIX = "base_model.model.";

/** Targets without a pair of matrices. */
export const adapterTargetMissing = defineCheck<Target>({
  id: "adapter-target-missing",
  family: "adapter",
  severity: "warning",
  title: "A target module of the adapter has no tensors",
  needs: ["whole", "adapter"],
  find: ({ component: { table, configs } }) => {
    const config = configs.get("adapter_config.json");
    const adapted = new Set<string>();
    let first: string | undefined;
    let hasPrefix = false;
    for (let row = 0; row < table.count; row++) {
      const module = /^(.*)\.lora_(?:embedding_)?A(?:\.|$)/.exec(table.name(row))?.[1];
      if (module === undefined) continue;
      first ??= module;
      hasPrefix ||= module.startsWith(PEFT_PREFIX);
      for (const ending of endingsOf(module)) adapted.add(ending);
    }
    if (first === undefined) return [];
    if (typeof member(config, "peft_type") === "string" && !hasPrefix) return [withoutPrefix(first)];
    const targets: unknown = member(config, "target_modules");
    if (!Array.isArray(targets)) return [];
    return targets
      .filter((target): target is string => typeof target === "string" && !adapted.has(target))
      .map((target) => ({
        where: target,
        expected: "lora_A and lora_B",
        found: "none",
        text: `adapter_config.json targets ${quoteForMessage(target)}, and no tensor is stored for it`,
      }));
  },
  message: ({ text }) => text,
  fix: "Correct `target_modules` in `adapter_config.json`, or train and save the missing modules.",
  page,
});

function withoutPrefix(module: string): Target {
  return {
    severity: "error",
    at: PlaceSet.named(module),
    expected: `${PEFT_PREFIX}${module}`,
    found: module,
    text: `no name begins with "${PEFT_PREFIX}", first ${quoteForMessage(module)}: loaders of PEFT adapters find nothing and run the base model`,
    fix: `Put "${PEFT_PREFIX}" before every name of the adapter.`,
  };
}

/** A target is the end of a module's path, of any length: all of them, so that each target is one look-up. */
function* endingsOf(module: string): Generator<string> {
  for (let at = module.length; at > 0; ) {
    at = module.lastIndexOf(".", at - 1);
    yield module.slice(at + 1);
    if (at <= 0) return;
  }
}
