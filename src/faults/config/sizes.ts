import { isSideScope } from "../../architecture/roles.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Component } from "../../checkpoint/checkpoint.ts";
import type { Claim, Claims } from "../../checkpoint/claims.ts";
import { formatPattern } from "../../checkpoint/repeats.ts";
import { type Comparing, narrowTo } from "./comparing.ts";
import { atom, constant, plus, times } from "./terms.ts";

export function layerCount(c: Comparing): void {
  const { claims, layerCount: count, layers, family } = c.model;
  if (family.traits.callsLayersAgain)
    return c.lack("layers.count", `${family.title} calls the few layers that it stores`);
  const stored = layers.reduce((sum, layer) => sum + layer.members.length, 0);
  const claim = claims.integer("decoderLayers");
  const measured = stored === count ? null : `${stored} of them stored`;
  c.compare("layers.count", { subject: "layers", claim, stored: count, measured });
}

export function hiddenSize(c: Comparing): void {
  if (c.model.main?.scope === "diffusion")
    return c.lack("shape.hidden", "an image model has no one width of a stream");
  const claim = c.claims.integer("hidden");
  c.compare("shape.hidden", { subject: "width of the residual stream", claim, stored: c.model.hidden });
  const isSecond = true;
  // Some tables are narrower than the stream they feed, and say so.
  if (c.claims.integer("embeddingWidth") === undefined) {
    const table = tokenTable(c);
    const columns = c.shape(table)?.columns;
    const held = { subject: "columns of the embedding table", claim, stored: columns, isSecond };
    c.compare("shape.hidden", held, [table]);
  }
  const above = c.model.main?.prefix.split(".").slice(0, -1).join(".");
  const norm = c.model.tensorRoles.find(
    ({ role, part, stack, segments }) =>
      role === "norm.final" &&
      part === "weight" &&
      stack === null &&
      formatPattern(segments.slice(0, -2)) === above,
  );
  const length = norm?.shape[0];
  if (length !== claim?.value && endsWider(c, length)) return;
  c.compare("shape.hidden", { subject: "length of the final norm", claim, stored: length, isSecond }, [norm]);
}

/** Two streams side by side (Reformer) end in a norm over both, and the head reads both; without one none contradicts. */
function endsWider(c: Comparing, length: number | undefined): boolean {
  const { tensorRoles, hidden, isGenerative } = c.model;
  if (length === undefined || hidden === null || length === hidden) return false;
  const head = tensorRoles.find(({ role, part }) => role === "head.lm" && part === "weight");
  return head === undefined ? !isGenerative && length === 2 * hidden : c.shape(head)?.columns === length;
}

/** Embeddings are padded to round numbers; fewer rows than words is a different matter. */
export function vocabulary(c: Comparing): void {
  const table = tokenTable(c);
  const rows = table === undefined ? undefined : c.model.weights.tensor(table.node).shape?.[0];
  const claim = c.claims.integer("vocabulary");
  if (table !== undefined && rows !== undefined && isInParts(c, table, claim?.value)) return;
  const severity = rows !== undefined && rows < (claim?.value ?? 0) ? "error" : padding(rows, table);
  const subject = "rows of the embedding table";
  c.compare("shape.vocab", { subject, claim, stored: rows, severity }, [table]);
}

/** A table may be kept in pieces of one width, side by side, that hold the words together (Molmo). */
function isInParts({ model }: Comparing, table: TensorRole, words: number | undefined): boolean {
  const box = formatPattern(table.segments.slice(0, -1));
  const pieces = model.tensorRoles.filter(
    ({ role, shape, segments }) =>
      role === "embed.token" &&
      shape.length === 2 &&
      shape[1] === table.shape[1] &&
      formatPattern(segments.slice(0, -1)) === box,
  );
  const rows = pieces.reduce((sum, { shape, count }) => sum + (shape[0] ?? 0) * count, 0);
  return pieces.length > 1 && words !== undefined && (table.shape[0] ?? 0) < words && rows >= words;
}

/** Each of several tables for codes (MusicGen) has a row for silence beside those of its codebook. */
function padding(rows: number | undefined, table?: TensorRole): "info" | "warning" {
  return (rows ?? 0) % 8 === 0 || (table?.count ?? 1) > 1 ? "info" : "warning";
}

/** Head and table are one matrix, or two of one height; pruned and padded heads are rare. */
export function headRows(c: Comparing): void {
  const table = tokenTable(c);
  const head = c.model.tensorRoles.find(
    ({ role, scope, part }) => role === "head.lm" && !isSideScope(scope) && part !== "bias",
  );
  const rows = c.shape(table)?.rows;
  // The head of an encoder is a projection of its own.
  if (rows === undefined || head === undefined || !c.model.isGenerative) return;
  if (c.shape(head)?.columns !== c.shape(table)?.columns) return;
  const isHead = ({ bucket, scope, part, shape }: TensorRole) =>
    bucket === "head" && !isSideScope(scope) && part !== "bias" && shape[0] === rows;
  // What stands before it may be called head too (Ultrabert).
  if (c.model.tensorRoles.some(isHead)) return c.agree("shape.head_vocab");
  const stored = c.shape(head)?.rows ?? rows;
  const vocabulary = c.claims.integer("vocabulary")?.value;
  // A table may hold more: words that are read and never written (Llama 3.2 Vision).
  if (stored === vocabulary) return c.agree("shape.head_vocab");
  if (c.claims.integer("draft_vocab_size") !== undefined)
    return c.lack("shape.head_vocab", "a drafter scores a part of the words");
  // Words without a row are never predicted.
  const isShort = stored < Math.min(rows, vocabulary ?? 0);
  c.hold("shape.head_vocab", {
    subject: "rows of the head",
    expected: atom(rows, "rows of the embedding table"),
    stored,
    measured: "rows of the head",
    at: head,
    severity: isShort ? "error" : "warning",
    basis: "headers",
  });
}

/** The table of tokens that feeds the main stack: of several the one with its root (a talker has its own). */
export function tokenTable({ model }: Comparing): TensorRole | undefined {
  const tables = model.tensorRoles.filter(
    ({ role, scope, parametersEach }) => role === "embed.token" && !isSideScope(scope) && parametersEach > 0,
  );
  const root = model.main?.prefix.split(".")[0];
  const rooted = tables.filter(({ segments }) => segments[0] === root);
  const candidates = rooted.length > 0 ? rooted : tables;
  // Beside the table of words there are small ones, of speakers or sorts of input.
  const words = model.claims.integer("vocabulary")?.value ?? 0;
  return candidates.find(({ shape }) => shape.length === 2 && (shape[0] ?? 0) >= words) ?? candidates[0];
}

export function headTie(c: Comparing): void {
  const { claims, tensorRoles, isGenerative } = c.model;
  const claim = tieOf(claims);
  const heads = tensorRoles.filter(({ role, scope }) => role === "head.lm" && !isSideScope(scope));
  const hasOther = tensorRoles.some(({ bucket, role }) => bucket === "head" && role !== "head.lm");
  if (tokenTable(c) === undefined || hasOther || !isGenerative) return;
  if (claim === undefined)
    return c.lack("tie.config", "the configuration does not state tie_word_embeddings");
  if (heads.length === 0 && !computesLogits(claims))
    return c.lack("tie.config", "the architecture that it states computes no words");
  if (isDrafter(c.model.component)) return c.lack("tie.config", "a drafter borrows its target's head");
  c.agree("tie.config");
  const isStored = heads.length > 0;
  if (claim.value !== isStored) return;
  c.report(isStored ? "tie.stored" : "tie.missing", { claim }, heads);
}

/** A head that is stored although it is tied: a class lets it be, and loaders do not read it. */
export function headStored(c: Comparing): void {
  const claim = tieOf(c.model.claims);
  const heads = c.model.tensorRoles.filter(({ role, scope }) => role === "head.lm" && !isSideScope(scope));
  if (claim?.value !== true || heads.length === 0 || tokenTable(c) === undefined) return;
  c.agree("tie.config");
  c.report("tie.stored", { claim }, heads);
}

/** The library ties a composite by the word of the whole; a part that says no is of no effect where the whole is silent. */
function tieOf(claims: Claims): Claim<boolean> | undefined {
  const claim = claims.flag("tie_word_embeddings");
  const whole = claims.flagOfWhole("tie_word_embeddings");
  return whole ?? (claims.isComposite && claim?.value === false ? undefined : claim);
}

/** Bare encoders and backbones have no head to miss, whatever their configuration says of ties. */
function computesLogits({ architecture: name }: Claims): boolean {
  return name === undefined || /(?:CausalLM|ConditionalGeneration|LMHeadModel)$/.test(name);
}

/** EAGLE's drafters join the target's hidden state and their own (`fc` [H, 2H]), and borrow the target's head. */
export function isDrafter({ table }: Component): boolean {
  const row = table.rowNamed("fc.weight");
  const [rows, columns, ...more] = row === undefined ? [] : table.shape(row);
  if (rows === undefined || columns === undefined || more.length > 0) return false;
  return columns >= 2 * rows && columns % rows === 0;
}

/** Published checkpoints often leave out the prediction modules that their configuration advertises. */
export function mtpLayers(c: Comparing): void {
  const { claims, mtpLayers: stored, tensorRoles } = c.model;
  const claim = claims.integer("mtp");
  const own = tensorRoles.filter(({ scope }) => scope === "mtp");
  const count = stored.reduce((sum, layer) => sum + layer.members.length, 0);
  c.agree("mtp.count");
  if (claim === undefined || (claim.value > 0 && own.length > 0 && count >= claim.value)) return;
  c.compare("mtp.count", { subject: "multi-token-prediction modules", claim, stored: count });
}

/** Tables of learned positions, one row each; OPT and BART keep two rows for padding. */
const POSITION_TABLES = /^(?:wpe|position_embeddings?|embed_positions|pos_emb|position_embed)$/;
const PADDING_ROWS = 2;

export function positionTable(c: Comparing): void {
  for (const tensorRole of c.model.tensorRoles) {
    const { role, part, scope, stack, shape } = tensorRole;
    if (role !== "embed.position" || part !== "weight" || stack !== null || shape.length !== 2) continue;
    if (isSideScope(scope) || scope === "diffusion" || !POSITION_TABLES.test(tensorRole.leaf)) continue;
    // A table of another width is of a part with a configuration of its own.
    if (c.model.hidden !== null && shape[1] !== c.model.hidden) continue;
    const own = { encoder: "sourcePositions", decoder: "targetPositions" } as const;
    const expected = c.term(scope === "encoder" || scope === "decoder" ? own[scope] : "positions");
    const rows = shape[0] as number;
    const more = rows - (expected.value ?? rows);
    const isPadded = more > 0 && more <= PADDING_ROWS;
    c.hold("position.table", {
      subject: "rows of the position table",
      expected: isPadded ? plus(expected, constant(more)) : expected,
      stored: rows,
      measured: `rows of ${tensorRole.leaf}`,
      at: tensorRole,
      severity: "warning",
    });
  }
  c.lack("position.table", "there is no table of learned positions");
}

/** Per-layer embeddings of Gemma 3n and 4: one table for all layers, a slice of its columns for each. */
export function perLayerEmbedding(c: Comparing): void {
  const table = c.model.tensorRoles.find(
    ({ role, part }) => role === "embed.per_layer" && (part === "weight" || part === "packed"),
  );
  if (table === undefined) return;
  const shape = c.shape(table);
  const rows = c.term("vocab_size_per_layer_input");
  const held = { subject: "the table of per-layer embeddings", at: table };
  const isEnough = (shape?.rows ?? 0) >= (rows.value ?? 0);
  c.hold("ple.shape", {
    ...held,
    expected: isEnough && rows.value !== null ? atom(shape?.rows ?? 0, rows.words) : rows,
    stored: shape?.rows,
    measured: "rows",
  });
  const expected = times(c.term("layers"), c.term("hidden_size_per_layer_input"));
  c.hold("ple.shape", { ...held, expected, stored: shape?.columns, measured: "columns" });
}

/** Layers that reuse another layer's keys and values need no projections for them; releases may hold them all the same. */
export function sharedKeys(c: Comparing): void {
  const claim = c.claims.integer("num_kv_shared_layers");
  if (claim === undefined) return c.lack("gemma.kv_shared", "no layer is said to share keys and values");
  const { layers, layerCount: count } = c.model;
  if (claim.value === 0 || claim.value >= count)
    return c.lack("gemma.kv_shared", "no layer is said to share keys and values");
  c.agree("gemma.kv_shared");
  const first = count - claim.value;
  const tensorRoles = layers
    .flatMap(({ group }) => group.tensorRoles.filter(({ role }) => role === "attn.k" || role === "attn.v"))
    .map((tensorRole) => narrowTo(tensorRole, (layer) => layer >= first))
    .filter((tensorRole) => tensorRole !== undefined);
  if (tensorRoles.length === 0) return;
  c.report("gemma.kv_shared", { first, last: count - 1, shared: claim.value }, tensorRoles);
}
