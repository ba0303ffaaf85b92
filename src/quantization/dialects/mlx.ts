import { member } from "../../checkpoint/config.ts";
import type { Override } from "../declaration.ts";
import type { DeclaredNumbers } from "../declared-numbers.ts";
import { makeRule } from "../name-rules.ts";
import type { DeclaredWeight } from "../scheme.ts";
import { changes, entries, type Parsed, text, weightOf } from "./fields.ts";

/** What a loader takes for an entry without a mode. */
const USUAL_MODE = "affine";

/** MLX: settings for whatever has scales, and entries by exact path: settings, or `false`. */
export function parseMlx(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight: DeclaredWeight = {
    ...weightOf(config, method, numbers),
    format: text(config, "mode") ?? USUAL_MODE,
    activations: "plain",
  };
  const overrides: Override[] = [];
  for (const [key, value] of entries(config)) {
    if (value === false) overrides.push({ rule: makeRule(key, "exact"), weight: "plain" });
    else if (isEntry(value))
      overrides.push({
        rule: makeRule(key, "exact"),
        weight: { ...weight, ...changes(value, numbers), format: text(value, "mode") ?? USUAL_MODE },
      });
  }
  return { weight, overrides };
}

function isEntry(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return typeof member(value, "bits") === "number" || text(value, "mode") !== null;
}
