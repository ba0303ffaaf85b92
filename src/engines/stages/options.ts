import { type Ask, type Said, say } from "../ask.ts";
import { distinctMoe } from "./split.ts";
import { quantizedOnes } from "./stored.ts";

/** What loads as it is, and would not with an option that people set; and scales of which one goes for two. */
export function judgeOptions(ask: Ask): Said[] {
  if (!ask.isServing) return [];
  return [...predictions(ask), ...cacheScales(ask), ...balancing(ask), ...fp4Kernels(ask)];
}

/** Prediction layers are left out unless speculation is on: only then their absence is noticed. */
function predictions({ component, claims, model }: Ask): Said[] {
  const layers = claims.integer("mtp")?.value ?? 0;
  const isStored = model.tensorRoles.some(({ scope }) => scope === "mtp");
  return layers === 0 || isStored || !component.isComplete ? [] : [say("mtp-absent", null, { layers })];
}

/** Of both scales of a cache the one of the keys may stand for both, that of the values not. */
function cacheScales({ engine, component, model }: Ask): Said[] {
  if (engine !== "vllm" || !component.isComplete) return [];
  const has = (pattern: RegExp) =>
    model.tensorRoles.some(({ segments }) => {
      const last = segments.at(-1);
      return typeof last === "string" && pattern.test(last);
    });
  const keys = has(/^(?:k_scale|k_cache_scale)$/);
  const values = has(/^(?:v_scale|v_cache_scale)$/);
  if (keys === values) return [];
  return [say(keys ? "cache-scale-key-lone" : "cache-scale-value-lone", null)];
}

/** vLLM spreads experts with a remainder, and balances them only without one. */
function balancing(ask: Ask): Said[] {
  const { ep } = ask.plan;
  if (ask.engine !== "vllm" || ep === 1) return [];
  return distinctMoe(ask).flatMap(({ experts }) =>
    experts === null || experts % ep === 0 ? [] : [say("eplb-uneven", null, { experts, ep })],
  );
}

/** First compute capabilities of Blackwell: of data centres, and of consumers and workstations. */
const BLACKWELL = 10;
const CONSUMER_BLACKWELL = 12;

function fp4Kernels(ask: Ask): Said[] {
  const { capability, engine, plan } = ask;
  const packed = quantizedOnes(ask).filter(({ weight }) => /^nvfp4/.test(weight.scheme));
  if (capability === null || packed.length === 0) return [];
  const gpu = plan.gpu?.name ?? "";
  if (engine === "sglang" && capability < BLACKWELL && ask.declared?.method === "modelopt")
    return [say("fp4-backend-native", null, { gpu, capability })];
  const hasExperts = packed.some(({ isExpert }) => isExpert);
  return engine === "vllm" && hasExperts && capability >= CONSUMER_BLACKWELL
    ? [say("fp4-experts-consumer", null, { gpu })]
    : [];
}
