import { member } from "../../checkpoint/config.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./bias-missing.md";

interface Lacking extends Seen {
  readonly reason: string;
}

/** Families whose code has biases at q, k and v whatever the configuration says. */
const ALWAYS: ReadonlySet<string> = new Set(["qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl"]);

/** Biases of attention that were lost in all layers at once. */
export const biasMissing = defineCheck<Lacking>({
  id: "bias-missing",
  family: "config",
  severity: "warning",
  title: "Biases that the model is to have are not stored",
  needs: ["whole", "config", "layers"],
  find: ({ model, config }) => {
    const queries = model.places.filter(
      ({ role, scope }) => (role === "attn.q" || role === "attn.qkv") && scope === "text",
    );
    if (queries.length === 0 || queries.some(({ part }) => part === "bias")) return [];
    const type = member(config, "model_type");
    const isAlways = typeof type === "string" && ALWAYS.has(type);
    const claim = model.claims.flag("attention_bias", "qkv_bias", "use_qkv_bias");
    if (isAlways && claim?.value !== false)
      return [{ severity: "error", expected: "biases", found: "none", reason: `${type} models have one` }];
    if (claim?.value !== true) return [];
    return [
      { expected: `biases (${claim.key})`, found: "none", reason: `the configuration says ${claim.key}` },
    ];
  },
  message: ({ reason }) => `no query projection has a bias, though ${reason}`,
  fix: "Export the biases of the attention projections, or correct the configuration.",
  page,
});
