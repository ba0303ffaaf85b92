import { type ActiveParameters, countActive, hasHead } from "../architecture/active.ts";
import type { LayerFacts } from "../architecture/layer-facts.ts";
import { type Model, modelOf } from "../architecture/model.ts";
import { BUCKETS, type Bucket, isSideScope } from "../architecture/roles.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { formatPattern } from "../checkpoint/repeats.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { type Kind, kindOf, writesTokens } from "../kinds/kind.ts";
import { heldOf } from "../signatures/held.ts";
import { bodyScopeOf } from "./body-scope.ts";

/** Tensors of one bucket. Each column sums to its own total over all rows. */
export interface RoleRow {
  readonly role: Bucket;
  readonly tensors: number;
  /** Logical parameters; 0 for quantization metadata and buffers. */
  readonly parameters: number;
  /** Stored elements, packed as they are. */
  readonly elements: number;
  readonly bytes: number;
  /** Share of the parameters. */
  readonly share: number;
}

/** A part of the model: its main body, multi-token prediction, towers. */
export interface ComponentRow {
  readonly component: string;
  readonly tensors: number;
  readonly parameters: number;
  readonly elements: number;
  readonly bytes: number;
}

/** Routed experts of layers that are alike. */
export interface ExpertRow {
  readonly stack: string;
  readonly layers: string;
  readonly experts: number;
  /** Of one expert; the mean where a damaged layer has experts of different sizes. */
  readonly parametersEach: number;
  readonly parameters: number;
}

/** What roles say about a component's parameters. */
export interface RoleCounts {
  readonly active: ActiveParameters;
  readonly byRole: readonly RoleRow[];
  readonly byComponent: readonly ComponentRow[];
  readonly byExpert: readonly ExpertRow[];
  /** Whether the head is the embedding table, stored once; null for a model without a table of tokens. */
  readonly tiedHead: boolean | null;
  /** Places that no rule recognised, as patterns. */
  readonly unknown: readonly string[];
}

/** Unknown places that a report lists; of more, the first ones. */
const MAX_UNKNOWN = 100;

export function countByRoles(component: Component): RoleCounts {
  const model = modelOf(component);
  const { tensorRoles } = model;
  return {
    active: activeOf(component, model),
    byRole: countByRole(tensorRoles),
    byComponent: countByComponent(model),
    byExpert: countByExpert(model),
    tiedHead: whetherTied(component, model),
    unknown: tensorRoles
      .filter((tensorRole) => tensorRole.bucket === "unknown")
      .slice(0, MAX_UNKNOWN)
      .map((tensorRole) => formatPattern(tensorRole.segments)),
  };
}

/** Kinds whose layers may hold routed experts under names that no rule knows. */
const OF_TOKENS: ReadonlySet<Kind> = new Set(["language-model", "seq2seq", "multimodal", "unknown"]);

function activeOf(component: Component, model: Model): ActiveParameters {
  if (!component.isComplete) return UNKNOWN_ACTIVE;
  const counted = countActive(model.tensorRoles, model.layers, model.claims);
  const hasRouter = model.layers.some(({ feedForward }) => feedForward.moe !== null);
  const { kind } = kindOf(component);
  // Matrices that no rule knows may be experts of a language model; of anything else without a router they are not.
  if (hasRouter || OF_TOKENS.has(kind)) return counted;
  if (counted.active !== null && !OF_PICTURES.has(kind)) return counted;
  const all = model.tensorRoles.reduce(
    (sum, tensorRole) => sum + tensorRole.parametersEach * tensorRole.count,
    0,
  );
  const basis = "all parameters: no routed experts";
  if (!OF_PICTURES.has(kind)) return { ...counted, active: all, basis };
  return { ...counted, active: all, activeWithoutEmbedding: all, activeWithoutEmbeddingAndHead: all, basis };
}

/** Kinds that have no tokens, and so no table of them and no head over them: all of it is passed through. */
const OF_PICTURES: ReadonlySet<Kind> = new Set([
  "vision",
  "unet",
  "autoencoder",
  "controlnet",
  "diffusion-transformer",
]);

/** What is not here may be in a shard that is missing: nothing is concluded from its absence. */
const UNKNOWN_ACTIVE: ActiveParameters = {
  active: null,
  activeWithoutEmbedding: null,
  sharedBlocks: null,
  activeCountingCalls: null,
  activeWithoutEmbeddingAndHead: null,
  basis: "not known: only a part of the tensors is here",
};

/** What is not here may be in a shard that is missing: that no head is stored is then no sign of a tie. */
function whetherTied(component: Component, model: Model): boolean | null {
  const tied = isHeadTied(model, writesTokens(component));
  return tied && !component.isComplete ? null : tied;
}

interface Sums {
  tensors: number;
  parameters: number;
  elements: number;
  bytes: number;
}

function sumBy<Key>(
  tensorRoles: readonly TensorRole[],
  keyOf: (tensorRole: TensorRole) => Key,
): Map<Key, Sums> {
  const sums = new Map<Key, Sums>();
  for (const tensorRole of tensorRoles) {
    const key = keyOf(tensorRole);
    const sum = sums.get(key) ?? { tensors: 0, parameters: 0, elements: 0, bytes: 0 };
    sum.tensors += tensorRole.count;
    sum.parameters += tensorRole.count * tensorRole.parametersEach;
    sum.elements += tensorRole.count * tensorRole.elementsEach;
    sum.bytes += tensorRole.count * tensorRole.bytesEach;
    sums.set(key, sum);
  }
  return sums;
}

function countByRole(tensorRoles: readonly TensorRole[]): RoleRow[] {
  const sums = sumBy(tensorRoles, (tensorRole) => tensorRole.bucket);
  const total = [...sums.values()].reduce((sum, row) => sum + row.parameters, 0);
  return BUCKETS.flatMap((role) => {
    const sum = sums.get(role);
    if (sum === undefined) return [];
    const share = total === 0 ? 0 : Number((sum.parameters / total).toPrecision(9));
    return [{ role, ...sum, share }];
  });
}

function countByComponent(model: Model): ComponentRow[] {
  const body = bodyScopeOf(model);
  const sums = sumBy(model.tensorRoles, ({ scope }) => (scope === "text" ? body : scope));
  return Array.from(sums, ([component, sum]) => ({ component, ...sum })).sort(
    (a, b) => b.parameters - a.parameters || (a.component < b.component ? -1 : 1),
  );
}

function countByExpert({ main, layers }: Model): ExpertRow[] {
  return layers.flatMap((layer: LayerFacts) => {
    const { moe } = layer.feedForward;
    const experts = moe?.experts.value ?? 0;
    if (moe === null || experts === 0 || main === undefined) return [];
    return [
      {
        stack: main.prefix,
        layers: formatIndexRanges(layer.members),
        experts,
        parametersEach: Math.round(moe.expertParameters / experts),
        parameters: moe.expertParameters * layer.members.length,
      },
    ];
  });
}

/**
 * Whether the table of tokens is the head too. Of models that write no text the readers of words with gaps have a head
 * over words all the same: a bias with an element for each row of the table tells, or the class that is to load it.
 */
function isHeadTied(model: Model, writes: boolean): boolean | null {
  const all = model.tensorRoles.filter(({ scope }) => !isSideScope(scope));
  const own = all.filter(({ scope }) => scope !== "encoder");
  const isTable = ({ role, part, shape }: TensorRole) =>
    role === "embed.token" && (part === "packed" || (part === "weight" && shape.length > 1));
  // Encoder and decoder may share one table, that is stored with the encoder.
  const table = own.find(isTable) ?? (model.main?.scope === "decoder" ? all.find(isTable) : undefined);
  if (table === undefined) return null;
  if (hasHead(own)) return false;
  const rows = model.weights.tensor(table.node).shape?.[0];
  const heads = own.filter(
    ({ bucket, role, stack, node }) =>
      (bucket === "head" || role === "embed.head_bias") &&
      stack === null &&
      model.weights.tensor(node).shape?.[0] === rows,
  );
  if (heads.some(({ part, shape }) => part === "packed" || (part === "weight" && shape.length >= 2)))
    return false;
  if (heads.length > 0 || NAMES_WORDS.test(model.claims.architecture ?? "")) return true;
  if (isTiedByClass(model.component)) return true;
  // A model with a classifier instead of a head has nothing to tie.
  return writes && !own.some(({ role }) => role === "head.classifier") ? true : null;
}

/** Whether the class that a checkpoint is held against shares a head, which is not stored, with a table that is. */
function isTiedByClass(component: Component): boolean {
  const held = heldOf(component);
  if (held === undefined) return false;
  const { signature, placed } = held;
  return signature.tied.some(
    ([left, saved]) =>
      /(?:head|loss|decoder|proj|proj_out|output)\.weight$/.test(left) &&
      /emb|wte|shared/.test(saved) &&
      !placed.byPattern.has(left) &&
      placed.byPattern.has(saved),
  );
}

/** Classes with a head over words on layers that read both ways. */
const NAMES_WORDS = /For(?:MaskedLM|PreTraining|(?:Text|Speech)ToText)$/;
