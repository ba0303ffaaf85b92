import type { LayoutDoubt } from "../../architecture/measurable.ts";
import { formatCount } from "../../format/count.ts";
import { formatIndexRanges } from "../../format/ranges.ts";
import { formatShape } from "../../format/shape.ts";
import type { Words, WordsOf } from "../words-of.ts";
import type { BiasOwner, ConfigData, Flagged, LayerSets, Measure, NormShape } from "./data.ts";
import { formatTerm } from "./terms.ts";

/** How each contradiction is told: the configuration's side, and the headers'. */
export const CONFIG_WORDS: WordsOf<ConfigData> = {
  "layout.unclear": ({ doubt, shapes }) => {
    const { expected, found, fix } = LAYOUTS[doubt];
    const stored = shapes.map(formatShape).join(", ");
    return { subject: "layout", expected, found: `${stored}: ${found}`, basis: "headers", fix };
  },
  "layers.count": measure,
  "layers.kinds": layerSets,
  "layers.list": ({ key, entries, layers, isOfPrediction }) => ({
    subject: `entries of ${key}`,
    expected: `${formatCount(layers.value)} (${layers.key})`,
    found: `${formatCount(entries)}${isOfPrediction ? ", with those of the prediction layers" : ""}`,
    basis: "headers",
    fix: `Write one entry of ${key} for each layer, and none for the layers of multi-token prediction.`,
  }),
  "arch.family": ({ expected, modelType, stored, prefix }) => ({
    subject: "names of tensors",
    expected: `${expected} (model_type ${modelType})`,
    found: `${stored} (${prefix})`,
  }),
  "shape.hidden": measure,
  "shape.mlp": measure,
  "shape.expert": measure,
  "ple.shape": measure,
  "shape.vocab": measure,
  "shape.head_vocab": measure,
  "tie.missing": (data) => ({ ...flagged(data), subject: "tied head", found: "no head is stored" }),
  "tie.stored": (data) => ({ ...flagged(data), subject: "tied head", found: "a head is stored" }),
  "position.table": measure,
  "shape.q": (data) =>
    "width" in data
      ? {
          subject: "query heads",
          expected: `${formatCount(data.claim.value)} (${data.claim.key})`,
          found: `${formatCount(data.width)} columns of o, and keys that this does not fit`,
        }
      : measure(data),
  "shape.kv": measure,
  "shape.qkv_fused": measure,
  "head_dim.explicit": measure,
  "head_dim.implicit": measure,
  "attn.groups": ({ heads, keyHeads, ratio }) => ({
    subject: "query heads to a key/value head",
    expected: `${heads.digits} ÷ ${keyHeads.digits}, no whole number (${heads.words} ÷ ${keyHeads.words})`,
    found: `${ratio} (columns of o ÷ rows of k)`,
  }),
  "shape.qk_norm": (data) => ("claim" in data ? normFlag(data) : normShape(data)),
  "bias.missing": ({ owner, source }) => ({
    subject: BIASES[owner],
    expected: `some (${source})`,
    found: "none",
  }),
  "bias.undeclared": ({ owner, source }) => ({
    subject: BIASES[owner],
    expected: `none (${source})`,
    found: "stored",
  }),
  "mla.q_a": (data) => ("rank" in data ? queryRank(data) : measure(data)),
  "mla.q_b": measure,
  "mla.kv_a": measure,
  "mla.kv_b": measure,
  "mla.o": measure,
  "indexer.shape": measure,
  "indexer.layers": layerSets,
  "ssm.shapes": measure,
  "linear.shapes": measure,
  "rec.shapes": measure,
  "moe.count": measure,
  "moe.topk": ({ claim, experts }) => ({
    subject: "experts per token",
    expected: claim === null ? "not stated" : `${formatCount(claim.value)} (${claim.key})`,
    found:
      claim === null
        ? `${experts ?? "?"} experts: how many parameters are active is not known`
        : `${experts} experts`,
  }),
  "moe.layers": layerSets,
  "moe.router": measure,
  "moe.shared": sharedExperts,
  "norm.count": ({ usual, layers, other, members }) => ({
    subject: "norms of a layer",
    expected: `${usual}, as in layers ${formatIndexRanges(layers)}`,
    found: `${other} in layers ${formatIndexRanges(members)}`,
    basis: "headers",
  }),
  "gemma.kv_shared": ({ first, last, shared }) => ({
    subject: "keys and values of layers that share them",
    expected: `those of others in layers ${first}-${last} (num_kv_shared_layers ${formatCount(shared)})`,
    found: "projections of their own, unused at inference",
  }),
  "mtp.count": measure,
  "vision.config": (data) => {
    if (!("lacks" in data)) return measure(data);
    return data.lacks === "tower"
      ? {
          subject: "vision tower",
          expected: "one (vision_config)",
          found: "no tensor of one: an export of the text alone",
        }
      : {
          subject: "vision tower",
          expected:
            data.textType === undefined
              ? "nothing (vision_config)"
              : `none: ${data.textType}_text is a text model`,
          found: `${formatCount(data.tensors)} tensors of one${data.textType === undefined ? "" : `, as ${data.textType} has it`}`,
        };
  },
  "params.config_estimate": ({ expected, stored, share }) => ({
    subject: "parameters",
    expected: `${formatCount(expected)} (from its numbers)`,
    found: `${formatCount(stored)} (${(100 * share).toFixed(1)} % off)`,
  }),
};

const EXPORT_AGAIN = "Export again, in a layout that loaders of this model read; its numbers are right.";
const STATE_PACKING =
  "State the packing as the exporting tool does, or export again; the numbers of the model are right.";

/** What is wanted of a layout that numbers are measured on, and what is there. */
const LAYOUTS: Readonly<
  Record<LayoutDoubt, { readonly expected: string; readonly found: string; readonly fix: string }>
> = {
  unnamed: {
    expected: "a known packing",
    found: "values of a packing that nothing names",
    fix: STATE_PACKING,
  },
  open: { expected: "one reading", found: "several readings fit", fix: STATE_PACKING },
  damaged: {
    expected: "what its packing is read by",
    found: "it is lost, or of another shape",
    fix: EXPORT_AGAIN,
  },
  "one-matrix": {
    expected: "a stack of experts",
    found: "one matrix, without a dimension of the experts",
    fix: EXPORT_AGAIN,
  },
  "numbered-inside": {
    expected: "experts.N.projection",
    found: "experts numbered behind the projection",
    fix: "Rename them to experts.N.projection, as loaders look for them, or export again.",
  },
  turned: { expected: "[out, in]", found: "sides that are not those of its role", fix: EXPORT_AGAIN },
};

const BIASES: Readonly<Record<BiasOwner, string>> = {
  queries: "biases of queries",
  "feed-forward": "biases of the feed-forward block",
};

function measure({ subject, expected, stored, measured, basis }: Measure): Words {
  const found = `${formatCount(stored)}${measured === null ? "" : ` (${measured})`}`;
  return { subject, expected: formatTerm(expected), found, basis };
}

function layerSets({ subject, claimed, stored }: LayerSets): Words {
  return {
    subject,
    expected: formatIndexRanges(claimed) || "none",
    found: formatIndexRanges(stored) || "none",
  };
}

function flagged({ claim }: Flagged): { readonly expected: string } {
  return { expected: `${claim.value} (${claim.key})` };
}

function normFlag(data: Flagged): Words {
  const found = data.claim.value ? "no norms are stored" : "norms are stored";
  return { ...flagged(data), subject: "norms of queries and keys", found };
}

function normShape({ side, allowed, type, headWidth, heads, stored, leaf }: NormShape): Words {
  const shapes = allowed.map(formatShape).join(", ");
  return {
    subject: `norm of ${side}`,
    expected:
      type === null
        ? `one of ${shapes} (head width ${headWidth} × ${heads} heads)`
        : `${shapes} (qk_norm_type ${type})`,
    found: `${formatShape(stored)} (${leaf})`,
  };
}

/** Without a rank, queries come from one matrix; with one, from two. */
function queryRank({ rank, leaf }: { readonly rank: ConfigRank; readonly leaf: string }): Words {
  return rank === null
    ? {
        subject: "rank of queries",
        expected: "null (q_lora_rank)",
        found: `a query rank, ${leaf} is stored`,
      }
    : {
        subject: "rank of queries",
        expected: `${rank.digits} (${rank.words})`,
        found: `none, ${leaf} is stored`,
      };
}

type ConfigRank = Extract<ConfigData["mla.q_a"], { leaf: string }>["rank"];

function sharedExperts(data: ConfigData["moe.shared"]): Words {
  const subject = "width of the shared experts";
  if ("subject" in data) return measure(data);
  return data.expected === null
    ? { subject, expected: `none (${data.key})`, found: `${formatCount(data.stored)} (${data.leaf})` }
    : { subject, expected: `${data.expected.digits} (${data.expected.words})`, found: "none is stored" };
}
