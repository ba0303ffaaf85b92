import { formatIndexRanges } from "../format/ranges.ts";
import {
  AUDIO_ROOTS,
  DECODER_NAMES,
  ENCODER_NAMES,
  LANGUAGE_ROOTS,
  LAYER_WRAPPERS,
  MTP_MARKS,
  MTP_NAMES,
  MTP_ROOTS,
  PROJECTOR_ROOTS,
  STACK_NAMES,
  VISION_ROOTS,
} from "./leaf-tables.ts";
import type { Neighbours, Segment } from "./name-path.ts";
import type { ModulePart, Scope } from "./roles.ts";

/** What the model as a whole tells its modules: rules that a single name cannot decide. */
export interface ModelTraits {
  /** Both an encoder and a decoder stack. */
  readonly isEncoderDecoder: boolean;
  /** A part that is called the language model: an encoder beside it hears, and heads of other kinds paint. */
  readonly hasLanguageRoot: boolean;
  /** A part of an image generator, by its config's class or its block names. */
  readonly isDiffusion: boolean;
  /** The same, or such a part under its original names, whose modules are read as those of any model. */
  readonly isPainter: boolean;
  /** That part which turns pictures into what the generator works on, and back. */
  readonly isAutoencoder: boolean;
  readonly hasExperts: boolean;
  /** A stem and stages of convolutions, as torchvision and timm name them: conv1, layer1, …, fc. */
  readonly isStaged: boolean;
}

/** Where a module stands: part of the model, layer list, layer, and what is left of its name inside the layer. */
export interface Placement {
  readonly scope: Scope;
  readonly stack: string | null;
  readonly layers: readonly number[] | null;
  /** Segments after the layer number, wrappers dropped; outside of layers the whole name, wrappers dropped. */
  readonly rest: readonly Segment[];
  /** Segments of the name up to and with the layer number; 0 outside of layers. */
  readonly depth: number;
}

const LEADING_WRAPPERS = new Set(["module", "_orig_mod"]);

/** Drops what training wrappers put before and into names. */
export function unwrap(segments: readonly Segment[]): readonly Segment[] {
  let start = 0;
  for (;;) {
    const name = segments[start]?.name;
    if (name !== undefined && LEADING_WRAPPERS.has(name)) start++;
    else if (name === "base_model" && segments[start + 1]?.name === "model") start += 2;
    else break;
  }
  return segments.slice(start).filter((segment) => segment.name !== "base_layer");
}

const LORA_PARTS: ReadonlyMap<string, ModulePart> = new Map([
  ["lora_A", "lora_a"],
  ["lora_B", "lora_b"],
  ["lora_a", "lora_a"],
  ["lora_b", "lora_b"],
  ["lora_down", "lora_a"],
  ["lora_up", "lora_b"],
  ["lora_embedding_A", "lora_a"],
  ["lora_embedding_B", "lora_b"],
  ["lora_magnitude_vector", "weight"],
]);

/** The module that a LoRA tensor adapts, and which of the two factors it is; null for any other tensor. */
export function findLora(
  segments: readonly Segment[],
): { module: readonly Segment[]; part: ModulePart } | null {
  const at = segments.findIndex((segment) => LORA_PARTS.has(segment.name));
  if (at < 0) return null;
  return {
    module: segments.slice(0, at),
    part: LORA_PARTS.get((segments[at] as Segment).name) as ModulePart,
  };
}

/** The factor that stands beside the two halves of a change (kohya): no part of the module that is changed. */
export function findAlpha(
  segments: readonly Segment[],
  neighbours: Neighbours,
): { module: readonly Segment[]; part: ModulePart } | null {
  const last = segments.at(-1);
  if (last?.name !== "alpha") return null;
  const isBesideHalves = [...neighbours.beside(last.node)].some((name) => LORA_PARTS.has(name));
  return isBesideHalves ? { module: segments.slice(0, -1), part: "weight" } : null;
}

/** Walks a module's name left to right: roots set the scope, the first numbered list of layers ends the walk. */
export function placeModule(
  segments: readonly Segment[],
  traits: ModelTraits,
  neighbours: Neighbours,
): Placement {
  let isOfLanguage = false;
  let scope: Scope = traits.isAutoencoder ? "vae" : traits.isPainter ? "diffusion" : "text";
  for (let at = 0; at < segments.length; at++) {
    const { name } = segments[at] as Segment;
    const next = segments[at + 1];
    // A projector root wins over the tower it stands in.
    if (PROJECTOR_ROOTS.has(name)) return { scope: "projector", ...outside(segments) };
    if (VISION_ROOTS.has(name)) scope = "vision";
    else if (AUDIO_ROOTS.has(name)) scope = "audio";
    else if (MTP_ROOTS.has(name)) {
      scope = "mtp";
      if (next?.members) return layerAt(segments, at, scope, neighbours);
    } else if (name.startsWith("mtp_") && MTP_NAMES.has(name)) {
      return { scope: "mtp", ...outside(segments) };
    } else if (LANGUAGE_ROOTS.has(name)) {
      isOfLanguage = true;
    } else if (traits.hasLanguageRoot && !isOfLanguage && scope === "text" && ASIDE.has(name)) {
      scope = ASIDE.get(name) as Scope;
    } else if (traits.isEncoderDecoder && scope === "text") {
      if (ENCODER_NAMES.has(name)) scope = "encoder";
      else if (DECODER_NAMES.has(name)) scope = "decoder";
    }
    if (next?.members && STACK_NAMES.has(name)) return layerAt(segments, at, scope, neighbours);
  }
  return { scope, ...outside(segments) };
}

/** What stands beside a language model, by its name. */
const ASIDE: ReadonlyMap<string, Scope> = new Map([
  ["encoder", "audio"],
  ["diffusion_head", "diffusion"],
]);

function outside(segments: readonly Segment[]): Omit<Placement, "scope"> {
  return { stack: null, layers: null, rest: segments, depth: 0 };
}

function layerAt(segments: readonly Segment[], at: number, scope: Scope, neighbours: Neighbours): Placement {
  const layer = segments[at + 1] as Segment;
  const below = neighbours.below(layer.node);
  const isMtp = scope === "text" && MTP_MARKS.some((mark) => below.has(mark));
  return {
    scope: isMtp ? "mtp" : scope,
    stack: segments
      .slice(0, at + 1)
      .map(formatSegment)
      .join("."),
    layers: layer.members,
    rest: dropWrappers(segments.slice(at + 2)),
    depth: at + 2,
  };
}

function formatSegment({ name, members }: Segment): string {
  if (members === null) return name;
  return members.length === 1 ? String(members[0]) : `{${formatIndexRanges(members)}}`;
}

/** Wrappers inside a layer, and T5's inner `layer.N`. */
function dropWrappers(rest: readonly Segment[]): readonly Segment[] {
  let start = 0;
  for (;;) {
    const segment = rest[start];
    if (segment === undefined || start >= rest.length - 1) return rest.slice(start);
    if (LAYER_WRAPPERS.has(segment.name)) start++;
    else if (STACK_NAMES.has(segment.name) && rest[start + 1]?.members) start += 2;
    else return rest.slice(start);
  }
}
