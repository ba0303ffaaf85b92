import type { Claim, Claims } from "../checkpoint/claims.ts";
import { type Figure, fromConfig, fromHeaders, inDoubt, NOT_KNOWN } from "./figure.ts";
import { findRole } from "./layers.ts";
import { type LinearShape, linearShape } from "./linear-shape.ts";
import { firstDoubt, type LayoutDoubt } from "./measurable.ts";
import type { StoredWeights } from "./stored-weights.ts";
import type { TensorRole } from "./tensor-roles.ts";

export type AttentionKind = "MHA" | "GQA" | "MQA" | "MLA" | "shared-KV MQA";

/** How a layer's attention is laid out. Widths are rows or columns of its projections. */
export interface AttentionFacts {
  readonly kind: AttentionKind;
  /** Columns of the output projection: heads × value width. */
  readonly width: number;
  readonly heads: Figure;
  readonly headDim: Figure;
  readonly kvHeads: Figure;
  /** Query heads to one key/value head, exact from rows; 1 for MHA. Null for MLA. */
  readonly ratio: number | null;
  readonly keyRows: number;
  /** 0 where keys serve as values too. */
  readonly valueRows: number;
  readonly latent: LatentFacts | null;
  readonly qkNorm: "per head" | "full width" | "a row per head" | null;
  readonly outputGate: "fused into q" | "separate" | null;
  readonly sinks: boolean;
  /** Projections that have a bias, such as `qkv`. */
  readonly biases: string;
  readonly indexer: IndexerFacts | null;
  readonly compressor: { readonly kind: "CSA" | "HCA"; readonly ratio: number } | null;
  /** Why its numbers are not known, where a layout is not understood and the configuration does not settle it. */
  readonly layout?: LayoutDoubt;
}

/** Ranks and widths of multi-head latent attention. */
export interface LatentFacts {
  readonly queryRank: number | null;
  readonly kvRank: number;
  /** Rotary part of a key, shared by all heads. */
  readonly ropeWidth: number;
  readonly nopeWidth: number | null;
  readonly valueWidth: number | null;
}

/** The small attention that picks what the large one looks at. */
export interface IndexerFacts {
  readonly keyWidth: number;
  readonly heads: number | null;
}

/** What the attention tensors of one layer tell; undefined for a layer without attention. */
export function readAttention(
  tensorRoles: readonly TensorRole[],
  weights: StoredWeights,
  claims: Claims,
  hidden: number | null,
): AttentionFacts | undefined {
  const facts = measureAttention(tensorRoles, weights, claims, hidden);
  const doubt = facts === undefined ? null : firstDoubt(attentionMatrices(tensorRoles), weights, hidden);
  return facts === undefined || doubt === null ? facts : settle(facts, doubt, claims, hidden);
}

const MATRICES: ReadonlySet<TensorRole["role"]> = new Set([
  "attn.q",
  "attn.k",
  "attn.v",
  "attn.qkv",
  "attn.o",
  "attn.q_a",
  "attn.q_b",
  "attn.kv_a",
  "attn.kv_b",
  "attn.kv",
]);

/** The projections that heads and widths are measured on. */
export function attentionMatrices(tensorRoles: readonly TensorRole[]): TensorRole[] {
  return tensorRoles.filter(({ role }) => MATRICES.has(role));
}

/** What an uncertain layout leads to is right where the configuration states the same of every figure. */
function settle(
  facts: AttentionFacts,
  layout: LayoutDoubt,
  claims: Claims,
  hidden: number | null,
): AttentionFacts {
  if (isAsClaimed(facts, claims, hidden)) return facts;
  const { heads, headDim, kvHeads } = facts;
  return {
    ...facts,
    heads: inDoubt(heads),
    headDim: { ...NOT_KNOWN, ...claimOf(headDim) },
    kvHeads: { ...NOT_KNOWN, ...claimOf(kvHeads) },
    ratio: null,
    layout,
  };
}

function isAsClaimed(facts: AttentionFacts, claims: Claims, hidden: number | null): boolean {
  const heads = claims.integer("heads")?.value;
  if (heads === undefined || facts.heads.value !== heads) return false;
  if (facts.kind === "MLA") return facts.headDim.value === claims.integer("v_head_dim")?.value;
  const dim = claims.integer("headDim")?.value ?? (hidden ?? 0) / heads;
  const hasOwnKeys = facts.keyRows > 0;
  const kvHeads = claims.integer("kvHeads")?.value ?? heads;
  return facts.headDim.value === dim && (!hasOwnKeys || facts.kvHeads.value === kvHeads);
}

function claimOf({ claimed }: Figure): Pick<Figure, "claimed"> {
  return claimed === undefined ? {} : { claimed };
}

function measureAttention(
  tensorRoles: readonly TensorRole[],
  weights: StoredWeights,
  claims: Claims,
  hidden: number | null,
): AttentionFacts | undefined {
  const shape: ShapeOf = (tensorRole, from = hidden) => linearShape(tensorRole, weights, from);
  const latentRows = shape(findRole(tensorRoles, "attn.kv_a"));
  const o = shape(findRole(tensorRoles, "attn.o"));
  if (latentRows !== undefined && o !== undefined)
    return readLatent(tensorRoles, latentRows.rows, o.columns, shape, claims);
  const shared = shape(findRole(tensorRoles, "attn.kv", { leaf: /^wkv$/ }));
  const queryOut = shape(findRole(tensorRoles, "attn.q_b"));
  if (shared !== undefined && queryOut !== undefined)
    return readSharedKv(tensorRoles, shared.rows, queryOut.rows, shape, claims);
  const rows = readRows(tensorRoles, shape, o?.columns);
  return rows === undefined ? undefined : readHeads(tensorRoles, rows, shape, claims);
}

/** Sides of a linear; `from` is the width that it reads where that is not the model's. */
type ShapeOf = (tensorRole: TensorRole | undefined, from?: number | null) => LinearShape | undefined;

interface Rows {
  /** Columns of o. */
  readonly width: number;
  readonly query: number;
  readonly key: number;
  readonly value: number;
}

/** Rows of q, k and v, fused or apart. */
function readRows(
  tensorRoles: readonly TensorRole[],
  shape: ShapeOf,
  outColumns: number | undefined,
): Rows | undefined {
  const q = shape(
    findRole(tensorRoles, "attn.q", { leaf: /^(?!add_)/ }) ?? findRole(tensorRoles, "attn.q_b"),
  );
  const k = shape(findRole(tensorRoles, "attn.k", { leaf: /^(?!add_)/ }));
  const v = shape(findRole(tensorRoles, "attn.v", { leaf: /^(?!add_)/ }));
  if (q !== undefined && k !== undefined) {
    return { width: outColumns ?? q.rows, query: q.rows, key: k.rows, value: v?.rows ?? 0 };
  }
  const qkv = shape(findRole(tensorRoles, "attn.qkv"));
  if (qkv !== undefined) {
    const width = outColumns ?? qkv.rows / 3;
    // rows = (heads + 2 × KV heads) × head width: what is left beside the queries is half keys, half values.
    const half = (qkv.rows - width) / 2;
    return half > 0 && Number.isInteger(half) ? { width, query: width, key: half, value: half } : undefined;
  }
  // Layers that reuse another layer's keys and values have queries only.
  return q === undefined || outColumns === undefined
    ? undefined
    : { width: outColumns, query: q.rows, key: 0, value: 0 };
}

function readHeads(
  tensorRoles: readonly TensorRole[],
  rows: Rows,
  shape: ShapeOf,
  claims: Claims,
): AttentionFacts {
  const { width, key } = rows;
  const heads = readHeadCount(tensorRoles, rows, shape, claims);
  const dim = keyWidth(rows, heads.value, claims);
  const headDim = dim === null ? NOT_KNOWN : derived(dim, heads, claims.integer("headDim"));
  const kvHeads = readKvHeads(key, dim, heads, claims);
  const ratio = key === 0 ? null : width / key;
  return {
    kind: key === 0 ? kindByCounts(heads.value, kvHeads.value) : kindOf(ratio, dim, key, tensorRoles),
    width,
    heads,
    headDim,
    kvHeads,
    ratio,
    keyRows: key,
    valueRows: rows.value,
    latent: null,
    qkNorm: readQkNorm(tensorRoles, rows),
    outputGate: readGate(tensorRoles, rows),
    sinks: tensorRoles.some((tensorRole) => tensorRole.role === "attn.sink"),
    biases: readBiases(tensorRoles),
    indexer: readIndexer(tensorRoles, shape),
    compressor: null,
  };
}

/** Of layers that read another layer's keys and values, the configuration alone says how many heads these have. */
function readKvHeads(key: number, dim: number | null, heads: Figure, claims: Claims): Figure {
  const claim = claims.integer("kvHeads");
  if (key === 0) return fromConfig(claim, (count) => heads.value !== null && heads.value % count === 0);
  return dim === null || key % dim !== 0 ? NOT_KNOWN : derived(key / dim, heads, claim);
}

function kindByCounts(heads: number | null, kvHeads: number | null): AttentionKind {
  if (kvHeads === null || kvHeads === heads) return "MHA";
  return kvHeads === 1 ? "MQA" : "GQA";
}

/** Width of a head's queries and keys. Columns of o tell that of values, which some models (MiMo-V2) make narrower. */
function keyWidth({ width, query }: Rows, heads: number | null, claims: Claims): number | null {
  if (heads === null || heads === 0) return null;
  const isNarrower = query !== width && claims.integer("v_head_dim")?.value === width / heads;
  return (isNarrower ? query : width) / heads;
}

/** Equal rows are MHA, one head's rows MQA, all between GQA. */
function kindOf(
  ratio: number | null,
  dim: number | null,
  key: number,
  tensorRoles: readonly TensorRole[],
): AttentionKind {
  if (ratio === null || ratio === 1) return "MHA";
  const norm = perHeadNorm(tensorRoles, key);
  return key === dim || key === norm ? "MQA" : "GQA";
}

/** A figure computed from rows and the number of heads: it rests on the config as far as that number does. */
function derived(value: number, heads: Figure, claim: Claim | undefined): Figure {
  const told = fromHeaders(value, claim);
  return told.from === "headers" && told.claimed === undefined && heads.from !== "headers"
    ? { value, from: "both" }
    : told;
}

/** Heads as headers tell them, else as the config does, provided that its number divides the rows. */
function readHeadCount(
  tensorRoles: readonly TensorRole[],
  rows: Rows,
  shape: ShapeOf,
  claims: Claims,
): Figure {
  const claim = claims.integer("heads");
  const fits = (heads: number) =>
    heads > 0 && rows.width % heads === 0 && (rows.key * heads) % rows.width === 0;
  const sinks = tensorRoles.find((tensorRole) => tensorRole.role === "attn.sink")?.shape;
  if (sinks?.length === 1 && fits(sinks[0] as number)) return fromHeaders(sinks[0] as number, claim);
  const gate = shape(findRole(tensorRoles, "attn.gate"))?.rows;
  if (gate !== undefined && gate < rows.width && fits(gate))
    return fromHeaders(gate, headsOfOtherLayers(claims, gate) ?? claim);
  const matrix = findRole(tensorRoles, "attn.qk_norm", { leaf: /^q/ })?.shape;
  if (matrix?.length === 2 && fits(matrix[0] as number)) return fromHeaders(matrix[0] as number, claim);
  const norm = perHeadNorm(tensorRoles, rows.key);
  if (norm !== undefined && norm < rows.width && rows.width % norm === 0) {
    const heads = rows.width / norm;
    return fromHeaders(heads, headsOfOtherLayers(claims, heads) ?? claim);
  }
  return fromConfig(claim, fits);
}

/** The claim about layers with a window, where that has a number of its own (Step, MiMo-V2) and it is this one. */
function headsOfOtherLayers(claims: Claims, heads: number): Claim | undefined {
  const apart = claims.part("attention_other_setting").integer("heads");
  const others = [
    apart && { ...apart, key: `attention_other_setting.${apart.key}` },
    claims.integer("swa_num_attention_heads"),
  ];
  return others.find((claim) => claim?.value === heads);
}

/** Length of a norm that is applied head by head, undefined where there is none. */
function perHeadNorm(tensorRoles: readonly TensorRole[], keyRows: number): number | undefined {
  const lengths = tensorRoles
    .filter(
      (tensorRole) =>
        tensorRole.role === "attn.qk_norm" && tensorRole.shape.length === 1 && /q|k/i.test(tensorRole.leaf),
    )
    .map((tensorRole) => tensorRole.shape[0] as number);
  const [first] = lengths;
  // Equal lengths for queries and keys, that divide the keys: one head wide. A norm over the whole width is longer
  // for queries than for keys, unless there are as many of both.
  if (first === undefined || lengths.some((length) => length !== first)) return undefined;
  return keyRows > 0 && keyRows % first === 0 && keyRows >= first && lengths.length > 1 ? first : undefined;
}

function readQkNorm(tensorRoles: readonly TensorRole[], rows: Rows): AttentionFacts["qkNorm"] {
  if (findRole(tensorRoles, "attn.qk_norm", { leaf: /^norms$/ }) !== undefined) return "a row per head";
  const norm = findRole(tensorRoles, "attn.qk_norm", { leaf: /q/i })?.shape;
  if (norm === undefined) return null;
  if (norm.length === 2) return "a row per head";
  return norm[0] === rows.query || norm[0] === rows.width ? "full width" : "per head";
}

function readGate(tensorRoles: readonly TensorRole[], rows: Rows): AttentionFacts["outputGate"] {
  if (findRole(tensorRoles, "attn.gate") !== undefined) return "separate";
  return rows.query === 2 * rows.width ? "fused into q" : null;
}

function readBiases(tensorRoles: readonly TensorRole[]): string {
  const has = (role: TensorRole["role"]) =>
    tensorRoles.some((tensorRole) => tensorRole.role === role && tensorRole.part === "bias");
  if (has("attn.qkv")) return has("attn.o") ? "qkvo" : "qkv";
  return [has("attn.q") && "q", has("attn.k") && "k", has("attn.v") && "v", has("attn.o") && "o"]
    .filter(Boolean)
    .join("");
}

function readLatent(
  tensorRoles: readonly TensorRole[],
  latentRows: number,
  width: number,
  shape: ShapeOf,
  claims: Claims,
): AttentionFacts {
  const norm = findRole(tensorRoles, "attn.latent_norm", { leaf: /^w?kv/ })?.shape[0];
  const kvRank = norm ?? claims.integer("kv_lora_rank")?.value ?? latentRows;
  const ropeWidth = latentRows - kvRank;
  const queryRank = shape(findRole(tensorRoles, "attn.q_a"))?.rows ?? null;
  const query = shape(findRole(tensorRoles, "attn.q_b"), queryRank) ?? shape(findRole(tensorRoles, "attn.q"));
  const expansion = shape(findRole(tensorRoles, "attn.kv_b", { leaf: /kv_b/ }), kvRank);
  // W = H·v, rows(q) = H·(n + r), rows(kv_b) = H·(n + v): together they tell H·r, and r is known.
  // Queries that come from more than their rank (AXK2) hold more than queries.
  const isOfRank = queryRank === null || query?.columns === queryRank;
  const summed = query && expansion && isOfRank ? query.rows - expansion.rows + width : undefined;
  const exact = summed !== undefined && ropeWidth > 0 && summed > 0 && summed % ropeWidth === 0;
  const claim = claims.integer("heads");
  const heads = exact
    ? fromHeaders(summed / ropeWidth, claim)
    : fromConfig(claim, (value) => value > 0 && width % value === 0);
  const per = (rows: number | undefined) =>
    rows === undefined || heads.value === null || rows % heads.value !== 0 ? null : rows / heads.value;
  const valueWidth = per(width);
  const expanded = per(expansion?.rows);
  const nopeWidth = expanded === null || valueWidth === null ? null : expanded - valueWidth;
  return {
    kind: "MLA",
    width,
    heads,
    headDim: valueWidth === null ? NOT_KNOWN : fromHeaders(valueWidth, claims.integer("v_head_dim")),
    kvHeads: NOT_KNOWN,
    ratio: null,
    keyRows: latentRows,
    valueRows: 0,
    latent: {
      queryRank,
      kvRank,
      ropeWidth,
      nopeWidth,
      valueWidth,
    },
    qkNorm: null,
    outputGate: findRole(tensorRoles, "attn.gate") === undefined ? null : "separate",
    sinks: tensorRoles.some((tensorRole) => tensorRole.role === "attn.sink"),
    biases: readBiases(tensorRoles),
    indexer: readIndexer(tensorRoles, shape),
    compressor: null,
  };
}

/** DeepSeek-V4: one head serves as key and value of all queries; older positions are kept compressed. */
function readSharedKv(
  tensorRoles: readonly TensorRole[],
  headWidth: number,
  width: number,
  shape: ShapeOf,
  claims: Claims,
): AttentionFacts {
  const sinks = tensorRoles.find((tensorRole) => tensorRole.role === "attn.sink")?.shape[0];
  const indexer = readIndexer(tensorRoles, shape);
  const ratio = tensorRoles.find(
    (tensorRole) => tensorRole.role === "attn.compressor" && tensorRole.leaf === "ape",
  )?.shape[0];
  return {
    kind: "shared-KV MQA",
    width,
    heads: fromHeaders(sinks ?? width / headWidth, claims.integer("heads")),
    headDim: fromHeaders(headWidth, claims.integer("headDim")),
    kvHeads: fromHeaders(1, claims.integer("kvHeads")),
    ratio: width / headWidth,
    keyRows: headWidth,
    valueRows: 0,
    latent: null,
    qkNorm: null,
    outputGate: null,
    sinks: sinks !== undefined,
    biases: readBiases(tensorRoles),
    indexer,
    compressor: ratio === undefined ? null : { kind: indexer === null ? "HCA" : "CSA", ratio },
  };
}

function readIndexer(tensorRoles: readonly TensorRole[], shape: ShapeOf): IndexerFacts | null {
  const own = tensorRoles.filter((tensorRole) => tensorRole.role === "attn.indexer");
  if (own.length === 0) return null;
  const find = (leaf: RegExp, inner?: string) =>
    own.find(
      (tensorRole) =>
        (tensorRole.part === "weight" || tensorRole.part === "packed") &&
        leaf.test(tensorRole.leaf) &&
        (inner === undefined || tensorRole.inner.includes(inner)),
    );
  const key = shape(find(/^(wk|index_k_proj)$/));
  const compressed = find(/^norm$/, "compressor")?.shape[0];
  const keyWidth = key?.rows ?? compressed;
  if (keyWidth === undefined) return null;
  const scores = shape(find(/^weights_proj$/))?.rows;
  const query = shape(find(/^(wq_b|index_q_proj)$/))?.rows;
  return { keyWidth, heads: scores ?? (query === undefined ? null : query / keyWidth) };
}
