import { member } from "../../checkpoint/config.ts";
import { type Ask, type Said, say } from "../ask.ts";
import type { Linear } from "../linears.ts";
import { endsStart } from "../outcomes.ts";
import { judgeBlocks } from "./blocks.ts";
import { judgeClass } from "./class.ts";
import { judgeGroups } from "./groups.ts";
import { judgeMlxShapes } from "./mlx-shapes.ts";
import { judgePacking } from "./packing.ts";
import { judgeSplit } from "./split.ts";

/** Whether sizes are what the class expects, and divide as the plan asks. */
export function judgeShapes(ask: Ask): Said[] {
  const sizes = [...vocabulary(ask), ...headWidth(ask), ...(ask.engine === "mlx" ? judgeMlxShapes(ask) : [])];
  const isSplit = ask.isServing || ask.engine === "trtllm";
  const cut = isSplit ? [...judgeSplit(ask), ...judgeBlocks(ask), ...judgeGroups(ask)] : [];
  // What has a rule of its own says more than the comparison with the class.
  const own = [...sizes, ...cut];
  return own.some(endsStart) ? own : [...own, ...ask.once(judgeClass), ...ask.once(judgePacking)];
}

/** Tables have exactly as many rows as the configuration says words. */
function vocabulary(ask: Ask): Said[] {
  if (ask.engine === "trtllm" || ask.engine === "mlx" || ask.engine === "llama.cpp") return [];
  const vocabulary = member(ask.text, "vocab_size") ?? member(ask.claims.top, "vocab_size");
  if (typeof vocabulary !== "number" || !ask.component.isComplete) return [];
  // Encoders and decoders may have a vocabulary each, drafts one of their own.
  if (
    ask.has("draft_vocab_size") ||
    PROMPTED.has(ask.modelType ?? "") ||
    ask.model.stacks.some(({ scope }) => scope === "decoder")
  )
    return [];
  // A class that comes with the weights has tables of its own making.
  if (ask.engine === "transformers" && ask.hasCode("AutoModel")) return [];
  return (["embed.token", "head.lm"] as const).flatMap((role) =>
    tablesOf(ask, role, vocabulary).map(({ at, outputs }) =>
      say("vocabulary-differs", at, { rows: outputs ?? 0, vocabulary, engine: ask.engine }),
    ),
  );
}

/** Models whose table has more rows than words: prompts (CPM-Ant), and words that are read and never written (Llama 3.2 Vision). */
const PROMPTED: ReadonlySet<string> = new Set(["cpmant", "mllama"]);

/** Tables of a role that are not of the vocabulary's size, unless it is told by another of them or by all together. */
function tablesOf(ask: Ask, role: "embed.token" | "head.lm", vocabulary: number): Linear[] {
  if (ask.model.main === undefined) return [];
  if (role === "head.lm" && ask.claims.flag("tie_word_embeddings")?.value === true) return [];
  const tables = ask.linears.filter(
    (linear) =>
      linear.role === role &&
      linear.outputs !== null &&
      // What ends an encoder (SigLIP's `text_model.head`) projects, and writes no words; others write sounds.
      (role !== "head.lm" ||
        (ask.model.isGenerative && WORDS.test(linear.leaf)) ||
        linear.leaf === "lm_head") &&
      // Where tables are packed in shape, rows are what they are read as.
      (linear.weight.confidence === undefined || linear.weight.confidence === "certain"),
  );
  const rows = tables.map(({ outputs }) => outputs ?? 0);
  // New words beside the old ones (Molmo), or a head for each kind of output (speech beside text).
  const isTold = rows.length > 1 && (rows.includes(vocabulary) || sum(rows) === vocabulary);
  return isTold ? [] : tables.filter(({ outputs }) => outputs !== vocabulary);
}

/** What heads that write words are called; with a part of another kind before it, it writes that (`audio_lm_head`). */
const WORDS = /^(?:lm_head|head|output|output_layer|embed_out|embed_tokens|wte|decoder|ff_out)$/;

function sum(rows: readonly number[]): number {
  return rows.reduce((total, each) => total + each, 0);
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
    .filter(
      ({ role, outputs, tensorRole }) =>
        role === "attn.q" &&
        tensorRole.stack === ask.model.main?.prefix &&
        outputs !== null &&
        outputs !== expected,
    )
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
