import { claimedTraits } from "../../architecture/families/detect.ts";
import { type LayerFacts, layersWith } from "../../architecture/layer-facts.ts";
import type { Role } from "../../architecture/roles.ts";
import type { Claims } from "../../checkpoint/claims.ts";
import type { Comparing } from "./comparing.ts";
import { compareLayers } from "./indexer.ts";

/** What a layer is said to mix positions with. */
type Kind = "attention" | "recurrent" | "convolution" | "both" | "neither";

/** Words of `layer_types`, `layers_block_type` and `block_types`. A word that is not here is not guessed at. */
const WORDS: Readonly<Record<string, Kind>> = {
  full_attention: "attention",
  sliding_attention: "attention",
  chunked_attention: "attention",
  local_attention: "attention",
  attention: "attention",
  compressed_sparse_attention: "attention",
  heavily_compressed_attention: "attention",
  deepseek_sparse_attention: "attention",
  minimax_m3_sparse: "attention",
  linear_attention: "recurrent",
  mamba: "recurrent",
  mamba2: "recurrent",
  recurrent: "recurrent",
  hybrid: "both",
  conv: "convolution",
  mlp: "neither",
  moe: "neither",
};

/** Nemotron-H's pattern: Mamba-2, attention, feed-forward, experts. */
const PATTERN: Readonly<Record<string, Kind>> = {
  M: "recurrent",
  "*": "attention",
  "-": "neither",
  E: "neither",
};

/** Which layers attend and which keep a state, by any of the ways to say so. */
export function layerKinds(c: Comparing): void {
  const { model } = c;
  const claimed = claimedKinds(c);
  if (claimed === undefined)
    return c.lack("layers.kinds", "the configuration has no list or rule of layer kinds that is known");
  const attends = (layer: LayerFacts) => layer.borrowsBlock || hasRole(layer, ATTENTION_ROLES);
  const remembers = (layer: LayerFacts) => hasRole(layer, STATE_ROLES);
  // A kind of layers that is wholly told another way may have names that no rule knows: that is no contradiction.
  const isSplit = model.layers.some(
    ({ members }) => new Set(members.map((member) => claimed[member])).size > 1,
  );
  if (!isSplit && model.family.confidence !== "certain")
    return c.lack("layers.kinds", "the family is not known well enough to tell its kinds of layers");
  const told = (...kinds: Kind[]) => claimed.flatMap((kind, layer) => (kinds.includes(kind) ? [layer] : []));
  const compare = (subject: string, kinds: Kind[], holds: (layer: LayerFacts) => boolean) =>
    compareLayers(c, "layers.kinds", subject, told(...kinds), layersWith(model.layers, holds));
  // A layer that does not attend keeps a state instead: that is told once.
  if (!compare("layers with attention", ["attention", "both"], attends)) return;
  const keeping: Kind[] = ["recurrent", "both"];
  // A short convolution keeps its last positions (LFM2), or mixes within its window: by the headers, the one for all.
  const convolutions = told("convolution");
  if (layersWith(model.layers, remembers).some((layer) => convolutions.includes(layer)))
    keeping.push("convolution");
  compare("layers with a recurrent state", keeping, remembers);
}

const ATTENTION_ROLES: ReadonlySet<Role> = new Set([
  "attn.q",
  "attn.qkv",
  "attn.q_b",
  "attn.kv_a",
  "attn.kv",
]);
const STATE_ROLES: ReadonlySet<Role> = new Set(["lin.in", "ssm.in", "rec.in", "rwkv.time_mix"]);

function hasRole({ group }: LayerFacts, roles: ReadonlySet<Role>): boolean {
  return group.tensorRoles.some(({ role }) => roles.has(role));
}

/** A kind for each of the main layers; undefined where no rule is stated, or a word of it is not known. */
function claimedKinds({ claims, layerNumbers: all }: Comparing): readonly Kind[] | undefined {
  const count = all.length;
  if (count === 0) return undefined;
  const list = claims.strings("layer_types") ?? claims.strings("layers_block_type");
  if (list !== undefined) return list.length === count ? translate(list, WORDS) : undefined;
  const pattern = claims.word("hybrid_override_pattern")?.value;
  if (pattern !== undefined) return pattern.length === count ? translate([...pattern], PATTERN) : undefined;
  const repeated = claims.strings("blockTypes");
  if (repeated !== undefined && repeated.length > 0)
    return translate(
      all.map((layer) => repeated[layer % repeated.length] as string),
      WORDS,
    );
  return byRule(claims, all);
}

function translate(words: readonly string[], table: Readonly<Record<string, Kind>>): Kind[] | undefined {
  const kinds = words.map((word) => (Object.hasOwn(table, word) ? table[word] : undefined));
  return kinds.every((kind) => kind !== undefined) ? (kinds as Kind[]) : undefined;
}

function byRule(claims: Claims, all: readonly number[]): Kind[] | undefined {
  const by = (attends: (layer: number) => boolean) =>
    all.map((layer): Kind => (attends(layer) ? "attention" : "recurrent"));
  const softmax = claims.integers("attn_type_list");
  if (softmax !== undefined)
    return softmax.length === all.length && softmax.every((type) => type < 2)
      ? by((layer) => softmax[layer] === 1)
      : undefined;
  // Kimi counts its layers from 1.
  const full = claims.part("linear_attn_config").integers("full_attn_layers");
  if (full !== undefined && full.length <= all.length) {
    const numbers = new Set(full);
    return by((layer) => numbers.has(layer + 1));
  }
  const period = claims.integer("attn_layer_period")?.value ?? 0;
  const offset = claims.integer("attn_layer_offset")?.value;
  if (period > 0 && offset !== undefined && claimedTraits(claims).attendsByPeriod)
    return by((layer) => layer % period === offset);
  const interval = claims.integer("full_attention_interval")?.value ?? 0;
  return interval > 0 ? by((layer) => (layer + 1) % interval === 0) : undefined;
}
