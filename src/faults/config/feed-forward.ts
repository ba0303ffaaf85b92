import { denseMatrices, expertMatrices, type MoeFacts } from "../../architecture/feed-forward.ts";
import { type LayerFacts, layersWith } from "../../architecture/layer-facts.ts";
import { findRole } from "../../architecture/layers.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import { formatIndexRanges } from "../../format/ranges.ts";
import type { Comparing } from "./comparing.ts";
import { compareLayers } from "./indexer.ts";
import { atom, constant, plus, type Term, times } from "./terms.ts";

/** RecurrentGemma states twice the width, Gemma 3n a list, KV-shared layers may be double wide: those are left alone. */
export function feedForwardWidth(c: Comparing): void {
  const { layers, claims, family } = c.model;
  if (family.traits.statedWidth === "doubled" || claims.flag("use_double_wide_mlp")?.value === true)
    return c.lack("shape.mlp", "the stated width is not that of every layer");
  const all = layers.filter(({ feedForward }) => feedForward.dense !== null);
  const unclear = all.filter(({ feedForward }) => feedForward.dense?.width === null);
  if (claims.integer("denseWidth") !== undefined)
    for (const { group } of unclear) c.doubt("shape.mlp", c.unclearAmong(denseMatrices(group.tensorRoles)));
  const dense = all.filter((layer) => !unclear.includes(layer));
  const widths = new Set(dense.map(({ feedForward }) => feedForward.dense?.width));
  const [width] = widths;
  if (widths.size !== 1 || claims.flag("block_auto_adjust_ff_dim") !== undefined) return;
  const claim = claims.integer("denseWidth");
  // One key for both is about the experts where these are as wide as it says (Arctic).
  const isOfExperts = claims.integer("expertWidth")?.key === claim?.key;
  if (isOfExperts && layers.some(({ feedForward }) => feedForward.moe?.expertWidth === claim?.value)) return;
  // Qwen 1 and Molmo state the widths of both projections in one number.
  const inOne = family.traits.statedWidth === "both projections";
  const halved =
    claim !== undefined && inOne && claim.value !== width ? { ...claim, value: claim.value / 2 } : claim;
  const places = dense.map(({ group }) => projectionOf(group.tensorRoles, "mlp"));
  c.compare(
    "shape.mlp",
    { subject: "width of the feed-forward block", claim: halved, stored: width },
    places,
  );
}

function projectionOf(tensorRoles: readonly TensorRole[], prefix: "mlp" | "expert" | "shared_expert") {
  return (
    findRole(tensorRoles, `${prefix}.gate_up`) ??
    findRole(tensorRoles, `${prefix}.up`) ??
    findRole(tensorRoles, `${prefix}.gate`)
  );
}

/** Routed experts: how many, how wide, how many of them a token uses, and what routes and accompanies them. */
export function experts(c: Comparing): void {
  const routed = c.model.layers.filter(({ feedForward }) => feedForward.moe !== null);
  if (routed.length === 0) {
    for (const id of ["moe.count", "moe.topk", "moe.router", "moe.shared", "shape.expert"] as const)
      c.lack(id, "there are no routed experts");
    // A configuration may still promise some.
    return expertLayers(c, false);
  }
  for (const layer of routed) {
    const moe = layer.feedForward.moe as MoeFacts;
    const { tensorRoles } = layer.group;
    if (moe.layout !== undefined && c.claims.integer("expertWidth") !== undefined)
      for (const id of ["shape.expert", "moe.count"] as const)
        c.doubt(id, c.unclearAmong(expertMatrices(tensorRoles)));
    const measured = `layers ${formatIndexRanges(layer.members)}`;
    const one = projectionOf(tensorRoles, "expert");
    const count = { subject: "routed experts", claim: c.claims.integer("experts"), measured };
    c.compare("moe.count", { ...count, stored: moe.experts.value }, [one]);
    const width = { subject: "width of an expert", claim: c.claims.integer("expertWidth"), measured };
    c.compare("shape.expert", { ...width, stored: moe.expertWidth }, [one]);
    topK(c, moe);
    router(c, moe, tensorRoles);
    sharedExperts(c, moe, layer);
  }
  expertLayers(c, true);
}

/** Spellings of the same that no family file knows: enough not to call the number missing. */
const LIKE_TOP_K = /top_?k|per_tok|selected|activated|^moe_k$|topk/i;

function topK(c: Comparing, { topK: figure, experts: { value } }: MoeFacts): void {
  const claim = c.claims.integer("topK");
  if (claim === undefined) {
    const { textKeyNames: keys } = c.claims;
    if (c.claims.integer("experts") === undefined || keys.some((key) => LIKE_TOP_K.test(key)))
      return c.lack("moe.topk", "the configuration does not state experts per token in a known spelling");
    return c.report("moe.topk", { claim: null, experts: value }, [], "warning");
  }
  c.agree("moe.topk");
  if (figure.claimed === undefined) return;
  const own = { value: figure.claimed, key: claim.key };
  c.report("moe.topk", { claim: own, experts: value });
}

/** A router has a row for each expert; models with experts that do nothing have more. */
function router(c: Comparing, { experts: { value } }: MoeFacts, tensorRoles: readonly TensorRole[]): void {
  if (value === null) return;
  const idle = c.term("zero_expert_num");
  const stored = atom(value, "stored experts");
  // Some routers weigh the shared experts too (Inkling).
  const shared = c.term("sharedExperts");
  const expected = idle.value === null ? stored : plus(stored, idle);
  const withShared = plus(stored, shared);
  for (const tensorRole of tensorRoles) {
    const length = routerLength(c, tensorRole);
    if (length === undefined) continue;
    const subject = tensorRole.role === "moe.router" ? "rows of the router" : "length of the router's bias";
    const wanted = shared.value !== null && withShared.value === length ? withShared : expected;
    const held = { subject, expected: wanted, stored: length, measured: tensorRole.leaf, at: tensorRole };
    c.hold("moe.router", { ...held, basis: "headers" });
  }
}

/** Names of the matrix that scores experts; a router may be a network of its own. */
const ROUTERS: ReadonlySet<string> = new Set(["gate", "router", "layer", "wg", "classifier", "proj"]);

/** Rows of a router or length of its bias; undefined for anything else beside it. */
function routerLength(c: Comparing, tensorRole: TensorRole): number | undefined {
  const { role, part, shape } = tensorRole;
  if (part !== "weight" && part !== "packed") return undefined;
  // One bias for each of several groups of experts counts them all (ERNIE-VL).
  if (role === "moe.router_bias") return shape.reduce((product, dim) => product * dim, 1);
  if (role !== "moe.router" || shape.length < 2 || !ROUTERS.has(tensorRole.leaf)) return undefined;
  const sides = c.shape(tensorRole);
  // Some store their routers the other way round; vectors beside a router are no routers.
  return sides?.columns === c.model.hidden && sides.rows !== c.model.hidden ? sides.rows : undefined;
}

const SHARED_WIDTHS = [
  "shared_expert_intermediate_size",
  "shared_intermediate_size",
  "moe_shared_expert_intermediate_size",
  "share_expert_dim",
] as const;

/** Shared experts are one block, as wide as all of them: number × width, or a width of its own. */
function sharedExperts(c: Comparing, moe: MoeFacts, { group }: LayerFacts): void {
  const count = c.term("sharedExperts");
  const widths = SHARED_WIDTHS.map((key) => c.term(key)).filter(({ value }) => value !== null);
  const own = c.term("moe_intermediate_size");
  const tensorRole = projectionOf(group.tensorRoles, "shared_expert");
  if (count.value === null && widths.length === 0)
    return c.lack("moe.shared", "the configuration does not speak of shared experts");
  const isNone = count.value === 0 || (count.value === null && widths.every(({ value }) => value === 0));
  if (moe.sharedWidth === null || tensorRole === undefined) {
    // A name that no rule knows may be theirs.
    if (isNone || group.tensorRoles.some(({ role }) => role === "unknown" || role === "mlp.up")) return;
    const term = count.value === null ? (widths[0] as Term) : count;
    c.report("moe.shared", { expected: term, stored: null });
    return;
  }
  if (isNone) {
    const key = (count.value === null ? widths[0] : count)?.words ?? "";
    const { leaf } = tensorRole;
    c.report("moe.shared", { expected: null, key, stored: moe.sharedWidth, leaf }, [tensorRole]);
    return;
  }
  const stated = widths.length > 0 ? widths : [own];
  // Hunyuan states no width of their own, though each is as wide as a dense block.
  const usual = [...stated, own, c.term("intermediate_size")];
  const products = count.value === null ? [] : usual.map((width) => times(count, width));
  const allowed = [...products, ...widths];
  if (tensorRole.inner.includes("#")) return;
  const match = allowed.find(({ value }) => value === moe.sharedWidth);
  const expected = match ?? allowed.find(({ value }) => value !== null) ?? products[0] ?? constant(0);
  c.hold("moe.shared", {
    subject: "width of the shared experts",
    expected,
    stored: moe.sharedWidth,
    measured: tensorRole.leaf,
    at: tensorRole,
  });
}

/** Which layers are said to hold experts, where one of the usual rules is stated; undefined where none is. */
function claimedExpertLayers({ claims, model, layerNumbers: all }: Comparing): readonly number[] | undefined {
  if (all.length === 0) return undefined;
  const types = claims.strings("mlp_layer_types");
  if (types !== undefined)
    return all.filter((layer) => types[layer] === "sparse" || types[layer]?.includes("moe"));
  const frequencies = claims.integers("moeLayerList");
  if (frequencies !== undefined) return all.filter((layer) => frequencies[layer] === 1);
  // Dense models of these families keep the keys and have no experts, or one.
  if (claims.integer("experts") === undefined || (claims.integer("experts")?.value ?? 0) < 2)
    return undefined;
  const dense = claims.integer("first_k_dense_replace");
  if (dense !== undefined) {
    const step = claims.integer("moeLayerStep")?.value || 1;
    return all.filter((layer) => layer >= dense.value && layer % step === 0);
  }
  const period = claims.integer("expert_layer_period");
  const offset = claims.integer("expert_layer_offset");
  if (period !== undefined && offset !== undefined && period.value > 0)
    return all.filter((layer) => layer % period.value === offset.value);
  const listed = claims.integers("moe_layers");
  if (listed !== undefined) return listed.filter((layer) => layer < all.length);
  const interleaved = claims.integer("interleave_moe_layer_step")?.value ?? 0;
  if (interleaved > 0) return all.filter((layer) => (layer + 1) % interleaved === 0);
  // Encoder-decoders have a rhythm of their own under this key.
  if (model.main?.scope !== "text") return undefined;
  const sparse = claims.integer("decoder_sparse_step")?.value ?? 0;
  const without = new Set(claims.integers("mlp_only_layers") ?? []);
  return sparse > 0 ? all.filter((layer) => !without.has(layer) && (layer + 1) % sparse === 0) : undefined;
}

function expertLayers(c: Comparing, hasExperts: boolean): void {
  const claimed = claimedExpertLayers(c);
  if (claimed === undefined)
    return c.lack("moe.layers", hasExperts ? "no rule is stated" : "there are no routed experts");
  const stored = layersWith(c.model.layers, (layer) => layer.feedForward.moe !== null);
  compareLayers(c, "moe.layers", "layers with experts", claimed, stored);
}
