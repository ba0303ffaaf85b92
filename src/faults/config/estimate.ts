import { countBackbone } from "../../architecture/active.ts";
import { claimedTraits } from "../../architecture/families/detect.ts";
import type { Formula } from "../../architecture/families/traits.ts";
import { isSideScope } from "../../architecture/roles.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Claims } from "../../checkpoint/claims.ts";
import { type Comparing, lackOf } from "./comparing.ts";
import { isDrafter, tokenTable } from "./sizes.ts";
import { atom, constant, over, plus, type Term, times } from "./terms.ts";

/** What may lie between the formula and the sum. */
const TOLERANCE = 0.01;

/** Parameters of all layers; which families a formula is certain for, their rows say. */
const FORMULAS: Readonly<Record<Formula, (c: Comparing) => Term>> = {
  dense: (c) => times(c.term("layers"), plus(attention(c), gated(c, c.term("intermediate_size")))),
  routed: (c) => times(c.term("layers"), plus(attention(c), routed(c, c.term("intermediate_size")))),
  "qwen-moe": qwenLayers,
  "dense-first": (c) => plus(times(c.term("layers"), attention(c)), denseFirst(c)),
  latent: (c) => plus(times(c.term("layers"), latentAttention(c)), denseFirst(c)),
};

/**
 * Parameters as the configuration would have them, against those that are stored: scales, prediction modules and towers
 * left out of both. What is stored is right; the difference is what one of the two forgot.
 */
export function parameterEstimate(c: Comparing): void {
  const id = "params.config_estimate" as const;
  const { formula } = claimedTraits(c.claims);
  if (formula === undefined || !isWholeModel(c.claims))
    return c.lack(id, "no formula is certain for its model_type");
  if (c.claims.integer("draft_vocab_size") !== undefined || isDrafter(c.model.component))
    return c.lack(id, "a drafter has parts of its own, and borrows others");
  if (c.model.tensorRoles.some((tensorRole) => isOfUnknownShape(c, tensorRole)))
    return c.lack(id, "headers do not tell the shape of all weights");
  if (hasMore(c)) return c.lack(id, "it holds parts that the formula of its model_type does not speak of");
  const estimate = plus(FORMULAS[formula](c), tables(c), constant(besideFormula(c)));
  if (estimate.value === null) return c.lack(id, lackOf(estimate));
  c.agree(id);
  const stored = countBackbone(c.model.tensorRoles);
  const share = Math.abs(stored - estimate.value) / Math.max(1, stored);
  if (share <= TOLERANCE) return;
  c.report(id, { expected: estimate.value, stored, share });
}

/** Sparse and packed weights of which only the file's data tells the size. */
function isOfUnknownShape({ model }: Comparing, { node, parametersEach }: TensorRole): boolean {
  const { shape, doubt } = model.weights.tensor(node);
  return parametersEach > 0 && (shape === null || doubt !== null);
}

/** Drafters carry the type of the model that they draft for (`LlamaForCausalLMEagle3`), and are none. */
function isWholeModel({ architecture }: Claims): boolean {
  return (
    architecture === undefined ||
    /(?:For[A-Z][A-Za-z]*(?:LM|Classification|Generation)|Model)$/.test(architecture)
  );
}

/** A second stack of layers beside the main one, or, within a wrapper, tensors that no rule knows. */
function hasMore({ model, claims }: Comparing): boolean {
  const stacks = model.stacks.filter(({ scope }) => !isSideScope(scope));
  const isWrapped = claims.isComposite;
  return stacks.length > 1 || (isWrapped && model.tensorRoles.some(({ role }) => role === "unknown"));
}

/** Norms, biases and indexers, as stored: the formulas are of the matrices that all members of a family have. */
function besideFormula({ model }: Comparing): number {
  return model.tensorRoles
    .filter(({ scope }) => !isSideScope(scope))
    .filter(({ node, part, role }) => {
      const isMatrix = (model.weights.tensor(node).shape ?? []).length >= 2;
      return !isMatrix || part === "bias" || role === "attn.indexer";
    })
    .reduce((sum, { parametersEach, count }) => sum + parametersEach * count, 0);
}

/** Embedding and head: two tables where a head is stored. Padded rows are counted as stored. */
function tables(c: Comparing): Term {
  const vocabulary = c.term("vocabulary");
  const rows = c.shape(tokenTable(c))?.rows ?? 0;
  const height = vocabulary.value !== null && rows > vocabulary.value ? atom(rows, "rows") : vocabulary;
  const heads = c.model.tensorRoles.some(({ role, scope }) => role === "head.lm" && !isSideScope(scope));
  return times(constant(heads ? 2 : 1), height, c.term("hidden"));
}

/** Queries and keys of one width, values and the output of theirs, which few configurations state. */
function attention(c: Comparing): Term {
  const hidden = c.term("hidden");
  const stated = c.term("headDim");
  const dim = stated.value === null ? over(hidden, c.term("heads")) : stated;
  const kv = c.term("kvHeads").value === null ? c.term("heads") : c.term("kvHeads");
  const value = c.term("v_head_dim");
  return times(hidden, plus(c.term("heads"), kv), plus(dim, value.value === null ? dim : value));
}

function gated(c: Comparing, width: Term): Term {
  return times(constant(3), c.term("hidden"), width);
}

function routed(c: Comparing, width: Term): Term {
  return times(c.term("experts"), plus(gated(c, width), c.term("hidden")));
}

/** Layers numbered 0 and up of which so many hold experts, the others a dense block. */
function mixed(c: Comparing, sparse: Term, moe: Term): Term {
  const all = c.term("layers").value;
  const dense = all === null || sparse.value === null ? 0 : all - sparse.value;
  const block = dense === 0 ? constant(0) : times(constant(dense), gated(c, c.term("intermediate_size")));
  return plus(times(sparse, moe), block);
}

function qwenLayers(c: Comparing): Term {
  const layers = c.term("layers");
  const step = c.claims.integer("decoder_sparse_step")?.value || 1;
  const without = new Set(c.claims.integers("mlp_only_layers") ?? []);
  let sparse = 0;
  // Numbers of a configuration are not looped over: no model has more layers than the headers tell.
  for (const layer of c.layerNumbers) if ((layer + 1) % step === 0 && !without.has(layer)) sparse++;
  if (layers.value !== c.layerNumbers.length)
    return { ...layers, value: null, words: "another number of layers" };
  const stated = c.term("shared_expert_intermediate_size");
  const shared = stated.value === null ? constant(0) : plus(gated(c, stated), c.term("hidden"));
  const moe = plus(routed(c, c.term("moe_intermediate_size")), shared);
  return plus(times(layers, attention(c)), mixed(c, constant(sparse), moe));
}

/** Multi-head latent attention: queries through a rank or straight, keys and values through a latent. */
function latentAttention(c: Comparing): Term {
  const hidden = c.term("hidden");
  const heads = c.term("heads");
  const nope = c.term("qk_nope_head_dim");
  const rope = c.term("qk_rope_head_dim");
  const value = c.term("v_head_dim");
  const kvRank = c.term("kv_lora_rank");
  const queries = times(heads, plus(nope, rope));
  const rank = c.term("q_lora_rank");
  const isStraight = c.claims.isNull("q_lora_rank");
  return plus(
    isStraight ? times(hidden, queries) : times(rank, plus(hidden, queries)),
    times(hidden, plus(kvRank, rope)),
    times(kvRank, heads, plus(nope, value)),
    times(hidden, heads, value),
  );
}

/** The first layers are dense, all others hold routed and shared experts. */
function denseFirst(c: Comparing): Term {
  const layers = c.term("layers");
  const dense = c.term("first_k_dense_replace");
  const width = c.term("moe_intermediate_size");
  const shared = gated(c, times(c.term("sharedExperts"), width));
  const sparse = layers.value === null || dense.value === null ? dense : constant(layers.value - dense.value);
  return mixed(c, sparse, plus(routed(c, width), shared));
}
