import type { Claims } from "../checkpoint/claims.ts";
import { type AttentionFacts, readAttention } from "./attention.ts";
import { type TimeConvolution, timeConvolution } from "./convolution.ts";
import { findRole } from "./layers.ts";
import { linearShape } from "./linear-shape.ts";
import { measuredLinear } from "./measurable.ts";
import type { Role } from "./roles.ts";
import type { StoredWeights } from "./stored-weights.ts";
import { isUnknownMatrix, type TensorRole } from "./tensor-roles.ts";

/** What mixes the positions of a sequence in one layer. State is kept per sequence, in elements; null is not known. */
export type Mixer =
  | { readonly type: "attention"; readonly facts: AttentionFacts }
  | { readonly type: "cross-attention"; readonly keyRows: number; readonly valueRows: number }
  | {
      readonly type: "linear";
      readonly kind: LinearKind;
      readonly heads: number | null;
      readonly valueWidth: number | null;
      readonly stateElements: number | null;
    }
  | {
      readonly type: "ssm";
      readonly kind: SsmKind;
      readonly innerWidth: number | null;
      readonly heads: number | null;
      readonly stateSize: number | null;
      readonly stateElements: number | null;
    }
  | {
      readonly type: "recurrent";
      readonly kind: RecurrentKind;
      readonly width: number | null;
      readonly stateElements: number | null;
    }
  | { readonly type: "rwkv"; readonly kind: "RWKV"; readonly stateElements: number | null }
  /** A layer without any other mixer, of convolutions or of matrices that no rule recognises: what they keep is not known. */
  | {
      readonly type: "unknown";
      readonly kind: "convolution" | "unknown mixer";
      readonly stateElements: null;
    };

export type LinearKind = "gated DeltaNet" | "Kimi delta attention" | "lightning attention";
export type RecurrentKind = "RG-LRU" | "short convolution";
export type SsmKind = "Mamba" | "Mamba-2" | "Zamba Mamba";

/** Everything in a layer that looks beyond one position; several where they work side by side, none in a pure MLP layer. */
export function readMixers(
  tensorRoles: readonly TensorRole[],
  weights: StoredWeights,
  claims: Claims,
  hidden: number | null,
): Mixer[] {
  const mixers: Mixer[] = [];
  const attention = readAttention(tensorRoles, weights, claims, hidden);
  if (attention !== undefined)
    for (let copy = 0; copy < copiesOf(tensorRoles); copy++)
      mixers.push({ type: "attention", facts: attention });
  const k = linearShape(findRole(tensorRoles, "xattn.k"), weights, hidden);
  const v = linearShape(findRole(tensorRoles, "xattn.v"), weights, hidden);
  const kv = linearShape(findRole(tensorRoles, "xattn.kv"), weights, hidden);
  if (k !== undefined || kv !== undefined) {
    mixers.push({
      type: "cross-attention",
      keyRows: k?.rows ?? (kv?.rows ?? 0) / 2,
      valueRows: v?.rows ?? (kv?.rows ?? 0) / 2,
    });
  }
  const has = (prefix: string) => tensorRoles.some((tensorRole) => tensorRole.role.startsWith(prefix));
  if (has("lin.")) mixers.push(readLinear(tensorRoles, weights, claims, hidden));
  if (has("ssm.")) mixers.push(readSsm(tensorRoles, weights, claims, hidden));
  if (tensorRoles.some(({ role }) => role.startsWith("rec.") && role !== "rec.other"))
    mixers.push(readRecurrent(tensorRoles));
  if (has("rwkv.time_mix")) mixers.push(readRwkv(tensorRoles, claims));
  const unknown = mixers.length === 0 ? tensorRoles.filter(mayMix) : [];
  if (unknown.length > 0) {
    const kind = unknown.every(({ role }) => role === "conv") ? "convolution" : "unknown mixer";
    mixers.push({ type: "unknown", kind, stateElements: null });
  }
  return mixers;
}

function mayMix(tensorRole: TensorRole): boolean {
  return isUnknownMatrix(tensorRole) || MAY_MIX.has(tensorRole.role);
}

/** Roles that are told by single words of a name. */
const MAY_MIX: ReadonlySet<Role> = new Set(["attn.other", "attn.routed", "xattn.other", "conv", "rec.other"]);

/** How many attention blocks of one shape each layer has: `self_attn.{0,1}` of LongCat are two. */
function copiesOf(tensorRoles: readonly TensorRole[]): number {
  const out = findRole(tensorRoles, "attn.o");
  return out?.layers && out.inner[1] === "#" ? Math.max(1, Math.floor(out.count / out.layers.length)) : 1;
}

function vector(tensorRoles: readonly TensorRole[], role: Role, leaf?: RegExp): number | undefined {
  const tensorRole = tensorRoles.find(
    (one) => one.role === role && one.part === "weight" && (leaf === undefined || leaf.test(one.leaf)),
  );
  return tensorRole?.shape.length === 1 ? tensorRole.shape[0] : undefined;
}

/** The causal convolutions of a role; null where the layout of one is not understood. */
function convolutions(tensorRoles: readonly TensorRole[], role: Role): readonly TimeConvolution[] | null {
  const found = tensorRoles.filter(
    (tensorRole) => tensorRole.role === role && tensorRole.part === "weight" && tensorRole.shape.length >= 2,
  );
  const read = found.map(timeConvolution).filter((each) => each !== undefined);
  return read.length < found.length ? null : read;
}

/** Channels × (kernel − 1): what of the past they still need. */
function convolutionState(tensorRoles: readonly TensorRole[], role: Role): number | null {
  const all = convolutions(tensorRoles, role);
  return all === null ? null : all.reduce((sum, { channels, kernel }) => sum + channels * (kernel - 1), 0);
}

function convolutionChannels(tensorRoles: readonly TensorRole[], role: Role): number | null {
  const all = convolutions(tensorRoles, role);
  return all === null ? null : all.reduce((sum, { channels }) => sum + channels, 0);
}

/** Sums and products of figures, one of which may not be known. */
function sum(...figures: readonly (number | null)[]): number | null {
  return figures.reduce<number | null>((all, each) => (all === null || each === null ? null : all + each), 0);
}

function product(...figures: readonly (number | null)[]): number | null {
  return figures.reduce<number | null>((all, each) => (all === null || each === null ? null : all * each), 1);
}

function readLinear(
  tensorRoles: readonly TensorRole[],
  weights: StoredWeights,
  claims: Claims,
  hidden: number | null,
): Mixer {
  const out = measuredLinear(findRole(tensorRoles, "lin.out"), weights, hidden)?.columns ?? null;
  if (findRole(tensorRoles, "lin.in", { leaf: /^(qkv_proj|query_key_value)$/ }) !== undefined) {
    const claimed = claims.integer("heads")?.value;
    const isFitting = out !== null && claimed !== undefined && claimed > 0 && out % claimed === 0;
    const heads = isFitting ? claimed : null;
    const valueWidth = isFitting ? out / claimed : null;
    const stateElements = product(heads, valueWidth, valueWidth);
    return { type: "linear", kind: "lightning attention", heads, valueWidth, stateElements };
  }
  const valueWidth = vector(tensorRoles, "lin.norm") ?? null;
  const conv = convolutionState(tensorRoles, "lin.conv");
  if (tensorRoles.some((tensorRole) => tensorRole.leaf === "f_a_proj")) {
    // A_log may be padded, so heads come from the output's width.
    const heads = out !== null && valueWidth !== null ? out / valueWidth : null;
    const stateElements = sum(product(heads, valueWidth, valueWidth), conv);
    return { type: "linear", kind: "Kimi delta attention", heads, valueWidth, stateElements };
  }
  const heads = vector(tensorRoles, "lin.decay", /^A_log$/) ?? null;
  const keyWidth = keyWidthOf(tensorRoles, heads, valueWidth, claims);
  const stateElements = sum(product(heads, keyWidth, valueWidth), conv);
  return { type: "linear", kind: "gated DeltaNet", heads, valueWidth, stateElements };
}

/** Key heads share rows with nothing that would tell their width: the config does, and has to divide those rows. */
function keyWidthOf(
  tensorRoles: readonly TensorRole[],
  heads: number | null,
  valueWidth: number | null,
  claims: Claims,
): number | null {
  const claim = claims.integer("linearKeyWidth")?.value;
  if (heads === null || valueWidth === null || claim === undefined || claim === 0) return null;
  const channels = convolutionChannels(tensorRoles, "lin.conv");
  const keyRows = channels === null ? 0 : (channels - heads * valueWidth) / 2;
  return keyRows > 0 && keyRows % claim === 0 ? claim : null;
}

function readSsm(
  tensorRoles: readonly TensorRole[],
  weights: StoredWeights,
  claims: Claims,
  hidden: number | null,
): Mixer {
  const decay = tensorRoles.find((tensorRole) => tensorRole.role === "ssm.a")?.shape ?? [];
  const conv = convolutionState(tensorRoles, "ssm.conv");
  const inner = measuredLinear(findRole(tensorRoles, "ssm.out"), weights, hidden)?.columns ?? null;
  if (decay.length > 1) {
    const state = product(...decay);
    return {
      type: "ssm",
      kind: decay.length === 3 ? "Zamba Mamba" : "Mamba",
      innerWidth: inner,
      heads: decay.length === 3 ? (decay[0] as number) : null,
      stateSize: decay[decay.length - 1] as number,
      stateElements: sum(state, conv),
    };
  }
  const channels = convolutionChannels(tensorRoles, "ssm.conv");
  const groups = channels === null || inner === null ? 0 : (channels - inner) / 2;
  const claim = claims.integer("ssmState")?.value;
  const stateSize = claim !== undefined && claim > 0 && groups > 0 && groups % claim === 0 ? claim : null;
  return {
    type: "ssm",
    kind: "Mamba-2",
    innerWidth: inner,
    heads: decay[0] ?? null,
    stateSize,
    stateElements: sum(product(inner, stateSize), conv),
  };
}

function readRecurrent(tensorRoles: readonly TensorRole[]): Mixer {
  const conv = convolutionState(tensorRoles, "rec.conv");
  const width = tensorRoles.find((tensorRole) => tensorRole.leaf === "recurrent_param")?.shape[0];
  // Without a gate there is no state beside the positions that the convolution looks back on.
  if (width === undefined) {
    const channels = convolutionChannels(tensorRoles, "rec.conv");
    return { type: "recurrent", kind: "short convolution", width: channels, stateElements: conv };
  }
  return { type: "recurrent", kind: "RG-LRU", width, stateElements: sum(width, conv) };
}

function readRwkv(tensorRoles: readonly TensorRole[], claims: Claims): Mixer {
  const named = (leaf: RegExp) =>
    tensorRoles.find((tensorRole) => tensorRole.role === "rwkv.time_mix" && leaf.test(tensorRole.leaf));
  const first = named(/^time_first$/)?.shape;
  // RWKV-4 keeps five vectors of the layer's width; later ones a matrix per head and two vectors.
  if (first?.length === 1) return { type: "rwkv", kind: "RWKV", stateElements: 5 * (first[0] as number) };
  const bonus = (named(/^time_faaaa$/) ?? named(/^r_k$/))?.shape;
  if (bonus?.length === 2) {
    const [heads, width] = bonus as [number, number];
    return { type: "rwkv", kind: "RWKV", stateElements: heads * width * width + 2 * heads * width };
  }
  const rows = bonus?.[0];
  const width = claims.integer("rwkvHeadWidth")?.value;
  const known = rows !== undefined && width !== undefined && width > 0 && rows % width === 0;
  return { type: "rwkv", kind: "RWKV", stateElements: known ? rows * width + 2 * rows : null };
}
