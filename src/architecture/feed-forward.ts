import type { Claims } from "../checkpoint/claims.ts";
import { type Figure, fromHeaders, inDoubt, NOT_KNOWN } from "./figure.ts";
import { findRole } from "./layers.ts";
import { type LinearShape, linearShape } from "./linear-shape.ts";
import { firstDoubt, type LayoutDoubt } from "./measurable.ts";
import type { Role } from "./roles.ts";
import type { StoredWeights } from "./stored-weights.ts";
import type { TensorRole } from "./tensor-roles.ts";

/** A feed-forward block: how wide, and whether one projection gates the other. */
export interface DenseFacts {
  /** Null where the layout that it would be measured on is not understood. */
  readonly width: number | null;
  readonly gated: boolean;
}

/** A mixture of experts in one layer. */
export interface MoeFacts {
  readonly experts: Figure;
  readonly topK: Figure;
  readonly expertWidth: number | null;
  readonly gated: boolean;
  readonly isStacked: boolean;
  /** Logical parameters of all routed experts of the layer that words go to. */
  readonly expertParameters: number;
  /** Of experts that none but pixels go to (ERNIE-VL). */
  readonly imageExpertParameters: number;
  readonly sharedWidth: number | null;
  readonly hasSharedGate: boolean;
  readonly hasRouter: boolean;
  readonly hasRouterBias: boolean;
  readonly latentWidth: number | null;
  /** Why its numbers are not known, where a layout is not understood and the configuration does not settle it. */
  readonly layout?: LayoutDoubt;
}

export interface FeedForward {
  readonly dense: DenseFacts | null;
  readonly moe: MoeFacts | null;
}

/** The feed-forward part of a layer: dense, a mixture of experts, both (Gemma 4) or neither. */
export function readFeedForward(
  tensorRoles: readonly TensorRole[],
  weights: StoredWeights,
  claims: Claims,
  hidden: number | null,
): FeedForward {
  const dense = readDense(tensorRoles, "mlp", weights, hidden) ?? readChannelMix(tensorRoles, weights);
  const moe = readMoe(tensorRoles, weights, claims, hidden);
  return {
    dense: dense && settleDense(dense, firstDoubt(denseMatrices(tensorRoles), weights, hidden), claims),
    moe: moe && settleMoe(moe, firstDoubt(expertMatrices(tensorRoles), weights, hidden), claims),
  };
}

/**
 * The projection that the width of a dense block is measured on. Others of the block may lie as they like: of image models
 * whose second matrix goes by a name of the first kind (Wan, AuraFlow), the first says it all.
 */
export function denseMatrices(tensorRoles: readonly TensorRole[]): TensorRole[] {
  const one = findRole(tensorRoles, "mlp.gate_up") ?? wayUp(tensorRoles, "mlp");
  return one === undefined ? [] : [one];
}

function wayUp(tensorRoles: readonly TensorRole[], prefix: "mlp" | "shared_expert"): TensorRole | undefined {
  return (
    tensorRoles.find((tensorRole) => tensorRole.role === `${prefix}.up` && isMatrix(tensorRole)) ??
    findRole(tensorRoles, `${prefix}.gate` as Role)
  );
}

/** Those that the number and width of routed experts are measured on. */
export function expertMatrices(tensorRoles: readonly TensorRole[]): TensorRole[] {
  return tensorRoles.filter(({ role }) => role.startsWith("expert."));
}

/** What an uncertain layout leads to is right where the configuration says the same. */
function settleDense(facts: DenseFacts, doubt: LayoutDoubt | null, claims: Claims): DenseFacts {
  if (doubt === null || facts.width === claims.integer("denseWidth")?.value) return facts;
  return { ...facts, width: null };
}

function settleMoe(facts: MoeFacts, doubt: LayoutDoubt | null, claims: Claims): MoeFacts {
  if (doubt === null) return facts;
  const experts = inDoubt(facts.experts);
  const isSettled = experts.value !== null && facts.expertWidth === claims.integer("expertWidth")?.value;
  return isSettled ? facts : { ...facts, experts, expertWidth: null, layout: doubt };
}

function readDense(
  tensorRoles: readonly TensorRole[],
  prefix: "mlp" | "shared_expert",
  weights: StoredWeights,
  hidden: number | null,
): DenseFacts | null {
  const fused = linearShape(findRole(tensorRoles, `${prefix}.gate_up` as Role), weights, hidden);
  if (fused !== undefined) return { width: Math.floor(fused.rows / 2), gated: true };
  const gate = findRole(tensorRoles, `${prefix}.gate` as Role);
  const up = wayUp(tensorRoles, prefix);
  const shape = linearShape(up, weights, hidden);
  if (shape === undefined) return null;
  const down = linearShape(findRole(tensorRoles, `${prefix}.down` as Role), weights, hidden);
  // Where the way down reads half of what the way up gives, the other half gates it (ChatGLM, ModernBERT).
  if (gate === undefined && down !== undefined && shape.rows === 2 * down.columns)
    return { width: down.columns, gated: true };
  // GPT-2 stores its linears as [in, out].
  const isTransposed = up?.leaf === "c_fc" && shape.rows === hidden && shape.columns > shape.rows;
  return { width: isTransposed ? shape.columns : shape.rows, gated: gate !== undefined };
}

/** A weight with two sides, which the parameters of a learned activation have not. */
function isMatrix({ part, shape }: TensorRole): boolean {
  return part === "packed" || (part === "weight" && shape.length >= 2);
}

/** What RWKV has for a feed-forward block. */
function readChannelMix(tensorRoles: readonly TensorRole[], weights: StoredWeights): DenseFacts | null {
  const key = findRole(tensorRoles, "rwkv.channel_mix", { leaf: /^key$/ });
  const shape = linearShape(key, weights, null);
  return shape === undefined ? null : { width: shape.rows, gated: false };
}

function readMoe(
  tensorRoles: readonly TensorRole[],
  weights: StoredWeights,
  claims: Claims,
  hidden: number | null,
): MoeFacts | null {
  const [forImages, ofText] = partition(tensorRoles, ({ inner }) =>
    inner.some((name) => IMAGE_EXPERTS.has(name)),
  );
  if (ofText.some(({ bucket }) => bucket === "experts") && forImages.length > 0) {
    const imageExpertParameters = parametersOf(forImages.filter(({ bucket }) => bucket === "experts"));
    const text = readMoe(ofText, weights, claims, hidden);
    return text && { ...text, imageExpertParameters };
  }
  const own = tensorRoles.filter((tensorRole) => tensorRole.bucket === "experts");
  if (own.length === 0) return null;
  const isStacked = own.every((tensorRole) => tensorRole.experts === null);
  const ids = new Set(own.flatMap((tensorRole) => tensorRole.experts ?? []));
  const stacked = own.find((tensorRole) => tensorRole.part !== "bias" && tensorRole.shape.length >= 3);
  const piled =
    isStacked && stacked === undefined ? countPiled(tensorRoles, own, weights, hidden) : undefined;
  const count = isStacked ? (stacked?.shape[0] ?? piled) : ids.size;
  const experts = count === undefined ? NOT_KNOWN : fromHeaders(count, claims.integer("experts"));
  const { width: rows, gated } = readExpertWidth(tensorRoles, weights, hidden, claims);
  const width = rows === null ? null : rows / (piled ?? 1);
  return {
    experts,
    topK: readTopK(count, claims),
    expertWidth: width,
    gated,
    isStacked,
    expertParameters: parametersOf(own),
    imageExpertParameters: 0,
    sharedWidth: readSharedWidth(tensorRoles, weights, hidden),
    hasSharedGate: tensorRoles.some((tensorRole) => tensorRole.role === "moe.shared_gate"),
    hasRouter: tensorRoles.some((tensorRole) => tensorRole.role === "moe.router"),
    hasRouterBias: tensorRoles.some((tensorRole) => tensorRole.role === "moe.router_bias"),
    latentWidth:
      linearShape(findRole(tensorRoles, "moe.latent", { leaf: /^(?:fc1|pre_expert)/ }), weights, null)
        ?.rows ?? null,
  };
}

/** Of all shared experts together: they are one block, or a stack of blocks. */
function readSharedWidth(
  places: readonly TensorRole[],
  weights: StoredWeights,
  hidden: number | null,
): number | null {
  const width = readDense(places, "shared_expert", weights, hidden)?.width ?? null;
  const stack = places.find(
    ({ bucket, part, shape }) => bucket === "shared_experts" && part === "weight" && shape.length === 3,
  );
  return width === null ? null : width * (stack?.shape[0] ?? 1);
}

/** Beside a mixture of experts for words. */
const IMAGE_EXPERTS: ReadonlySet<string> = new Set(["vision_moe"]);

function partition<Item>(items: readonly Item[], is: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(is), items.filter((item) => !is(item))];
}

/** Of one layer. */
function parametersOf(places: readonly TensorRole[]): number {
  return places.reduce((sum, place) => sum + place.parametersEach * place.count, 0) / layersOf(places);
}

/** DBRX piles its experts into matrices of experts × width rows: the router has a row for each of them. */
function countPiled(
  tensorRoles: readonly TensorRole[],
  own: readonly TensorRole[],
  weights: StoredWeights,
  hidden: number | null,
): number | undefined {
  const router = linearShape(findRole(tensorRoles, "moe.router"), weights, null);
  // Some store their routers the other way round.
  const count = router?.columns !== hidden && router?.rows === hidden ? router?.columns : router?.rows;
  const fits = (rows: number | undefined) => rows !== undefined && count !== undefined && rows % count === 0;
  return own.every((tensorRole) => fits(tensorRole.shape[0])) ? count : undefined;
}

function layersOf(tensorRoles: readonly TensorRole[]): number {
  return new Set(tensorRoles.flatMap((tensorRole) => tensorRole.layers ?? [])).size || 1;
}

/** How many experts a position uses: nothing in the headers tells, and a claim beyond the experts is none. */
function readTopK(experts: number | undefined, claims: Claims): Figure {
  const claim = claims.integer("topK");
  if (claim === undefined) return NOT_KNOWN;
  return claim.value > 0 && (experts === undefined || claim.value <= experts)
    ? { value: claim.value, from: "config" }
    : { value: null, from: null, claimed: claim.value };
}

/** Stacked experts come as `[E, out, in]` and as `[E, in, out]`: the axis that is not the model's width is theirs. */
function readExpertWidth(
  tensorRoles: readonly TensorRole[],
  weights: StoredWeights,
  hidden: number | null,
  claims: Claims,
): { width: number | null; gated: boolean } {
  const fused = findRole(tensorRoles, "expert.gate_up");
  const gate = findRole(tensorRoles, "expert.gate");
  const single = findRole(tensorRoles, "expert.up") ?? gate;
  const tensorRole = fused ?? single;
  if (tensorRole === undefined) return { width: null, gated: false };
  const shape = linearShape(tensorRole, weights, hidden);
  if (shape === undefined) return { width: null, gated: fused !== undefined || gate !== undefined };
  const { rows: a, columns: b } = shape;
  const claim = claims.integer("expertWidth")?.value;
  const factor = fused === undefined ? 1 : 2;
  const gated = fused !== undefined || gate !== undefined;
  const settled = widthByWayDown(
    shape,
    linearShape(findRole(tensorRoles, "expert.down"), weights, hidden),
    factor,
  );
  if (settled !== undefined) return { width: settled, gated };
  // With the width equal to the model's, only the claim can tell the axes apart.
  const outIsLast =
    a === hidden && (b !== hidden || (claim !== undefined && a !== factor * claim && b === factor * claim));
  const rows = hidden !== null && outIsLast ? b : a;
  return { width: Math.floor(rows / factor), gated };
}

/** What goes down has the sides of what goes up, turned round: where only one reading of both fits, it is the right one. */
function widthByWayDown(up: LinearShape, down: LinearShape | undefined, factor: number): number | undefined {
  if (down === undefined) return undefined;
  const outFirst = up.rows === factor * down.columns && up.columns === down.rows;
  const inFirst = up.columns === factor * down.rows && up.rows === down.columns;
  if (outFirst === inFirst) return undefined;
  return outFirst ? down.columns : down.rows;
}
