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

function compareLatent(c: Comparing, tensorRoles: readonly TensorRole[]): void {
  const heads = c.term("heads");
  const nope = c.term("qk_nope_head_dim");
  const rope = c.term("qk_rope_head_dim");
  const value = c.term("v_head_dim");
  const kvRank = c.term("kv_lora_rank");
  const rows = (id: LatentId, tensorRole: TensorRole | undefined, expected: Term) =>
    c.hold(id, { ...about(tensorRole, "rows"), expected, stored: c.shape(tensorRole)?.rows, at: tensorRole });
  const queryOut = findRole(tensorRoles, "attn.q_b") ?? findRole(tensorRoles, "attn.q");
  queryRank(c, tensorRoles);
  rows("mla.q_b", queryOut, times(heads, plus(nope, rope)));
  rows("mla.kv_a", findRole(tensorRoles, "attn.kv_a"), plus(kvRank, rope));
  rows("mla.kv_b", findRole(tensorRoles, "attn.kv_b", { leaf: /^kv_b/ }), times(heads, plus(nope, value)));
  const o = findRole(tensorRoles, "attn.o");
  const columns = c.shape(o)?.columns;
  c.hold("mla.o", { ...about(o, "columns"), expected: times(heads, value), stored: columns, at: o });
}

/** Without a rank, queries come from one matrix; with one, from two. */
function queryRank(c: Comparing, tensorRoles: readonly TensorRole[]): void {
  const tensorRole = findRole(tensorRoles, "attn.q_a");
  const straight = findRole(tensorRoles, "attn.q");
  const rank = c.term("q_lora_rank");
  if (tensorRole !== undefined && c.claims.isNull("q_lora_rank"))
    return c.report("mla.q_a", { rank: null, leaf: tensorRole.leaf }, [tensorRole]);
  if (tensorRole === undefined && straight !== undefined && (rank.value ?? 0) > 0)
    return c.report("mla.q_a", { rank, leaf: straight.leaf }, [straight]);
  const stored = c.shape(tensorRole)?.rows;
  c.hold("mla.q_a", { ...about(tensorRole, "rows"), expected: rank, stored, at: tensorRole });
  if (tensorRole === undefined && straight !== undefined) c.agree("mla.q_a");
}

function about(tensorRole: TensorRole | undefined, side: string): { subject: string; measured: string } {
  const text = `${side} of ${tensorRole?.leaf ?? "?"}`;
  return { subject: text, measured: text };
}
