import type { Fault } from "../../faults/fault.ts";
import { configFaultsOf } from "../../faults/faults-of.ts";
import type { KeyData } from "../../faults/signature/data.ts";
import { wordsFor } from "../../faults/words.ts";
import { type Ask, type Said, say } from "../ask.ts";
import type { EngineName } from "../names.ts";

/**
 * The checkpoint against the class of transformers that its configuration names: engines build the same tensors of it, and
 * differ in what they make of one that is missing, unknown, or of another shape.
 */
export function judgeClass(ask: Ask): Said[] {
  if (!ask.component.isComplete) return [];
  const faults = configFaultsOf(ask.component);
  // mlx-lm's own layout stacks experts and turns convolutions, for which transformers' class has no names.
  if (ask.engine === "mlx" && faults.some(({ kind }) => MLX_LAYOUT.test(kind))) return [];
  const told = faults.flatMap((fault) => {
    const difference = differenceOf(fault);
    const statement = difference === undefined ? undefined : statementFor(ask, difference, fault);
    return statement === undefined ? [] : [say(statement, fault.at, valuesOf(fault))];
  });
  return told.length > 0 ? told : doubledPrefix(ask);
}

const MLX_LAYOUT = /^weights\.(?:unexpected|shape)$/;

type Difference = "missing" | "unknown" | "shape" | "prefix";

/** Faults about shapes that no class of a library is needed for. */
const SHAPES =
  /^(?:shape\.(?:hidden|mlp|expert|q|kv|qkv_fused)|head_dim\.explicit|mla\.\w+|ssm\.shapes|linear\.shapes|rec\.shapes|weights\.shape)$/;

/** Numbers of the configuration; heads and tables of words are judged apart. */
const KEYS = /^key\.(?:layers|kinds|width|attention|latent|indexer|recurrent|experts|other)$/;

function differenceOf({ kind, severity, data }: Fault): Difference | undefined {
  if (kind === "class.prefix") return "prefix";
  if (kind === "weights.unexpected") return "unknown";
  if (severity !== "error") return undefined;
  if (kind === "weights.missing" || kind === "weights.renamed") return "missing";
  if (SHAPES.test(kind)) return "shape";
  if (!KEYS.test(kind)) return undefined;
  const { mismatched, missing, excess } = data as KeyData;
  if (mismatched > 0) return "shape";
  if (missing > 0) return "missing";
  return excess > 0 ? "unknown" : undefined;
}

type Answer =
  | "class-missing"
  | "class-missing-silently"
  | "class-unknown"
  | "class-shape"
  | "class-prefix"
  | "class-prefix-silently";

/** What each engine makes of a difference; nothing where it goes on without harm, or where that was not read. */
const ANSWERS: Readonly<Record<EngineName, Readonly<Partial<Record<Difference, Answer>>>>> = {
  vllm: { missing: "class-missing", unknown: "class-unknown", shape: "class-shape", prefix: "class-prefix" },
  sglang: { missing: "class-missing-silently", shape: "class-shape", prefix: "class-prefix-silently" },
  transformers: { missing: "class-missing-silently", shape: "class-shape" },
  trtllm: { shape: "class-shape" },
  mlx: { missing: "class-missing", shape: "class-shape", prefix: "class-prefix" },
  "llama.cpp": { unknown: "class-unknown", prefix: "class-prefix" },
};

function statementFor(ask: Ask, difference: Difference, fault: Fault): Answer | undefined {
  const answer = ANSWERS[ask.engine][difference];
  // Embedding models are saved without their head, and their names without a prefix: other classes serve them.
  if (difference === "prefix" && !isPrefixed(ask, fault)) return undefined;
  if (answer === "class-unknown" && isPassedOver(fault)) return undefined;
  if (difference === "shape" && isOfVocabulary(ask, fault)) return undefined;
  if (difference === "missing" && isOfVariant(ask, fault)) return undefined;
  // Of a quantized model nobody asks whether everything was filled.
  return answer === "class-missing" && ask.declared !== null ? "class-missing-silently" : answer;
}

/** Whether the class writes words: a base model without a head may lack the prefix. */
function isPrefixed({ model }: Ask, { data }: Fault): boolean {
  const { is } = data as { readonly is: string };
  return is === "added" || model.tensorRoles.some(({ role }) => role === "head.lm");
}

/** Tables of words have rules of their own: some have words that came later in a second table. */
function isOfVocabulary({ linears }: Ask, { at }: Fault): boolean {
  const tables = linears.filter(({ cut }) => cut === "vocabulary").map(({ name }) => name);
  return at.names(MAX_NAMES).every((name) => tables.some((table) => name.startsWith(table)));
}

/**
 * Whether all that is missing are vectors which no layer has: a variant of the class leaves them out, or has them where
 * its configuration does not say. In one layer of many their absence is an accident.
 */
function isOfVariant({ model }: Ask, { at }: Fault): boolean {
  const names = at.names(MAX_NAMES);
  if (!names.every((name) => VECTOR.test(name))) return false;
  const stored = new Set(
    model.tensorRoles.map(({ segments }) =>
      segments.map((part) => (typeof part === "string" ? part : "0")).join("."),
    ),
  );
  return !names.some((name) => stored.has(name.replace(/(?<=\.)\d+(?=\.|$)/g, "0")));
}

const VECTOR = /(?:norm\w*(?:\.weight)?|bias|sinks|scalar)$/;

/** Names that loaders pass over, or that variants of a class have: positions, scales of caches, orders, vectors, prediction layers. */
const PASSED_OVER =
  /norm\w*(?:\.weight)?$|inv_freq|cos_cached|sin_cached|\.(?:kv|[qkv])_(?:scale|zero_point)$|\.g_idx$|bias$|position_ids|(?:^|\.)(?:mtp|lm_head)\b|num_batches/;

/** Names looked at of a fault. */
const MAX_NAMES = 100;

function isPassedOver({ at }: Fault): boolean {
  return at.names(MAX_NAMES).every((name) => PASSED_OVER.test(name));
}

function valuesOf(fault: Fault) {
  const { found, expected } = wordsFor(fault);
  const { told, stated } = fault.data as Partial<KeyData>;
  return {
    found: found ?? "",
    expected: expected ?? "",
    ...(typeof told === "number" ? { stored: told } : {}),
    ...(typeof stated === "number" ? { stated } : {}),
  };
}

/** A prefix that is there twice: no class of a text model has a module of that name. */
function doubledPrefix({ engine, model }: Ask): Said[] {
  if (engine === "trtllm") return [];
  const doubled = model.tensorRoles.find(
    ({ role, segments }) => role === "embed.token" && segments[0] === "model" && segments[1] === "model",
  );
  return doubled === undefined
    ? []
    : [
        say(ANSWERS[engine].prefix ?? "class-prefix-silently", null, {
          found: "names with model. twice",
          expected: "names with it once",
        }),
      ];
}
