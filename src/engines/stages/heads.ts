import { member } from "../../checkpoint/config.ts";
import { isQuantized } from "../../quantization/folded-weights.ts";
import { type Ask, type Said, say } from "../ask.ts";
import type { Declared } from "../declared.ts";
import type { Linear } from "../linears.ts";
import { entriesOf, isNamedTarget, skipListOf } from "../skip-list.ts";
import { FP8_SCHEMES, isPackedInShape } from "./stored.ts";
import { toldPlain } from "./told-plain.ts";

/** A head has to be stored as it is built: which methods pack one, and when, is their own. */
export function judgeHead(ask: Ask): Said[] {
  const head = ask.linears.find(({ role }) => role === "head.lm");
  if (head === undefined || !ask.isServing) return [];
  const told = ask.declared === null ? undefined : judgePacking(ask, ask.declared, head);
  if (told !== undefined) return [told];
  const isOwnless = ask.engine === "vllm" && HEADLESS.has(ask.native?.[0] ?? "");
  const isUntied = ask.claims.flag("tie_word_embeddings")?.value === false;
  return isOwnless && isUntied
    ? [say("head-unexpected", head.at, { architecture: ask.native?.[0] ?? "" })]
    : [];
}

/** Classes of vLLM that compute logits with the embedding, whatever the configuration says. */
const HEADLESS: ReadonlySet<string> = new Set([
  "GemmaForCausalLM",
  "Gemma2ForCausalLM",
  "Gemma3nForCausalLM",
  "Gemma3nForConditionalGeneration",
]);

function judgePacking(ask: Ask, declared: Declared, head: Linear): Said | undefined {
  // SGLang takes the embedding where words are tied, and passes over a head that is stored.
  if (ask.engine === "sglang" && ask.claims.flag("tie_word_embeddings")?.value === true) return undefined;
  const isStored = isQuantized(head.weight);
  const isBuilt = isBuiltPacked(ask, declared, head);
  if (isBuilt === undefined || isBuilt === isStored) return undefined;
  if (!isStored) return isToldPlain(ask, declared) ? toldPlain(ask, head) : undefined;
  const { scheme, tensors } = head.weight;
  const leaf = tensors.find(({ part }) => part === "scale")?.suffix ?? "weight";
  const isSilent = ask.engine === "sglang" && !isPackedInShape(head);
  return say(isSilent ? "head-packed-silently" : "head-packed", head.at, { scheme, leaf });
}

/** Exports of FP8 from before ModelOpt wrote a list have none, and a head that stays plain. */
function isToldPlain(ask: Ask, declared: Declared): boolean {
  const isFp8 = ask.linears.some(({ weight }) => FP8_SCHEMES.has(weight.scheme));
  return !isFp8 || entriesOf(declared).length > 0;
}

/** Whether the engine builds a packed head; undefined where that was not read. */
function isBuiltPacked(ask: Ask, declared: Declared, { name }: Linear): boolean | undefined {
  const { method, value } = declared;
  switch (method) {
    case "fp8":
      return false;
    case "gptq":
    case "awq": {
      if (member(value, "lm_head") !== true) return false;
      return isLeftOut(ask, declared, name) === false;
    }
    case "modelopt": {
      const isPlain = isLeftOut(ask, declared, name);
      return isPlain === undefined ? undefined : !isPlain;
    }
    case "compressed-tensors":
      return isNamedTarget(ask, declared, name);
    default:
      return undefined;
  }
}

function isLeftOut(ask: Ask, declared: Declared, name: string): boolean | undefined {
  const entry = skipListOf(ask, declared)?.entryFor(name);
  return entry === undefined ? undefined : entry !== null;
}
