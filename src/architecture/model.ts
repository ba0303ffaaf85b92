import type { Component } from "../checkpoint/checkpoint.ts";
import { type Claims, claimsOf } from "../checkpoint/claims.ts";
import { detectFamily, type FamilyVerdict } from "./families/detect.ts";
import { type LayerFacts, readLayers } from "./layer-facts.ts";
import { findMainStack, findRole, findStacks, type Stack } from "./layers.ts";
import { linearShape } from "./linear-shape.ts";
import { isSideScope, type Role } from "./roles.ts";
import { readSchedule, type Schedule } from "./schedule.ts";
import { StoredWeights } from "./stored-weights.ts";
import { classifyTensors, type TensorRole } from "./tensor-roles.ts";

/** A component as a model: what its tensors are for, and what its layers do. */
export interface Model {
  readonly component: Component;
  readonly tensorRoles: readonly TensorRole[];
  readonly weights: StoredWeights;
  readonly claims: Claims;
  readonly stacks: readonly Stack[];
  /** The layers that the model is about; undefined where there is no list of layers. */
  readonly main: Stack | undefined;
  /** Its layers by kind, multi-token-prediction layers apart. */
  readonly layers: readonly LayerFacts[];
  readonly mtpLayers: readonly LayerFacts[];
  /** 1 + the highest number of a main layer; 0 without layers. */
  readonly layerCount: number;
  /** Width of the residual stream. */
  readonly hidden: number | null;
  readonly schedule: Schedule;
  readonly family: FamilyVerdict;
  /** Whether it writes text token by token, and so keeps a cache. */
  readonly isGenerative: boolean;
}

/** The model of a component, made once and kept as long as the component. */
export function modelOf(component: Component): Model {
  return component.analyses.get(readModel);
}

function readModel(component: Component): Model {
  const weights = new StoredWeights(component);
  const tensorRoles = classifyTensors(component, weights);
  const claims = claimsOf(component);
  const stacks = findStacks(component.kinds, tensorRoles);
  const main = findMainStack(stacks, tensorRoles, claims.integer("layers")?.value);
  const hidden = readHidden(tensorRoles, main, weights, claims.integer("hidden")?.value);
  const layers =
    main === undefined ? [] : readLayers(main, weights, claims, hidden, false, endsInNorm(tensorRoles, main));
  const mtpLayers = stacks
    .filter((stack) => stack === main || stack.scope === "mtp")
    .flatMap((stack) => readLayers(stack, weights, claims, hidden, true, true));
  const layerCount = layers.reduce((most, layer) => Math.max(most, 1 + (layer.members.at(-1) ?? -1)), 0);
  const family = detectFamily({
    tensorRoles: tensorRoles.filter((tensorRole) => !isSideScope(tensorRole.scope)),
    layers,
    claims,
    isComplete: component.isComplete,
  });
  return {
    component,
    tensorRoles: tensorRoles,
    weights,
    claims,
    stacks,
    main,
    layers,
    mtpLayers,
    layerCount,
    hidden,
    schedule: readSchedule(claims, layerCount),
    family,
    isGenerative: !family.traits.readsWhole && isGenerative(tensorRoles, main),
  };
}

/** Whether a norm outside of all layers follows a stack; a norm over the embeddings alone is another. */
export function endsInNorm(tensorRoles: readonly TensorRole[], { scope }: Stack): boolean {
  return tensorRoles.some((tensorRole) => tensorRole.role === "norm.final" && tensorRole.scope === scope);
}

/** Columns of the embedding table, else the length of a norm of the residual stream. */
function readHidden(
  tensorRoles: readonly TensorRole[],
  main: Stack | undefined,
  weights: StoredWeights,
  claimed: number | undefined,
): number | null {
  const own = tensorRoles.filter(
    (tensorRole) => !isSideScope(tensorRole.scope) || main?.scope === tensorRole.scope,
  );
  const finals = own.filter(
    (tensorRole) =>
      tensorRole.part === "weight" && (tensorRole.role === "norm.final" || tensorRole.role === "norm.input"),
  );
  // Layers with a bottleneck or a second stream have norms of several lengths: one of them is the stream's.
  const norms = (main?.groups[0]?.tensorRoles ?? []).filter(
    (tensorRole) =>
      tensorRole.bucket === "norms" && tensorRole.part === "weight" && tensorRole.shape.length === 1,
  );
  const inStack =
    norms.find(({ shape }) => shape[0] === claimed) ?? norms.find(({ role }) => role !== "norm.other");
  const embedding = linearShape(findRole(own, "embed.token"), weights, null);
  // A norm is the surer witness: some embeddings are narrower than the stream they feed.
  // Image models have norms without weights: what queries read is the stream.
  const query = widestQuery(main, weights);
  // Of norms outside of all layers, some are of what comes in: patches, other parts.
  const norm =
    finals.find(({ shape }) => shape[0] === query?.columns) ?? (query === undefined ? finals[0] : undefined);
  // Without one, the table may be narrower than the stream, and queries may be packed.
  const others = [embedding?.columns, query?.columns, finals[0]?.shape[0]];
  return (
    inStack?.shape[0] ??
    norm?.shape[0] ??
    others.find((width) => width !== undefined && width === claimed) ??
    others.find((width) => width !== undefined) ??
    null
  );
}

/** What queries of the first layers read; of two streams, the text beside a picture, the wider is the model's. */
function widestQuery(main: Stack | undefined, weights: StoredWeights): ReturnType<typeof linearShape> {
  return (main?.groups[0]?.tensorRoles ?? [])
    .filter(({ role, part }) => role === "attn.q" && part === "weight")
    .map((tensorRole) => linearShape(tensorRole, weights, null))
    .reduce((widest, shape) => ((shape?.columns ?? 0) > (widest?.columns ?? 0) ? shape : widest), undefined);
}

const WORD_SCORES: ReadonlySet<Role> = new Set(["head.lm", "embed.head_bias"]);

/** Encoders, towers and image models look at everything at once: they keep nothing between steps. */
function isGenerative(tensorRoles: readonly TensorRole[], main: Stack | undefined): boolean {
  if (main === undefined || main.scope === "diffusion") return false;
  if (main.scope === "decoder") return true;
  if (tensorRoles.some((tensorRole) => tensorRole.leaf === "logit_scale")) return false;
  const isEncoder = main.prefix.split(".").includes("encoder") || main.scope === "encoder";
  const tables = tensorRoles.filter(
    (tensorRole) => tensorRole.role === "embed.token" && tensorRole.scope === "text",
  );
  // What turns an encoder's states into words has a row for each of them.
  const scores = ({ shape }: TensorRole) =>
    !isEncoder || tables.length === 0 || tables.some((table) => table.shape[0] === shape[0]);
  const hasHead = tensorRoles.some(
    (tensorRole) => WORD_SCORES.has(tensorRole.role) && tensorRole.scope === "text" && scores(tensorRole),
  );
  const hasTokens = tables.length > 0;
  return (!isEncoder || hasHead) && (hasTokens || hasHead);
}
