import { member } from "../../checkpoint/config.ts";
import { isQuantized } from "../../quantization/folded-weights.ts";
import { type Ask, type Said, say } from "../ask.ts";

/** What the engine would look for in vain. */
export function judgeMissing(ask: Ask): Said[] {
  if (!ask.component.isComplete) return [];
  return [...missingHead(ask), ...missingScales(ask), ...tower(ask)];
}

/** A class that writes text, with a head of its own. */
const WRITES = /(?:ForCausalLM|LMHeadModel|ForConditionalGeneration)$/;

function missingHead(ask: Ask): Said[] {
  const { claims, model, engine } = ask;
  const isUntied =
    member(claims.top, "tie_word_embeddings") === false ||
    (member(claims.top, "tie_word_embeddings") === undefined &&
      member(claims.text, "tie_word_embeddings") === false);
  if (!isUntied || !model.isGenerative || !WRITES.test(ask.architectures[0] ?? "")) return [];
  // Between encoder and decoder the tables are tied in ways of their own.
  if (model.stacks.some(({ scope }) => scope === "decoder")) return [];
  const hasHead = model.tensorRoles.some(({ role }) => role === "head.lm");
  const hasTable = model.tensorRoles.some(({ role }) => role === "embed.token");
  if (hasHead || !hasTable || HEADS_ELSEWHERE.test(ask.architectures[0] ?? "")) return [];
  if (engine === "vllm" && ask.declared === null) return [say("head-missing", null)];
  if (engine === "mlx") return [say("weights-missing", null, { expected: "lm_head.weight" })];
  return engine === "llama.cpp" ? [] : [say("head-random", null)];
}

/** Classes whose configuration says untied and whose head is the embedding, or of another name. */
const HEADS_ELSEWHERE = /^(?:Gemma|Cohere|Bloom|GPT2|GPTBigCode|MPT|Falcon|RW|T5|MT5|UMT5)/;

function missingScales(ask: Ask): Said[] {
  if (!ask.isServing || ask.declared === null) return [];
  return ask.linears.flatMap(({ weight, at }) => {
    const lacking = weight.findings.find(({ code }) => code === "MISSING_SCALE");
    return isQuantized(weight) && lacking !== undefined
      ? [say("scale-missing", at, { suffix: lacking.suffix })]
      : [];
  });
}

/** Towers that mlx-lm's text models have no module for, where their own code does not leave them out. */
function tower({ engine, model, mlxModule, tables }: Ask): Said[] {
  if (engine !== "mlx" || tables.mlx?.withoutTowers.includes(mlxModule)) return [];
  const tensorRoles = model.tensorRoles.filter(({ scope }) => SIDES.has(scope));
  const tensors = tensorRoles.reduce((sum, { count }) => sum + count, 0);
  return tensors === 0 ? [] : [say("tower-unexpected", null, { tensors })];
}

const SIDES: ReadonlySet<string> = new Set(["vision", "audio", "projector"]);
