import { type AttentionFacts, attentionMatrices } from "../../architecture/attention.ts";
import type { LayerFacts } from "../../architecture/layer-facts.ts";
import { findRole } from "../../architecture/layers.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Claim } from "../../checkpoint/claims.ts";
import { formatCount } from "../../format/count.ts";
import type { Comparing } from "./comparing.ts";
import { atom, constant, over, plus, type Term, times, unstated } from "./terms.ts";

/** Heads and widths of each kind of attention, against the one set of numbers that the configuration has. */
export function attentionShapes(c: Comparing): void {
  for (const layer of c.model.layers) {
    for (const mixer of layer.mixers) {
      if (mixer.type !== "attention" || layer.borrowsBlock) continue;
      const { tensorRoles } = layer.group;
      if (mixer.facts.layout !== undefined && c.claims.integer("heads") !== undefined) {
        const unclear = c.unclearAmong(attentionMatrices(tensorRoles));
        for (const id of ["shape.q", "shape.kv", "head_dim.explicit"] as const) c.doubt(id, unclear);
        continue;
      }
      if (mixer.facts.kind !== "MLA" && hasOwnValueWidth(c)) {
        c.lack("shape.q", "values have a width of their own: columns of o do not tell that of heads");
        continue;
      }
      queryHeads(c, mixer.facts, tensorRoles);
      if (mixer.facts.kind === "MLA") continue;
      headWidth(c, mixer.facts, tensorRoles);
      keyHeads(c, mixer.facts, tensorRoles);
      groups(c, mixer.facts, tensorRoles);
      queryKeyNorms(c, mixer.facts, layer);
    }
    fusedRows(c, layer.group.tensorRoles);
  }
}

/** Layers of a second kind (sliding, or full) may have other heads, which models state under keys of their own. */
const OTHER_KINDS = {
  heads: ["swa_num_attention_heads"],
  kvHeads: ["swa_num_key_value_heads", "num_global_key_value_heads"],
  headDim: ["swa_head_dim", "global_head_dim"],
} as const;
/** What the configuration says of this number: of the kind of layers that it fits, else of the usual kind. */
function claimFor(c: Comparing, fact: keyof typeof OTHER_KINDS, stored: number | null): Claim | undefined {
  const others = [
    ...OTHER_KINDS[fact].map((key) => c.term(key)),
    // Step has a part of its own for them.
    c.nested("attention_other_setting", fact),
    ...c.claims.ofSingleLayers(fact).map(({ value, key }) => atom(value, key)),
  ];
  const fitting = others.find(({ value }) => value !== null && value === stored);
  return fitting === undefined ? c.claims.integer(fact) : { value: stored as number, key: fitting.words };
}

/** MiMo-V2's values are narrower than its keys. */
function hasOwnValueWidth(c: Comparing): boolean {
  const value = c.claims.integer("v_head_dim")?.value;
  const key = c.claims.integer("headDim")?.value;
  return value !== undefined && key !== undefined && value !== key;
}

function queryHeads(
  c: Comparing,
  { width, heads }: AttentionFacts,
  tensorRoles: readonly TensorRole[],
): void {
  const q =
    findRole(tensorRoles, "attn.q") ?? findRole(tensorRoles, "attn.qkv") ?? findRole(tensorRoles, "attn.q_b");
  const claim = claimFor(c, "heads", heads.value);
  if (heads.value !== null || claim === undefined)
    return c.compare("shape.q", { subject: "query heads", claim, stored: heads.value }, [q]);
  c.report("shape.q", { claim, width }, [q]);
}

function headWidth(c: Comparing, facts: AttentionFacts, tensorRoles: readonly TensorRole[]): void {
  const { width, heads, headDim } = facts;
  const measured = heads.value === null ? null : `${formatCount(width)} columns of o ÷ ${heads.value} heads`;
  const o = findRole(tensorRoles, "attn.o");
  const claim = claimFor(c, "headDim", headDim.value);
  if (claim !== undefined) {
    const stated = claimFor(c, "heads", heads.value);
    if (stated === undefined) return c.lack("head_dim.explicit", "the configuration states no heads");
    // Only the product is in the headers: which of the two is wrong, they cannot tell.
    const expected = times(atom(stated.value, stated.key), atom(claim.value, claim.key));
    const held = { subject: "width of all heads", expected, stored: width, at: o };
    return c.hold("head_dim.explicit", { ...held, measured: `columns of ${o?.leaf ?? "o"}` });
  }
  if (worksNarrower(c, tensorRoles))
    return c.lack("head_dim.implicit", "attention works in a width of its own, not in that of the stream");
  const { value, missing } = over(c.term("hidden"), c.term("heads"));
  if (missing.length > 0 || value === null) return;
  const implied = { value, key: "hidden_size ÷ num_attention_heads" };
  c.compare("head_dim.implicit", { subject: "head width", claim: implied, stored: headDim.value, measured }, [
    o,
  ]);
}

/** Layers with a bottleneck (MobileBERT) read and write another width than that of the stream, which no heads divide. */
function worksNarrower(c: Comparing, tensorRoles: readonly TensorRole[]): boolean {
  const { hidden } = c.model;
  const columns = c.shape(findRole(tensorRoles, "attn.q"))?.columns;
  const rows = c.shape(findRole(tensorRoles, "attn.o"))?.rows;
  return hidden !== null && columns !== undefined && columns !== hidden && rows === columns;
}

function keyHeads(c: Comparing, facts: AttentionFacts, tensorRoles: readonly TensorRole[]): void {
  if (findRole(tensorRoles, "attn.qkv") !== undefined) return;
  const { kvHeads, headDim, keyRows } = facts;
  const claim = claimFor(c, "kvHeads", kvHeads.value);
  const stated = claimFor(c, "headDim", headDim.value);
  if (claim !== undefined && stated !== undefined && keyRows > 0) {
    const expected = times(atom(claim.value, claim.key), atom(stated.value, stated.key));
    keyRowsOf(c, facts, tensorRoles, expected);
    return valueRowsOf(c, facts, tensorRoles, expected);
  }
  c.compare("shape.kv", { subject: "key/value heads", claim, stored: kvHeads.value }, [
    findRole(tensorRoles, "attn.k"),
  ]);
  if (claim === undefined || headDim.value === null || keyRows === 0) return;
  const expected = times(atom(claim.value, claim.key), atom(headDim.value, "head width"));
  if (kvHeads.value === null) keyRowsOf(c, facts, tensorRoles, expected);
  valueRowsOf(c, facts, tensorRoles, expected);
}

function keyRowsOf(
  c: Comparing,
  { keyRows }: AttentionFacts,
  tensorRoles: readonly TensorRole[],
  expected: Term,
): void {
  const k = findRole(tensorRoles, "attn.k");
  const held = { subject: "rows of the key projection", expected, stored: keyRows, at: k };
  c.hold("shape.kv", { ...held, measured: `rows of ${k?.leaf ?? "k"}` });
}

function valueRowsOf(
  c: Comparing,
  { valueRows }: AttentionFacts,
  tensorRoles: readonly TensorRole[],
  expected: Term,
): void {
  // Keys that serve as values have no projection for them.
  if (valueRows === 0) return;
  const v = findRole(tensorRoles, "attn.v");
  const held = { subject: "rows of the value projection", expected, stored: valueRows, at: v };
  c.hold("shape.kv", { ...held, measured: `rows of ${v?.leaf ?? "v"}`, isSecond: true });
}

/** Every key/value head serves a whole number of query heads. */
function groups(c: Comparing, facts: AttentionFacts, tensorRoles: readonly TensorRole[]): void {
  const heads = c.term("heads");
  const kv = keyHeadsOf(c);
  if (heads.value === null || kv.value === null || kv.value === 0 || facts.keyRows === 0)
    return c.lack("attn.groups", "the configuration does not state both counts of heads");
  c.agree("attn.groups");
  if (heads.value % kv.value === 0) return;
  c.report("attn.groups", { heads, keyHeads: kv, ratio: facts.ratio }, [
    findRole(tensorRoles, "attn.q"),
    findRole(tensorRoles, "attn.k"),
  ]);
}

/** Key/value heads as the model's code reads them: `multi_query` overrules the count, unless Falcon's new layout does. */
function keyHeadsOf(c: Comparing): Term {
  const multi = c.claims.flag("multi_query")?.value;
  const isNew = c.claims.flag("new_decoder_architecture")?.value === true;
  const stated = c.term("kvHeads");
  if (isNew) return stated;
  if (multi === true) return atom(1, "multi_query");
  const { keyHeads } = c.model.family.traits;
  if (keyHeads === undefined) return stated;
  return keyHeads === "one" && multi === undefined ? unstated("multi_query") : c.term("heads");
}

/** Queries, keys and values in one matrix: (H + 2K) × head width. */
function fusedRows(c: Comparing, tensorRoles: readonly TensorRole[]): void {
  const tensorRole = findRole(tensorRoles, "attn.qkv");
  if (tensorRole === undefined || c.model.main?.scope === "diffusion") return;
  const heads = c.term("heads");
  const stated = c.term("headDim");
  const dim = stated.value === null ? over(c.term("hidden"), heads) : stated;
  c.hold("shape.qkv_fused", {
    subject: "rows of queries, keys and values",
    expected: times(plus(heads, times(constant(2), keyHeadsOf(c))), dim),
    stored: c.shape(tensorRole)?.rows,
    measured: `rows of ${tensorRole.leaf}`,
    at: tensorRole,
  });
}

const NORM_LEAVES = {
  q: /^(?:q_norm|query_layernorm|q_layernorm|norm_q)$/,
  k: /^(?:k_norm|key_layernorm|k_layernorm|norm_k)$/,
};

/** A norm of queries or keys is one head long, as long as all heads, or has a row for each. */
function queryKeyNorms(c: Comparing, facts: AttentionFacts, layer: LayerFacts): void {
  if (facts.kind === "shared-KV MQA" || c.model.main?.scope === "diffusion") return;
  const { tensorRoles } = layer.group;
  hasNorms(c, layer);
  const dim = facts.headDim.value;
  if (dim === null) return;
  const type = c.claims.word("qk_norm_type")?.value;
  for (const side of ["q", "k"] as const) {
    const norm = findRole(tensorRoles, "attn.qk_norm", { leaf: NORM_LEAVES[side] });
    const heads = side === "q" ? facts.width / dim : facts.keyRows / dim;
    if (norm === undefined || heads === 0 || norm.shape.length > 2) continue;
    c.agree("shape.qk_norm");
    const forms = { per_head: [dim], per_layer: [heads * dim], multi_head: [heads, dim] } as const;
    const isStated = type !== undefined && Object.hasOwn(forms, type);
    const allowed = isStated ? [forms[type as keyof typeof forms]] : Object.values(forms);
    const stored = norm.shape;
    if (allowed.some((shape) => shape.join() === stored.join())) continue;
    const data = { allowed, type: isStated ? type : null, headWidth: dim, heads, stored, leaf: norm.leaf };
    c.report("shape.qk_norm", { side: side === "q" ? "queries" : "keys", ...data }, [norm]);
  }
}

/** Llama 4 norms its queries without weights; names that are not known may be norms. */
function hasNorms(c: Comparing, { group }: LayerFacts): void {
  const claim = c.claims.flag("use_qk_norm");
  if (claim === undefined || c.model.family.traits.hasWeightlessQueryNorms) return;
  if (group.tensorRoles.some(({ role }) => role === "unknown")) return;
  const norms = group.tensorRoles.filter(({ role }) => role === "attn.qk_norm");
  c.agree("shape.qk_norm");
  if (claim.value === norms.length > 0) return;
  c.report("shape.qk_norm", { claim }, norms);
}
