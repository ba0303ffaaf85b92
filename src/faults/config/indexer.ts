import { layersWith } from "../../architecture/layer-facts.ts";
import type { TensorRole } from "../../architecture/tensor-roles.ts";
import type { Comparing } from "./comparing.ts";
import { type Term, times } from "./terms.ts";

const SPARSE = "sparse_attention_config";

/** The small attention that picks positions for the large one: its shapes, and which layers have one. */
export function indexers(c: Comparing): void {
  const layers = c.model.layers.filter(({ group }) => group.tensorRoles.some(isIndexer));
  const claimed = claimedIndexers(c);
  if (layers.length === 0 && claimed === undefined) {
    for (const id of ["indexer.shape", "indexer.layers"] as const) c.lack(id, "there is no indexer");
    return;
  }
  for (const { group } of layers) shapes(c, group.tensorRoles.filter(isIndexer));
  if (claimed === undefined) return c.lack("indexer.layers", "the configuration does not say which layers");
  const stored = layersWith(c.model.layers, ({ group }) => group.tensorRoles.some(isIndexer));
  compareLayers(c, "indexer.layers", "layers with an indexer", claimed.layers, stored, claimed.isExact);
}

function isIndexer({ role }: TensorRole): boolean {
  return role === "attn.indexer";
}

function shapes(c: Comparing, tensorRoles: readonly TensorRole[]): void {
  const first = (direct: Term, nested: Term) => (nested.value === null ? direct : nested);
  const heads = first(c.term("index_n_heads"), c.nested(SPARSE, "sparse_num_index_heads"));
  const width = first(c.term("index_head_dim"), c.nested(SPARSE, "sparse_index_dim"));
  const hold = (leaf: RegExp, expected: Term) => {
    const tensorRole = tensorRoles.find(
      (one) => (one.part === "weight" || one.part === "packed") && leaf.test(one.leaf) && !isCompressor(one),
    );
    const text = `rows of ${tensorRole?.leaf ?? "?"}`;
    const stored = c.shape(tensorRole)?.rows;
    c.hold("indexer.shape", {
      subject: `${text} of the indexer`,
      expected,
      stored,
      measured: text,
      at: tensorRole,
    });
  };
  hold(/^(?:wq_b|index_q_proj)$/, times(heads, width));
  hold(/^(?:wk|index_k_proj)$/, width);
  hold(/^weights_proj$/, heads);
}

/** DeepSeek-V4 compresses what its indexer reads, in modules of the same names. */
function isCompressor({ inner }: TensorRole): boolean {
  return inner.includes("compressor");
}

interface ClaimedLayers {
  readonly layers: readonly number[];
  /** Whether layers beyond those must have none: a rhythm tells who computes, not who might hold one. */
  readonly isExact: boolean;
}

function claimedIndexers({ claims, layerNumbers: all }: Comparing): ClaimedLayers | undefined {
  if (all.length === 0) return undefined;
  const frequencies = claims.part(SPARSE).integers("sparse_attention_freq");
  if (frequencies !== undefined)
    return { layers: all.filter((layer) => frequencies[layer] === 1), isExact: true };
  const types = claims.strings("indexer_types");
  if (types !== undefined && types.length === all.length)
    return { layers: all.filter((layer) => types[layer] === "full"), isExact: true };
  // Layers that choose by what another layer's indexer found are a rule of its own.
  if (claims.states("index_source_layer_ids")) return undefined;
  const ratios = claims.integers("compress_ratios");
  // DeepSeek-V4: layers that keep one position of four choose among them.
  if (ratios !== undefined && ratios.length >= all.length)
    return { layers: all.filter((layer) => ratios[layer] === 4), isExact: true };
  const step = claims.integer("index_topk_freq")?.value;
  const offset = claims.integer("index_skip_topk_offset")?.value;
  if (step === undefined || offset === undefined || step === 0) return undefined;
  return { layers: all.filter((layer) => Math.max(layer - offset + 1, 0) % step === 0), isExact: false };
}

/**
 * Holds two sets of layers against each other; `isExact` is false where more than claimed is no fault. Returns whether
 * they agree.
 */
export function compareLayers(
  c: Comparing,
  id: "layers.kinds" | "indexer.layers" | "moe.layers",
  subject: string,
  claimed: readonly number[],
  stored: readonly number[],
  isExact = true,
): boolean {
  c.agree(id);
  if (claimed.join() === stored.join()) return true;
  const own = new Set(stored);
  const isLacking = claimed.some((layer) => !own.has(layer));
  c.report(id, { subject, claimed, stored }, [], isExact || isLacking ? "error" : "info");
  return false;
}
