import { member } from "../../checkpoint/config.ts";
import type { Override } from "../declaration.ts";
import type { DeclaredNumbers } from "../declared-numbers.ts";
import { makeRule, type NameRule } from "../name-rules.ts";
import { changes, entries, type Parsed, strings, text, weightOf, withIgnored } from "./fields.ts";

const LISTING = "modules_in_block_to_quantize";

/** GPTQ: settings for all, `dynamic` patterns of exceptions, and perhaps a list of all that is quantized in a layer. */
export function parseGptq(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = {
    ...weightOf(config, method, numbers),
    format: text(config, "checkpoint_format") ?? text(config, "format"),
    activations: "plain" as const,
  };
  const overrides: Override[] = [];
  for (const [pattern, value] of entries(member(config, "dynamic"))) {
    const isSkip = pattern.startsWith("-:");
    const rule = makeRule(pattern.replace(/^[-+]:/, ""), "regex-start");
    overrides.push({
      rule,
      weight: isSkip || value === false ? "plain" : { ...weight, ...changes(value, numbers) },
    });
  }
  const ignored = strings(member(config, "modules_to_not_convert")).map((name) =>
    makeRule(name, "substring"),
  );
  const targets = targetsOf(config);
  return { weight, overrides, ignored, targets, listing: targets === null ? null : LISTING };
}

/** Names relative to a layer, often in lists of those that are quantized together; the head by a flag of its own. */
function targetsOf(config: object): NameRule[] | null {
  const listed = member(config, LISTING);
  const names = Array.isArray(listed) ? listed.flatMap((each: unknown) => strings(each)) : [];
  if (names.length === 0) return null;
  const head = member(config, "lm_head") === true ? ["lm_head"] : [];
  return [...new Set([...names, ...head])].map((name) => makeRule(name, "substring"));
}

/** AWQ: settings for all, and a list of pieces of names. */
export function parseAwq(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  return withIgnored(config, "substring", ["modules_to_not_convert"], {
    ...weightOf(config, method, numbers),
    activations: "plain",
  });
}
