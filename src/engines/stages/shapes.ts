import { member } from "../../checkpoint/config.ts";
import { type Ask, type Said, say } from "../ask.ts";
import { judgeBlocks } from "./blocks.ts";
import { judgeGroups } from "./groups.ts";
import { judgeMlxShapes } from "./mlx-shapes.ts";
import { judgeSplit } from "./split.ts";

/** Whether sizes are what the class expects, and divide as the plan asks. */
export function judgeShapes(ask: Ask): Said[] {
  const sizes = [...vocabulary(ask), ...headWidth(ask), ...(ask.engine === "mlx" ? judgeMlxShapes(ask) : [])];
  if (!ask.isServing && ask.engine !== "trtllm") return sizes;
  return [...sizes, ...judgeSplit(ask), ...judgeBlocks(ask), ...judgeGroups(ask)];
}

/** Tables have exactly as many rows as the configuration says words. */
function vocabulary(ask: Ask): Said[] {
  if (ask.engine === "trtllm" || ask.engine === "mlx" || ask.engine === "llama.cpp") return [];
  const vocabulary = member(ask.text, "vocab_size") ?? member(ask.claims.top, "vocab_size");
  if (typeof vocabulary !== "number" || !ask.component.isComplete) return [];
  // Encoders and decoders may have a vocabulary each, drafts one of their own.
  if (ask.has("draft_vocab_size") || ask.model.stacks.some(({ scope }) => scope === "decoder")) return [];
  return ask.linears.flatMap(({ role, cut, outputs, at, weight, leaf }) => {
    if (cut !== "vocabulary" || outputs === null || outputs === vocabulary || ask.model.main === undefined)
      return [];
    // What ends an encoder (SigLIP's `text_model.head`) projects, and writes no words.
    if (role === "head.lm" && !ask.model.isGenerative && leaf !== "lm_head") return [];
    // Where tables are packed in shape, rows are what they are read as.
    if (weight.confidence !== undefined && weight.confidence !== "certain") return [];
    if (role === "head.lm" && ask.claims.flag("tie_word_embeddings")?.value === true) return [];
    return [say("vocabulary-differs", at, { rows: outputs, vocabulary, engine: ask.engine })];
  });
}

/** Classes that take the width of a head from the hidden size where the configuration has none. */
const DERIVES =
  /^(?:llama|mistral|mixtral|qwen2|qwen2_moe|phi3|olmo|olmo2|internlm2|internlm3|stablelm|starcoder2|granite|granitemoe|exaone|yi|arcee|solar|persimmon|cohere)$/;

function headWidth(ask: Ask): Said[] {
  const { claims, engine } = ask;
  const type = member(ask.text, "model_type") ?? ask.modelType;
  if (engine === "trtllm" || engine === "llama.cpp" || typeof type !== "string" || !DERIVES.test(type))
    return [];
  if (typeof member(ask.text, "head_dim") === "number") return [];
  const heads = claims.integer("heads")?.value;
  const width = claims.integer("hidden")?.value;
  if (heads === undefined || width === undefined || heads === 0) return [];
  const expected = heads * Math.floor(width / heads);
  return ask.linears
    .filter(({ role, outputs }) => role === "attn.q" && outputs !== null && outputs !== expected)
    .map(({ at, outputs, inputs }) =>
      say("head-width-derived", at, {
        stored: outputs ?? 0,
        columns: inputs ?? 0,
        expected,
        heads,
        width: Math.floor(width / heads),
        right: (outputs ?? 0) / heads,
      }),
    );
}
