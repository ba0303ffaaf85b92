import { findRole } from "../../architecture/layers.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Comparing } from "./comparing.ts";
import { plus, type Term, times } from "./terms.ts";

/**
 * Multi-head latent attention as DeepSeek-V2 defined it: queries through a rank of their own or straight, keys and values
 * through one latent, a rotary slice beside it.
 */
export function latentShapes(c: Comparing): void {
  const layers = c.model.layers.filter(({ group }) => findRole(group.tensorRoles, "attn.kv_a") !== undefined);
  if (layers.length === 0) {
    for (const id of LATENT_IDS) c.lack(id, "there is no latent attention");
    return;
  }
  for (const { group } of layers) compareLatent(c, group.tensorRoles);
}

type LatentId = (typeof LATENT_IDS)[number];

const LATENT_IDS = ["mla.q_a", "mla.q_b", "mla.kv_a", "mla.kv_b", "mla.o"] as const;

function compareLatent(c: Comparing, places: readonly TensorRole[]): void {
  const heads = c.term("heads");
  const nope = c.term("qk_nope_head_dim");
  const rope = c.term("qk_rope_head_dim");
  const value = c.term("v_head_dim");
  const kvRank = c.term("kv_lora_rank");
  const rows = (id: LatentId, place: TensorRole | undefined, expected: Term) =>
    c.hold(id, { ...about(place, "rows"), expected, stored: c.shape(place)?.rows, at: place });
  const queryOut = findRole(places, "attn.q_b") ?? findRole(places, "attn.q");
  queryRank(c, places);
  rows("mla.q_b", queryOut, times(heads, plus(nope, rope)));
  rows("mla.kv_a", findRole(places, "attn.kv_a"), plus(kvRank, rope));
  rows("mla.kv_b", findRole(places, "attn.kv_b", { leaf: /^kv_b/ }), times(heads, plus(nope, value)));
  const o = findRole(places, "attn.o");
  const columns = c.shape(o)?.columns;
  c.hold("mla.o", { ...about(o, "columns"), expected: times(heads, value), stored: columns, at: o });
}

/** Without a rank, queries come from one matrix; with one, from two. */
function queryRank(c: Comparing, places: readonly TensorRole[]): void {
  const place = findRole(places, "attn.q_a");
  const straight = findRole(places, "attn.q");
  const rank = c.term("q_lora_rank");
  if (place !== undefined && c.claims.isNull("q_lora_rank"))
    return c.report("mla.q_a", { rank: null, leaf: place.leaf }, [place]);
  if (place === undefined && straight !== undefined && (rank.value ?? 0) > 0)
    return c.report("mla.q_a", { rank, leaf: straight.leaf }, [straight]);
  const stored = c.shape(place)?.rows;
  c.hold("mla.q_a", { ...about(place, "rows"), expected: rank, stored, at: place });
  if (place === undefined && straight !== undefined) c.agree("mla.q_a");
}

function about(place: TensorRole | undefined, side: string): { subject: string; measured: string } {
  const text = `${side} of ${place?.leaf ?? "?"}`;
  return { subject: text, measured: text };
}
