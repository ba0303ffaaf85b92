import type { Component } from "../checkpoint/checkpoint.ts";
import { type Claims, claimsOf } from "../checkpoint/claims.ts";
import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import { type PatternGroup, type PatternSegment, walkPatterns } from "../checkpoint/repeats.ts";
import { NONE } from "../safetensors/tensor-names.ts";
import { classifyDiffusion } from "./diffusion-roles.ts";
import { classifyInLayer } from "./layer-roles.ts";
import {
  DECODER_NAMES,
  ENCODER_NAMES,
  EXPERT_BOXES,
  LANGUAGE_ROOTS,
  STACK_NAMES,
  VISION_ROOTS,
} from "./leaf-tables.ts";
import { expandPrefixes, Neighbours, type Segment, segmentsOf } from "./name-path.ts";
import { classifyOriginal } from "./original-roles.ts";
import { type PeeledName, peelPart } from "./parts.ts";
import { findAlpha, findLora, type ModelTraits, type Placement, placeModule, unwrap } from "./placement.ts";
import {
  type Bucket,
  bucketOf,
  isSideScope,
  METADATA_PARTS,
  type ModulePart,
  type Role,
  type Scope,
} from "./roles.ts";
import { bufferRole, classifyAtRoot } from "./root-roles.ts";
import type { StoredTensor, StoredWeights } from "./stored-weights.ts";
import { roleOfWords } from "./word-roles.ts";

/** Tensors that differ in numbers only, with what they are for. Counts are those of one tensor, `count` says how many. */
export interface TensorRole {
  readonly segments: readonly PatternSegment[];
  /** Node of the first of them, and its kind. */
  readonly node: number;
  readonly kind: number;
  readonly count: number;
  readonly scope: Scope;
  readonly stack: string | null;
  readonly layers: readonly number[] | null;
  /** Expert numbers, null for a tensor that is not below a numbered expert. */
  readonly experts: readonly number[] | null;
  readonly role: Role;
  readonly part: ModulePart;
  readonly bucket: Bucket;
  /** Last name of the module that holds it, such as `q_proj` or `A_log`. */
  readonly leaf: string;
  /** Names of the module inside its layer, numbers as "#"; at the root the whole name. */
  readonly inner: readonly string[];
  /** The node of the layer, `NONE` outside of layers. */
  readonly layerNode: number;
  readonly shape: readonly number[];
  readonly elementsEach: number;
  readonly bytesEach: number;
  /** Logical parameters of one: unpacked, 0 for quantization metadata and buffers. */
  readonly parametersEach: number;
}

/** Whether no rule says what these weights are for: they may be anything that a layer does. */
export function isUnknownMatrix(tensorRole: TensorRole): boolean {
  return tensorRole.bucket === "unknown" && tensorRole.shape.length >= 2;
}

/** All tensors of a component by folded place. The places' counts add up to the component's tensors. */
export function classifyTensors(component: Component, weights: StoredWeights): TensorRole[] {
  const { kinds } = component;
  const neighbours = new Neighbours(kinds);
  const groups: RoleSlot[] = [];
  walkPatterns(kinds, (group) => {
    const row = kinds.tensorRow(group.kind);
    if (row !== undefined) {
      for (const one of expandPrefixes(kinds, group)) {
        groups.push({ group: one, row, segments: unwrap(segmentsOf(kinds, one)) });
      }
    }
    return true;
  });
  const traits = findTraits(
    groups.map(({ segments }) => segments),
    claimsOf(component),
  );
  return withTableAsHead(groups.map((place) => toTensorRole(kinds, place, traits, neighbours, weights)));
}

/** A head of which a bias alone is stored is the table of words: so the bias is the table's. */
function withTableAsHead(places: TensorRole[]): TensorRole[] {
  const heads = places.filter(({ bucket }) => bucket === "head");
  if (heads.length === 0 || heads.some(({ role, part }) => role !== "head.lm" || part !== "bias"))
    return places;
  return places.map((place) =>
    place.role === "head.lm" && !isSideScope(place.scope)
      ? { ...place, role: "embed.head_bias", bucket: "embedding" }
      : place,
  );
}

/** What only image generators have beside their blocks. */
const DIFFUSION_ROOTS = ["down_blocks", "scale_shift_table", "adaln_single", "time_text_embed"] as const;

/** Blocks of image generators under their original names: no text runs through them. */
const PAINTER_BLOCKS: ReadonlySet<string> = new Set([
  "input_blocks",
  "output_blocks",
  "double_blocks",
  "joint_blocks",
  "double_stream_blocks",
]);

/** What the names together tell about the model, before any of them is classified. */
function findTraits(paths: readonly (readonly Segment[])[], claims: Claims): ModelTraits {
  let encoder = false;
  let decoder = false;
  let hasExperts = false;
  let hasLanguageRoot = false;
  const roots = new Set<string>();
  for (const path of paths) {
    roots.add(path[0]?.name ?? "");
    if (path.some((segment) => EXPERT_BOXES.has(segment.name))) hasExperts = true;
    if (path.some((segment) => segment.name === "block_sparse_moe")) hasExperts = true;
    if (path.some((segment) => LANGUAGE_ROOTS.has(segment.name))) hasLanguageRoot = true;
    const list = path.findIndex((segment, at) => STACK_NAMES.has(segment.name) && path[at + 1]?.members);
    if (list < 0 || path.slice(0, list).some((segment) => VISION_ROOTS.has(segment.name))) continue;
    const before = path.slice(0, list).map((segment) => segment.name);
    encoder ||= before.some((name) => ENCODER_NAMES.has(name));
    decoder ||= before.some((name) => DECODER_NAMES.has(name));
  }
  const className = claims.word("className")?.value;
  const isAutoencoder =
    (className !== undefined && /^Autoencoder/.test(className)) ||
    paths.some((path) => path[0]?.name === "encoder" && path[1]?.name === "down_blocks");
  const isDiffusion =
    isAutoencoder ||
    className !== undefined ||
    DIFFUSION_ROOTS.some((name) => roots.has(name)) ||
    (roots.has("transformer_blocks") && (roots.has("x_embedder") || roots.has("proj_out")));
  const isPainter = isDiffusion || paths.some((path) => path.some(({ name }) => PAINTER_BLOCKS.has(name)));
  const isEncoderDecoder = encoder && decoder;
  const isStaged = roots.has("conv1") && roots.has("layer1");
  return { isEncoderDecoder, hasLanguageRoot, isDiffusion, isPainter, isAutoencoder, hasExperts, isStaged };
}

/** A group of tensors with the row of an example, and its name as the rules read it. */
interface RoleSlot {
  readonly group: PatternGroup;
  readonly row: number;
  readonly segments: readonly Segment[];
}

function toTensorRole(
  kinds: ModuleKinds,
  { group, row, segments }: RoleSlot,
  traits: ModelTraits,
  neighbours: Neighbours,
  weights: StoredWeights,
): TensorRole {
  const stored = weights.tensor(group.node);
  const shape = kinds.table.shape(row);
  const lora = findLora(segments) ?? findAlpha(segments, neighbours);
  const peeled = unpackedName(segments, stored, neighbours);
  const module = trimLinear(lora?.module ?? peeled.module);
  const placement = placeModule(module, traits, neighbours);
  const isBuffer = stored.part === "buffer";
  // Packing knows bookkeeping; a name that only looks like it is a parameter of the model (`router.scales`).
  const named = isBookkeepingName(peeled.part) ? "weight" : peeled.part;
  const part = stored.part ?? lora?.part ?? named;
  const role = isBuffer
    ? bufferRole(segments)
    : lora !== null
      ? loraRole(lora.part)
      : roleOf({ module, part }, placement, shape, traits, neighbours);
  const inner = placement.rest.map((segment) => segment.name);
  const answer = { scope: placement.scope, role, part };
  return {
    segments: group.segments,
    node: group.node,
    kind: group.kind,
    count: group.count,
    ...answer,
    stack: placement.stack,
    layers: placement.layers,
    experts: expertsOf(placement.rest),
    bucket: bucketOf(answer),
    leaf: inner.findLast((name) => name !== "#") ?? "",
    inner,
    layerNode: placement.stack === null ? NONE : (module[placement.depth - 1] as Segment).node,
    shape,
    // Those of the tensor itself: a weight of bitsandbytes has its state below it.
    elementsEach: kinds.table.elements(row),
    bytesEach: kinds.table.bytes(row),
    parametersEach: stored.parameters,
  };
}

/** The module that a tensor belongs to: peeled by name, or, for payloads with a quantizer's own names, its owner. */
function unpackedName(
  segments: readonly Segment[],
  stored: StoredTensor,
  neighbours: Neighbours,
): PeeledName {
  const peeled = peelPart(segments, neighbours);
  if (!stored.isPacked || peeled.part !== "weight" || stored.parameter !== "") return peeled;
  const owner = segments.findLastIndex((segment) => segment.node === stored.owner);
  return owner < 0 ? peeled : { module: segments.slice(0, owner + 1), part: "packed" };
}

function isBookkeepingName(part: ModulePart): boolean {
  return METADATA_PARTS.has(part) || part === "clip";
}

function roleOf(
  { module, part }: PeeledName,
  placement: Placement,
  shape: readonly number[],
  traits: ModelTraits,
  neighbours: Neighbours,
): Role {
  if (placement.scope === "projector") return "projector";
  const inLayer = placement.stack !== null && placement.rest.length > 0;
  const role = roleByName({ module, part }, placement, shape, traits, neighbours, inLayer);
  if (role !== "unknown" || traits.isDiffusion) return role;
  // After stages of convolutions it gives the classes; beside a draft's one layer it joins two inputs (EAGLE).
  if (traits.isStaged && module.length === 1 && module[0]?.name === "fc") return "head.classifier";
  return roleOfWords(inLayer ? placement.rest : module, shape, inLayer);
}

function roleByName(
  { module, part }: PeeledName,
  placement: Placement,
  shape: readonly number[],
  traits: ModelTraits,
  neighbours: Neighbours,
  inLayer: boolean,
): Role {
  if (traits.isDiffusion) {
    const role = classifyDiffusion(placement.stack === null ? module : placement.rest, inLayer);
    if (role !== undefined) return role;
  }
  if (placement.scope === "diffusion" && !traits.isDiffusion) {
    const role = classifyOriginal(module);
    if (role !== undefined) return role;
  }
  if (!inLayer) return classifyAtRoot(module, placement.scope);
  const names = placement.rest.map((segment) => segment.name);
  const layerNode = (module[placement.depth - 1] as Segment).node;
  const { hasExperts } = traits;
  return classifyInLayer(
    { scope: placement.scope, part, shape, rest: placement.rest, names, layerNode, hasExperts },
    neighbours,
  );
}

function loraRole(part: ModulePart): Role {
  if (part === "lora_a") return "adapter.lora_a";
  return part === "lora_b" ? "adapter.lora_b" : "adapter.other";
}

/** Gemma 4 wraps the linears of its towers in a module called `linear`; elsewhere that is a name of its own. */
function trimLinear(module: readonly Segment[]): readonly Segment[] {
  const last = module[module.length - 1];
  const before = module[module.length - 2];
  if (last?.name !== "linear" || before === undefined || before.members !== null) return module;
  return /_proj$|^(out|post|qkv)$/.test(before.name) ? module.slice(0, -1) : module;
}

function expertsOf(rest: readonly Segment[]): readonly number[] | null {
  for (let at = 0; at < rest.length - 1; at++) {
    const next = rest[at + 1] as Segment;
    if (EXPERT_BOXES.has((rest[at] as Segment).name) && next.members !== null) return next.members;
  }
  return null;
}
